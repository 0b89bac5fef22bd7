/** What each SHOW lists, and in which columns. Owners are the one role of this warehouse. */
import type { Column, Contents, Table, TableName, View } from '../catalog.ts';
import type { SessionFacts } from '../sql/scope.ts';
import { displayTable } from './context.ts';
import type { Filter } from './show.ts';

export type Row = readonly (string | number | Date | null)[];

export interface Listing {
  readonly columns: readonly string[];
  /** The columns of SHOW TERSE. */
  readonly terse?: readonly string[];
  /** Which column LIKE looks at. */
  readonly nameColumn?: string;
  /** What it lists without IN: all, those of the database, or those of the schema. */
  readonly within: 'account' | 'database' | 'schema' | 'table';
  rows(contents: Contents, filter: Filter, facts: SessionFacts): Row[];
}

const OWNER = 'SYSADMIN';
const TERSE = ['created_on', 'name', 'kind', 'database_name', 'schema_name'];
const list = (text: string): string[] => text.split(' ');
const flag = (value: boolean): string => (value ? 'Y' : 'N');
/** Databases and schemas keep no time of their making: DuckDB has no comments on them. */
const UNKNOWN_TIME = null;

function inside({ database, schema, table }: Filter): (thing: TableName) => boolean {
  return (thing) =>
    (database === undefined || thing.database === database) &&
    (schema === undefined || thing.schema === schema) &&
    (table === undefined || thing.table === table);
}

const byName = (a: TableName, b: TableName): number =>
  a.database.localeCompare(b.database) ||
  a.schema.localeCompare(b.schema) ||
  (a.table < b.table ? -1 : a.table > b.table ? 1 : 0);

const things = (contents: Contents, filter: Filter): (Table | View)[] =>
  [...contents.tables, ...contents.views].filter(inside(filter)).sort(byName);

export const LISTINGS: Readonly<Record<string, Listing>> = {
  DATABASES: {
    columns: list(
      'created_on name is_default is_current origin owner comment options retention_time kind owner_role_type',
    ),
    terse: list('created_on name kind'),
    within: 'account',
    rows: (contents, _, facts) =>
      contents.databases.map((name) => [
        UNKNOWN_TIME,
        name,
        'N',
        flag(name === facts.database),
        '',
        OWNER,
        '',
        '',
        '1',
        'STANDARD',
        'ROLE',
      ]),
  },
  SCHEMAS: {
    columns: list(
      'created_on name is_default is_current database_name owner comment options retention_time owner_role_type',
    ),
    terse: list('created_on name database_name'),
    within: 'database',
    rows: (contents, filter, facts) =>
      contents.schemas
        .filter(({ database }) => filter.database === undefined || database === filter.database)
        .map(({ database, schema }) => [
          UNKNOWN_TIME,
          schema,
          'N',
          flag(database === facts.database && schema === facts.schema),
          database,
          OWNER,
          '',
          '',
          '1',
          'ROLE',
        ]),
  },
  TABLES: {
    columns: list(
      'created_on name database_name schema_name kind comment cluster_by rows bytes owner retention_time automatic_clustering change_tracking is_external owner_role_type',
    ),
    terse: TERSE,
    within: 'schema',
    rows: (contents, filter) => contents.tables.filter(inside(filter)).sort(byName).map(tableRow),
  },
  VIEWS: {
    columns: list(
      'created_on name reserved database_name schema_name owner comment text is_secure is_materialized owner_role_type change_tracking kind',
    ),
    terse: TERSE,
    within: 'schema',
    rows: (contents, filter) =>
      contents.views
        .filter(inside(filter))
        .sort(byName)
        .map((view) => [
          view.createdAt,
          view.table,
          '',
          view.database,
          view.schema,
          OWNER,
          view.comment,
          view.statement,
          String(view.secure),
          'false',
          'ROLE',
          'OFF',
          'VIEW',
        ]),
  },
  OBJECTS: {
    columns: list(
      'created_on name database_name schema_name kind comment cluster_by rows bytes owner retention_time owner_role_type',
    ),
    terse: TERSE,
    within: 'schema',
    rows: (contents, filter) =>
      things(contents, filter).map((thing) =>
        'text' in thing
          ? [
              thing.createdAt,
              thing.table,
              thing.database,
              thing.schema,
              'VIEW',
              thing.comment,
              '',
              null,
              null,
              OWNER,
              '1',
              'ROLE',
            ]
          : [...tableRow(thing).slice(0, 11), 'ROLE'],
      ),
  },
  SEQUENCES: {
    columns: list(
      'name database_name schema_name next_value interval created_on owner comment owner_role_type ordered',
    ),
    within: 'schema',
    rows: (contents, filter) =>
      contents.sequences
        .filter(inside(filter))
        .sort(byName)
        .map((each) => [
          each.table,
          each.database,
          each.schema,
          filter.nextValues?.get(displayTable(each)) ?? each.start,
          each.increment,
          each.createdAt,
          OWNER,
          each.comment,
          'ROLE',
          'N',
        ]),
  },
  COLUMNS: {
    columns: list(
      'table_name schema_name column_name data_type null? default kind expression comment database_name autoincrement',
    ),
    nameColumn: 'column_name',
    within: 'table',
    rows: (contents, filter) =>
      things(contents, filter).flatMap((thing) => thing.columns.map((column) => columnRow(thing, column))),
  },
  'PRIMARY KEYS': keysListing('primaryKey'),
  'UNIQUE KEYS': keysListing('uniqueKey'),
};

