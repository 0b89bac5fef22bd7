/** An account as the cases see it: through the real driver, each in a schema that is empty. */
import type { Column } from 'snowflake-sdk';
import type { Client } from '../../embedded/snowflake/driver.ts';
import type { Answer, Case, Value } from './case.ts';

/** Runs a case in a session of its own, whose driver must leave NULL as it is. */
export async function answerOf(client: Client, { setup = [], sql }: Case): Promise<Answer> {
  try {
    await client.run('CREATE DATABASE IF NOT EXISTS CONFORMANCE');
    await client.run('DROP SCHEMA IF EXISTS CONFORMANCE.OTHER');
    await client.run('CREATE OR REPLACE SCHEMA CONFORMANCE.TEST');
    for (const statement of setup) await client.run(statement);
    const { statement, rows } = await client.execute(sql, { rowMode: 'array', fetchAsString: ['Number'] });
    const columns = statement.getColumns() ?? [];
    return {
      columns: columns.map(describeColumn),
      rows: (rows as unknown as unknown[][]).map((row) =>
        row.map((value, index) => plain(value, columns[index] as Column)),
      ),
    };
  } catch (error) {
    const { code, sqlState } = error as { readonly code?: string | number; readonly sqlState?: string };
    if (code === undefined) throw error;
    return { error: [String(code), sqlState ?? ''] };
  } finally {
    await client.destroy();
  }
}

/** `A fixed(10,2)`, `B text not null` */
function describeColumn(column: Column): string {
  const type = column.getType().toLowerCase();
  const scale = column.getScale();
  const size = type === 'fixed' ? `(${column.getPrecision()},${scale})` : type.startsWith('time') ? `(${scale})` : '';
  return `${column.getName()} ${type}${size}${column.isNullable() ? '' : ' not null'}`;
}

function plain(value: unknown, column: Column): Value {
  if (value === null || value === undefined) return null;
  if (column.isBinary()) return (value as Buffer).toString('hex').toUpperCase();
  if (column.isDate()) return (value as Date).toISOString().slice(0, 10);
  if (column.isTimestamp()) {
    const moment = value as Date & { getNanoSeconds(): number };
    const fraction = String(moment.getNanoSeconds()).padStart(9, '0').replace(/0+$/, '');
    return `${moment.toISOString().slice(0, 19).replace('T', ' ')}${fraction === '' ? '' : `.${fraction}`}`;
  }
  return value as Value;
}

/** A case may leave out the size of a number’s column, and whether it holds NULL. */
export function like(answer: Answer, wanted: Case): Answer {
  const columns = answer.columns?.map((column, index) => {
    const expected = wanted.columns?.[index] ?? '';
    const named = expected.endsWith(' not null') ? column : column.replace(/ not null$/, '');
    return / fixed$/.test(expected) ? named.replace(/\(\d+,\d+\)$/, '') : named;
  });
  return columns ? { ...answer, columns } : answer;
}
