/**
 * The views of INFORMATION_SCHEMA that the warehouse has, as VALUES lists made from the catalog. Columns that nothing is
 * known about (policies, statistics) are left out: naming one is an error.
 */
import type { Column, Contents, TableName } from '../catalog.ts';
import { compilationError, unknownConstruct } from '../errors.ts';
import { displayName, quoteName, quoteText } from '../sql/names.ts';
import type { Query } from '../sql/scope.ts';
import {
  type ColumnType,
  duckType,
  informationSchemaType,
  isTemporal,
  numberType,
  TEXT,
  TIMESTAMP_LTZ,
} from '../types.ts';

type Value = string | number | Date | null;

interface View {
  /** A name with `#` is a number, one with `@` a moment. */
  readonly columns: string;
  rows(contents: Contents, database: string): Value[][];
}

const OWNER = 'SYSADMIN';
const NUMBER = numberType(9);
const yes = (value: boolean): string => (value ? 'YES' : 'NO');
const within = <T extends { readonly database: string }>(things: readonly T[], database: string): T[] =>
  things.filter((thing) => thing.database === database);

const VIEWS: Readonly<Record<string, View>> = {
  DATABASES: {
    columns: 'DATABASE_NAME DATABASE_OWNER IS_TRANSIENT COMMENT TYPE',
    rows: (contents) => contents.databases.map((name) => [name, OWNER, 'NO', null, 'STANDARD']),
  },
  SCHEMATA: {
    columns: 'CATALOG_NAME SCHEMA_NAME SCHEMA_OWNER IS_TRANSIENT COMMENT',
    rows: (contents, database) => [
      ...within(contents.schemas, database).map(({ schema }) => [database, schema, OWNER, 'NO', null]),
      [database, 'INFORMATION_SCHEMA', null, 'NO', 'Views describing the contents of schemas in this database'],
    ],
  },
  SEQUENCES: {
    columns:
      'SEQUENCE_CATALOG SEQUENCE_SCHEMA SEQUENCE_NAME SEQUENCE_OWNER DATA_TYPE NUMERIC_PRECISION# START_VALUE INCREMENT CREATED@ COMMENT',
    rows: (contents, database) =>
      within(contents.sequences, database).map((each) => [
        ...namesOf(each),
        OWNER,
        'NUMBER',
        38,
        String(each.start),
        String(each.increment),
        each.createdAt,
        each.comment || null,
      ]),
  },
  TABLES: {
    columns:
      'TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_OWNER TABLE_TYPE IS_TRANSIENT CLUSTERING_KEY CREATED@ LAST_ALTERED@ IS_TEMPORARY COMMENT',
    rows: (contents, database) => [
      ...within(contents.tables, database).map((table) => [
        ...namesOf(table),
        OWNER,
        table.kind === 'TEMPORARY' ? 'LOCAL TEMPORARY' : 'BASE TABLE',
        yes(table.kind === 'TRANSIENT'),
        table.clusterBy === undefined ? null : `LINEAR(${table.clusterBy})`,
        table.createdAt,
        table.createdAt,
        yes(table.kind === 'TEMPORARY'),
        table.comment || null,
      ]),
      ...within(contents.views, database).map((view) => [
        ...namesOf(view),
        OWNER,
        'VIEW',
        'NO',
        null,
        view.createdAt,
        view.createdAt,
        'NO',
        view.comment || null,
      ]),
    ],
  },
  VIEWS: {
    columns:
      'TABLE_CATALOG TABLE_SCHEMA TABLE_NAME TABLE_OWNER VIEW_DEFINITION CHECK_OPTION IS_UPDATABLE INSERTABLE_INTO IS_SECURE CREATED@ LAST_ALTERED@ COMMENT',
    rows: (contents, database) =>
      within(contents.views, database).map((view) => [
        ...namesOf(view),
        OWNER,
        view.statement,
        'NONE',
        'NO',
        'NO',
        yes(view.secure),
        view.createdAt,
        view.createdAt,
        view.comment || null,
      ]),
  },
  COLUMNS: {
    columns:
      'TABLE_CATALOG TABLE_SCHEMA TABLE_NAME COLUMN_NAME ORDINAL_POSITION# COLUMN_DEFAULT IS_NULLABLE DATA_TYPE CHARACTER_MAXIMUM_LENGTH# ' +
      'CHARACTER_OCTET_LENGTH# NUMERIC_PRECISION# NUMERIC_PRECISION_RADIX# NUMERIC_SCALE# DATETIME_PRECISION# IS_IDENTITY ' +
      'IDENTITY_START IDENTITY_INCREMENT COMMENT',
    rows: (contents, database) =>
      within([...contents.tables, ...contents.views], database).flatMap((table) =>
        table.columns.map((column, index) => [...namesOf(table), ...columnRow(column, index)]),
      ),
  },
};

function namesOf({ database, schema, table }: TableName): string[] {
  return [database, schema, table];
}

function columnRow(column: Column, index: number): Value[] {
  const { type, identity } = column;
  const isNumber = type.name === 'NUMBER';
  return [
    column.name,
    index + 1,
    column.default ?? null,
    yes(column.nullable),
    informationSchemaType(type),
    type.length ?? null,
    octets(type),
    isNumber ? (type.precision ?? null) : null,
    isNumber ? 10 : null,
    isNumber ? (type.scale ?? null) : null,
    isTemporal(type) && type.name !== 'DATE' ? (type.scale ?? null) : null,
    yes(identity !== undefined),
    identity ? String(identity.start) : null,
    identity ? String(identity.increment) : null,
    column.comment ?? null,
  ];
}

/** Four bytes for a character, within the limit of a VARCHAR. */
function octets(type: ColumnType): number | null {
  if (type.length === undefined) return null;
  return type.name === 'VARCHAR' ? Math.min(type.length * 4, 16_777_216) : type.length;
}

export function informationSchema(contents: Contents, database: string | undefined, name: string): Query {
  const view = Object.hasOwn(VIEWS, name) ? VIEWS[name] : undefined;
  if (!view) throw unknownConstruct(`the view INFORMATION_SCHEMA.${name}`);
  if (database === undefined || !contents.databases.includes(database)) {
    throw compilationError(
      'schemaMissing',
      `Database '${displayName(database ?? '')}' does not exist or not authorized.`,
    );
  }
  const rows = view.rows(contents, database);
  const columns = view.columns.split(' ').map((written) => {
    const type = written.endsWith('#') ? NUMBER : written.endsWith('@') ? TIMESTAMP_LTZ : TEXT;
    const column = written.replace(/[#@]$/, '');
    return { name: column, as: column, type, nullable: true };
  });
  const selected = columns.map(({ as, type }, index) => `CAST(c${index} AS ${duckType(type)}) AS ${quoteName(as)}`);
  const names = columns.map((_, index) => `c${index}`).join(', ');
  const values = (rows.length === 0 ? [columns.map(() => null)] : rows).map(
    (row) => `(${row.map(literal).join(', ')})`,
  );
  const where = rows.length === 0 ? ' WHERE false' : '';
  return { sql: `SELECT ${selected.join(', ')} FROM (VALUES ${values.join(', ')}) AS v(${names})${where}`, columns };
}

function literal(value: Value): string {
  if (value === null) return 'NULL';
  return quoteText(value instanceof Date ? value.toISOString() : String(value));
}