function tableRow(table: Table): Row {
  const clustered = table.clusterBy === undefined ? '' : `LINEAR(${table.clusterBy})`;
  return [
    table.createdAt,
    table.table,
    table.database,
    table.schema,
    table.kind,
    table.comment,
    clustered,
    null,
    null,
    OWNER,
    '1',
    clustered ? 'ON' : 'OFF',
    'OFF',
    'N',
    'ROLE',
  ];
}

function keysListing(key: 'primaryKey' | 'uniqueKey'): Listing {
  return {
    columns: list(
      'created_on database_name schema_name table_name column_name key_sequence constraint_name rely comment',
    ),
    nameColumn: 'table_name',
    within: 'schema',
    rows: (contents, filter) =>
      contents.tables
        .filter(inside(filter))
        .sort(byName)
        .flatMap((table) =>
          table.columns
            .filter((column) => column[key])
            .map((column, index) => [
              table.createdAt,
              table.database,
              table.schema,
              table.table,
              column.name,
              index + 1,
              `SYS_CONSTRAINT_${table.table}`,
              'false',
              null,
            ]),
        ),
  };
}

function columnRow(thing: TableName, column: Column): Row {
  const { identity } = column;
  const auto = identity ? `IDENTITY START ${identity.start} INCREMENT ${identity.increment} NOORDER` : '';
  return [
    thing.table,
    thing.schema,
    column.name,
    JSON.stringify(typeJson(column)),
    String(column.nullable),
    column.default ?? '',
    'COLUMN',
    '',
    column.comment ?? '',
    thing.database,
    auto,
  ];
}

/** A type as SHOW COLUMNS has it: `{"type":"FIXED","precision":38,…}`. */
function typeJson({ type, nullable }: Column): Readonly<Record<string, unknown>> {
  switch (type.name) {
    case 'NUMBER':
      return { type: 'FIXED', precision: type.precision, scale: type.scale, nullable };
    case 'FLOAT':
      return { type: 'REAL', nullable };
    case 'VARCHAR':
      return {
        type: 'TEXT',
        length: type.length,
        byteLength: Math.min((type.length ?? 0) * 4, 16_777_216),
        nullable,
        fixed: false,
      };
    case 'BINARY':
      return { type: 'BINARY', length: type.length, byteLength: type.length, nullable, fixed: true };
    case 'TIME':
    case 'TIMESTAMP_NTZ':
    case 'TIMESTAMP_LTZ':
    case 'TIMESTAMP_TZ':
      return { type: type.name, precision: 0, scale: type.scale, nullable };
    default:
      return { type: type.name, nullable };
  }
}
