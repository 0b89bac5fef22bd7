/**
 * The JSON that snowflake-sdk sends and expects. Without `returned`, `rowset` and the format parameters it never calls
 * back or throws.
 */
import { SnowflakeError } from './errors.ts';
import type { QueryAnswer, QueryRequest } from './session.ts';
import type { Bindings } from './sql/binds.ts';

export type Body = Readonly<Record<string, unknown>>;

/** What the driver must know to read values; kept in a table that all its connections share. */
export const CLIENT_PARAMETERS = [
  { name: 'TIMEZONE', value: 'UTC' },
  { name: 'BINARY_OUTPUT_FORMAT', value: 'HEX' },
  { name: 'DATE_OUTPUT_FORMAT', value: 'YYYY-MM-DD' },
  { name: 'TIME_OUTPUT_FORMAT', value: 'HH24:MI:SS' },
  { name: 'TIMESTAMP_OUTPUT_FORMAT', value: 'YYYY-MM-DD HH24:MI:SS.FF3 TZHTZM' },
  { name: 'TIMESTAMP_NTZ_OUTPUT_FORMAT', value: 'YYYY-MM-DD HH24:MI:SS.FF3' },
  { name: 'TIMESTAMP_LTZ_OUTPUT_FORMAT', value: '' },
  { name: 'TIMESTAMP_TZ_OUTPUT_FORMAT', value: '' },
  // Array binds always come inline: there is no stage to upload them to.
  { name: 'CLIENT_STAGE_ARRAY_BINDING_THRESHOLD', value: 1_000_000_000 },
] as const;

export function sessionParameters(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries((value ?? {}) as Body).map(([name, each]) => [name.toUpperCase(), String(each)]),
  );
}

export function readQuery(body: Body, session: ReadonlyMap<string, string>): QueryRequest {
  const parameters = (body.parameters ?? {}) as Body;
  const count = Number(parameters.MULTI_STATEMENT_COUNT ?? session.get('MULTI_STATEMENT_COUNT') ?? 1);
  if (body.bindStage !== undefined && body.bindStage !== null) {
    throw new SnowflakeError('unsupported', 'The embedded warehouse does not know binds through a stage.');
  }
  return {
    sqlText: String(body.sqlText ?? ''),
    bindings: (body.bindings ?? {}) as Bindings,
    describeOnly: body.describeOnly === true,
    statementCount: count,
  };
}

export function answerData(answer: QueryAnswer): Body {
  const { result, queryId, children } = answer;
  return {
    parameters: CLIENT_PARAMETERS,
    rowtype: result.rowType,
    rowset: result.rows,
    total: result.rows.length,
    returned: result.rows.length,
    queryId,
    statementTypeId: result.statementType,
    version: 1,
    finalDatabaseName: answer.database ?? null,
    finalSchemaName: answer.schema ?? null,
    finalWarehouseName: answer.warehouse ?? null,
    finalRoleName: answer.role,
    queryResultFormat: 'json',
    ...(children.length > 0 && {
      resultIds: children.map((child) => child.queryId).join(','),
      resultTypes: children.map((child) => child.result.statementType).join(','),
    }),
  };
}

export function success(data: unknown): Body {
  return { data, code: null, message: null, success: true };
}

export function pending(code: '333333' | '333334', queryId: string): Body {
  const data = { queryId, getResultUrl: `/queries/${queryId}/result`, queryAbortsAfterSecs: 300 };
  return { data, code, message: 'Query execution in progress.', success: true };
}

export function failure(error: SnowflakeError, queryId?: string): Body {
  const { code, sqlState, type, line, position } = error;
  return {
    data: {
      errorCode: code,
      sqlState,
      type,
      line,
      pos: position,
      internalError: false,
      ...(queryId !== undefined && { queryId }),
    },
    code,
    message: error.message,
    success: false,
  };
}
