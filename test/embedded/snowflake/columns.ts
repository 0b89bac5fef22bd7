/** Columns of a result in one line each: `N fixed(38,0) not null`, `S text(5)`. */
import type { Client } from './driver.ts';

export async function columnsOf(client: Client, sql: string): Promise<string[]> {
  const { statement } = await client.execute(sql);
  return (statement.getColumns() ?? []).map((column) => {
    const type = column.getType();
    const size =
      type === 'fixed'
        ? `(${column.getPrecision()},${column.getScale()})`
        : type.startsWith('time')
          ? `(${column.getScale()})`
          : '';
    return `${column.getName()} ${type}${size}${column.isNullable() ? '' : ' not null'}`;
  });
}
