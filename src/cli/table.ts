/**
 * Tables for a terminal: aligned columns under one header line in capitals, two spaces apart, no borders. Widths count
 * what a terminal draws, so that emojis in product names do not shift a row.
 */
import getStringWidth from 'string-width';

export interface TableColumn {
  readonly title: string;
  /** Numbers stand to the right. */
  readonly right?: boolean;
}

/** The lines of a table. Line breaks in a cell become spaces. */
export function formatTable(columns: readonly TableColumn[], rows: readonly (readonly string[])[]): string[] {
  const table = [columns.map(({ title }) => title.toUpperCase()), ...rows.map((row) => row.map(onOneLine))];
  const widths = columns.map((_, i) =>
    table.reduce((widest, row) => Math.max(widest, getStringWidth(row[i] ?? '')), 0),
  );
  return table.map((row) =>
    columns
      .map(({ right }, i) => {
        const cell = row[i] ?? '';
        const padding = ' '.repeat((widths[i] ?? 0) - getStringWidth(cell));
        return right ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd(),
  );
}

const onOneLine = (cell: string) => cell.replace(/\s*\n\s*/g, ' ');
