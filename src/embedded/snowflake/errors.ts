/**
 * Errors as Snowflake reports them: a six-digit code, an SQL state and a message, answered with HTTP 200.
 *
 * The table holds every code that this warehouse answers with. `data.sqlState` is always sent: without it the driver
 * asks for the same result again.
 */

export const SNOWFLAKE_ERRORS = {
  statementAborted: { code: '000604', sqlState: '57014', type: 'EXECUTION' },
  notRunning: { code: '000605', sqlState: '02000', type: 'EXECUTION' },
  noWarehouse: { code: '000606', sqlState: '57P03', type: 'EXECUTION' },
  transactionAborted: { code: '000615', sqlState: '57014', type: 'EXECUTION' },
  lockTimeout: { code: '000625', sqlState: '57014', type: 'EXECUTION' },
  statementTimeout: { code: '000630', sqlState: '57014', type: 'EXECUTION' },
  internal: { code: '000603', sqlState: 'XX000', type: 'INTERNAL' },
  inMultiStatement: { code: '100132', sqlState: 'P0000', type: 'EXECUTION' },
  multiStatementCount: { code: '000008', sqlState: '0A000', type: 'COMPILATION' },
  unsupported: { code: '000002', sqlState: '0A000', type: 'COMPILATION' },
  ambiguousColumn: { code: '002028', sqlState: '42601', type: 'COMPILATION' },
  invalidIdentifier: { code: '000904', sqlState: '42000', type: 'COMPILATION' },
  invalidType: { code: '001007', sqlState: '22023', type: 'COMPILATION' },
  invalidExpression: { code: '001065', sqlState: '22023', type: 'COMPILATION' },
  invalidParameterValue: { code: '001008', sqlState: '22023', type: 'COMPILATION' },
  syntax: { code: '001003', sqlState: '42000', type: 'COMPILATION' },
  bindMissing: { code: '002049', sqlState: '42601', type: 'COMPILATION' },
  objectExists: { code: '002002', sqlState: '42710', type: 'COMPILATION' },
  objectMissing: { code: '002003', sqlState: '42S02', type: 'COMPILATION' },
  objectMissingHere: { code: '002003', sqlState: '02000', type: 'COMPILATION' },
  schemaMissing: { code: '002003', sqlState: '02000', type: 'COMPILATION' },
  valuesExpression: { code: '002014', sqlState: '22000', type: 'COMPILATION' },
  columnTypeMismatch: { code: '002023', sqlState: '22000', type: 'COMPILATION' },
  columnExists: { code: '001430', sqlState: '42601', type: 'COMPILATION' },
  duplicateColumn: { code: '002025', sqlState: '42S21', type: 'COMPILATION' },
  notGrouped: { code: '000979', sqlState: '42601', type: 'COMPILATION' },
  objectMissingInUse: { code: '002043', sqlState: '02000', type: 'COMPILATION' },
  notEnoughArguments: { code: '000938', sqlState: '22023', type: 'COMPILATION' },
  tooManyArguments: { code: '000939', sqlState: '22023', type: 'COMPILATION' },
  setBranches: { code: '001789', sqlState: '42601', type: 'COMPILATION' },
  cannotChange: { code: '002108', sqlState: '22000', type: 'COMPILATION' },
  wrongKind: { code: '001463', sqlState: '42601', type: 'COMPILATION' },
  viewColumns: { code: '002057', sqlState: '42601', type: 'COMPILATION' },
  invalidArguments: { code: '001044', sqlState: '42P13', type: 'COMPILATION' },
  unknownFunction: { code: '002140', sqlState: '42601', type: 'COMPILATION' },
  columnCount: { code: '002020', sqlState: '21S01', type: 'COMPILATION' },
  privileges: { code: '003001', sqlState: '42501', type: 'COMPILATION' },
  notNumeric: { code: '100038', sqlState: '22018', type: 'EXECUTION' },
  notBoolean: { code: '100037', sqlState: '22018', type: 'EXECUTION' },
  notTimestamp: { code: '100035', sqlState: '22007', type: 'EXECUTION' },
  notTime: { code: '100108', sqlState: '22007', type: 'EXECUTION' },
  notHex: { code: '100115', sqlState: '22000', type: 'EXECUTION' },
  invalidFloat: { code: '100043', sqlState: '22003', type: 'EXECUTION' },
  duplicateKey: { code: '100103', sqlState: '22000', type: 'EXECUTION' },
  duplicateRow: { code: '100090', sqlState: '42P18', type: 'EXECUTION' },
  notDate: { code: '100040', sqlState: '22007', type: 'EXECUTION' },
  outOfRange: { code: '100039', sqlState: '22003', type: 'EXECUTION' },
  notRepresentable: { code: '100046', sqlState: '22003', type: 'EXECUTION' },
  divisionByZero: { code: '100051', sqlState: '22012', type: 'EXECUTION' },
  notJson: { code: '100069', sqlState: '22P02', type: 'EXECUTION' },
  variantCast: { code: '100071', sqlState: '22000', type: 'EXECUTION' },
  nullInNotNull: { code: '100072', sqlState: '22000', type: 'EXECUTION' },
  stringTooLong: { code: '100078', sqlState: '22000', type: 'EXECUTION' },
  subqueryRows: { code: '090150', sqlState: '22000', type: 'EXECUTION' },
  noCurrentDatabase: { code: '090105', sqlState: '22000', type: 'COMPILATION' },
  noCurrentSchema: { code: '090106', sqlState: '22000', type: 'COMPILATION' },
  variableMissing: { code: '002211', sqlState: '02000', type: 'COMPILATION' },
  invalidPublicKey: { code: '394302', sqlState: '22023', type: 'EXECUTION' },
  wrongPassword: { code: '390100', sqlState: '08001', type: 'LOGIN' },
  notLoggedIn: { code: '390104', sqlState: '08001', type: 'SESSION' },
  sessionGone: { code: '390111', sqlState: '08001', type: 'SESSION' },
  sessionExpired: { code: '390112', sqlState: '08001', type: 'SESSION' },
  masterExpired: { code: '390114', sqlState: '08001', type: 'SESSION' },
  invalidToken: { code: '390144', sqlState: '08001', type: 'LOGIN' },
  unknownResult: { code: '000709', sqlState: '02000', type: 'EXECUTION' },
} as const satisfies Record<string, { readonly code: string; readonly sqlState: string; readonly type: string }>;

