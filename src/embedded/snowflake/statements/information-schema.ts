/**
 * The views of INFORMATION_SCHEMA that the warehouse has: DATABASES, SCHEMATA, TABLES and COLUMNS, as VALUES lists made
 * from the catalog.
 */
import type { Contents } from '../catalog.ts';
import { compilationError, unknownConstruct } from '../errors.ts';
import { quoteName, quoteText } from '../sql/names.ts';
import { informationSchemaType } from '../types.ts';

type Value = string | number | Date | null;

interface View {
  readonly columns: readonly string[];
  rows(contents: Contents, database: string): Value[][];
}

const VIEWS: Readonly<Record<string, View>> = {
  DATABASES: {
    columns: ['DATABASE_NAME', 'DATABASE_OWNER', 'IS_TRANSIENT', 'COMMENT'],
    rows: (contents) => contents.databases.map((name) => [name, 'SYSADMIN', 'NO', null]),
  },
  SCHEMATA: {
    columns: ['CATALOG_NAME', 'SCHEMA_NAME', 'SCHEMA_OWNER', 'IS_TRANSIENT', 'COMMENT'],
    rows: (contents, database) => [
      ...contents.schemas
        .filter((schema) => schema.database === database)
        .map(({ schema }) => [database, schema, 'SYSADMIN', 'NO', null]),
      [database, 'INFORMATION_SCHEMA', null, 'NO', 'Views describing the contents of schemas in this database'],
    ],
  },
  TABLES: {
    columns: [
      'TABLE_CATALOG',
      'TABLE_SCHEMA',
      'TABLE_NAME',
      'TABLE_OWNER',
      'TABLE_TYPE',
      'IS_TRANSIENT',
      'CREATED',
      'COMMENT',
    ],
    rows: (contents, database) =>
      contents.tables
        .filter((table) => table.database === database)
        .map((table) => [
          table.database,
          table.schema,
          table.table,
          'SYSADMIN',
          table.kind === 'TEMPORARY' ? 'LOCAL TEMPORARY' : 'BASE TABLE',
          table.kind === 'TRANSIENT' ? 'YES' : 'NO',
          table.createdAt,
          table.comment || null,
        ]),
  },
  COLUMNS: {
    columns: [
      'TABLE_CATALOG',
      'TABLE_SCHEMA',
      'TABLE_NAME',
      'COLUMN_NAME',
      'ORDINAL_POSITION',
      'COLUMN_DEFAULT',
      'IS_NULLABLE',
      'DATA_TYPE',
      'CHARACTER_MAXIMUM_LENGTH',
      'NUMERIC_PRECISION',
      'NUMERIC_SCALE',
      'DATETIME_PRECISION',
    ],
    rows: (contents, database) =>
      contents.tables
        .filter((table) => table.database === database)
        .flatMap((table) =>
          table.columns.map((column, index) => {
            const { type } = column;
            const isTime = type.name === 'TIME' || type.name.startsWith('TIMESTAMP');
            return [
              table.database,
              table.schema,
              table.table,
              column.name,
              index + 1,
              column.default ?? null,
              column.nullable ? 'YES' : 'NO',
              informationSchemaType(type),
              type.length ?? null,
              type.precision ?? null,
              type.name === 'NUMBER' ? (type.scale ?? null) : null,
              isTime ? (type.scale ?? null) : null,
            ];
          }),
        ),
  },
};

const NUMBERS = new Set([
  'ORDINAL_POSITION',
  'CHARACTER_MAXIMUM_LENGTH',
  'NUMERIC_PRECISION',
  'NUMERIC_SCALE',
  'DATETIME_PRECISION',
]);

export function informationSchema(contents: Contents, database: string | undefined, name: string): string {
  const view = Object.hasOwn(VIEWS, name) ? VIEWS[name] : undefined;
  if (!view) throw unknownConstruct(`the view INFORMATION_SCHEMA.${name}`);
  if (database === undefined || !contents.databases.includes(database)) {
    throw compilationError('objectMissing', `Database '${database ?? ''}' does not exist or not authorized.`);
  }
  const rows = view.rows(contents, database);
  const columns = view.columns.map((column, index) => {
    const type = NUMBERS.has(column) ? 'DECIMAL(9,0)' : column === 'CREATED' ? 'TIMESTAMPTZ' : 'VARCHAR';
    return `CAST(c${index} AS ${type}) AS ${quoteName(column)}`;
  });
  const names = view.columns.map((_, index) => `c${index}`).join(', ');
  const values = (rows.length === 0 ? [view.columns.map(() => null)] : rows).map(
    (row) => `(${row.map(literal).join(', ')})`,
  );
  return `SELECT ${columns.join(', ')} FROM (VALUES ${values.join(', ')}) AS v(${names})${rows.length === 0 ? ' WHERE false' : ''}`;
}

function literal(value: Value): string {
  if (value === null) return 'NULL';
  return quoteText(value instanceof Date ? value.toISOString() : String(value));
}
