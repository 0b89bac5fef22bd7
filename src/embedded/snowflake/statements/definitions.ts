/** Statements that would make what is there, in the layout of GET_DDL. */
import type { Column, Table, View } from '../catalog.ts';
import { displayName, quoteText } from '../sql/names.ts';
import { describeType } from '../types.ts';

export function tableDefinition(table: Table): string {
  const keys = table.columns.filter((column) => column.primaryKey).map((column) => displayName(column.name));
  const lines = [
    ...table.columns.map(columnDefinition),
    ...(keys.length > 0 ? [`primary key (${keys.join(', ')})`] : []),
  ];
  const kind = table.kind === 'TABLE' ? '' : `${table.kind} `;
  const cluster = table.clusterBy === undefined ? '' : ` cluster by (${table.clusterBy})`;
  const comment = table.comment === '' ? '' : `COMMENT=${quoteText(table.comment)}\n`;
  return `create or replace ${kind}TABLE ${displayName(table.table)}${cluster} (\n${lines.map((line) => `\t${line}`).join(',\n')}\n)${comment};`;
}

function columnDefinition({ name, type, nullable, default: value, identity, comment }: Column): string {
  return [
    displayName(name),
    describeType(type),
    ...(nullable ? [] : ['NOT NULL']),
    ...(identity ? [`autoincrement start ${identity.start} increment ${identity.increment} noorder`] : []),
    ...(value === undefined ? [] : [`DEFAULT ${value}`]),
    ...(comment === undefined ? [] : [`COMMENT ${quoteText(comment)}`]),
  ].join(' ');
}

export function viewDefinition(view: View): string {
  const columns = view.columns.map((column) => `\t${displayName(column.name)}`).join(',\n');
  const comment = view.comment === '' ? '' : ` COMMENT=${quoteText(view.comment)}`;
  return `create or replace ${view.secure ? 'secure ' : ''}view ${displayName(view.table)}(\n${columns}\n)${comment} as ${view.text};`;
}