export type SnowflakeErrorName = keyof typeof SNOWFLAKE_ERRORS;

export class SnowflakeError extends Error {
  override readonly name = 'SnowflakeError';
  readonly kind: SnowflakeErrorName;
  readonly code: string;
  readonly sqlState: string;
  readonly type: string;
  /** Place in the statement's text, where it is known: one-based line, zero-based column. */
  readonly line: number;
  readonly position: number;

  constructor(error: SnowflakeErrorName, message: string, options: { line?: number; position?: number } = {}) {
    super(message);
    this.kind = error;
    const { code, sqlState, type } = SNOWFLAKE_ERRORS[error];
    this.code = code;
    this.sqlState = sqlState;
    this.type = type;
    this.line = options.line ?? -1;
    this.position = options.position ?? -1;
  }

  /** Another error because of this one: its line comes before this one's message. */
  within(error: SnowflakeErrorName, line: string): SnowflakeError {
    return new SnowflakeError(error, `${line}\n${this.message}`, this);
  }
}

/** A statement that does not compile. */
export function compilationError(error: SnowflakeErrorName, reason: string): SnowflakeError {
  return new SnowflakeError(error, `SQL compilation error:\n${reason}`);
}

/** SQL that a real Snowflake may know and this one does not: always an error that names the construct. */
export function unknownConstruct(construct: string): SnowflakeError {
  return new SnowflakeError(
    'unsupported',
    `Unsupported feature: the embedded warehouse does not know ${construct}. ` +
      'It is for development and tests; run this statement on a real Snowflake account.',
  );
}
