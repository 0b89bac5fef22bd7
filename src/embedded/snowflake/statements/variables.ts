/**
 * Session variables: SET, UNSET and SHOW VARIABLES. What reads them is `session-terms.ts`.
 *
 * Limits: BINARY and semi-structured values are refused, as Snowflake does; its limit of 256 bytes is not kept.
 */
import { compilationError, unknownConstruct } from '../errors.ts';
import { STATEMENT_TYPES, statusOf, tableOf } from '../results.ts';
import { isGroup, isName, isOperator, type Node, splitAt } from '../sql/tree.ts';
import { isSemiStructured, MAX_TEXT, type TypeName } from '../types.ts';
import { readLike } from './clauses.ts';
import type { StatementContext, StatementHandler } from './context.ts';
import { select } from './select.ts';

const done = () => statusOf('Statement executed successfully.');

/** `SET a = expr` and `SET (a, b) = (expr, expr)`, which may be a query of one row. */
export const set: StatementHandler = async (context) => {
  const { nodes } = context.statement;
  const [, target, equals] = nodes;
  const value = nodes.slice(3);
  if (!target || !isOperator(equals, '=') || value.length === 0) throw usage();
  const names = isGroup(target) ? splitAt(target.children).map(nameOf) : [nameOf([target])];
  const [list] = value;
  const expressions = isGroup(target) && isGroup(list) && value.length === 1 ? list.children : value;
  const { columns, rows } = await evaluate(context, expressions);
  if (columns.length !== names.length) throw usage();
  const { variables } = context.session;
  const now = new Date();
  names.forEach((name, index) => {
    const type = columns[index] as (typeof columns)[number];
    if (isSemiStructured(type) || type.name === 'BINARY')
      throw compilationError('unsupported', `Unsupported feature 'assignment from a value of type ${type.name}'.`);
    const createdAt = variables.get(name)?.createdAt ?? now;
    variables.set(name, { type, value: rows[0]?.[index] ?? null, createdAt, updatedAt: now });
  });
  return done();
};

async function evaluate(context: StatementContext, expressions: readonly Node[]) {
  const [first] = expressions;
  const place = first?.start ?? 0;
  const word = { kind: 'word', value: 'SELECT', start: place, end: place } as const;
  const nodes = first?.kind === 'word' && first.value === 'SELECT' ? expressions : [word, ...expressions];
  return select({ ...context, describeOnly: false, statement: { ...context.statement, nodes } });
}

export const unset: StatementHandler = async ({ session, statement }) => {
  const [, target, ...more] = statement.nodes;
  if (!target || more.length > 0) throw compilationError('syntax', 'syntax error: UNSET name or UNSET (name, …).');
  const names = isGroup(target) ? splitAt(target.children).map(nameOf) : [nameOf([target])];
  for (const name of names) session.variables.delete(name);
  return done();
};

function nameOf(nodes: readonly Node[]): string {
  const [name, ...more] = nodes;
  if (!isName(name) || more.length > 0) throw usage();
  return name.value;
}

const usage = () =>
  compilationError('syntax', 'syntax error: SET name = expression or SET (name, …) = (expression, …).');

/** As SHOW VARIABLES prints them. */
const TYPE_NAMES: Partial<Readonly<Record<TypeName, string>>> = { NUMBER: 'fixed', FLOAT: 'real', VARCHAR: 'text' };

export const showVariables: StatementHandler = async ({ session, statement }) => {
  const { keeps, rest } = readLike(statement.nodes.slice(2));
  if (rest.length > 0) throw unknownConstruct('SHOW VARIABLES with anything but LIKE');
  const text = { name: 'VARCHAR', length: MAX_TEXT } as const;
  const time = { name: 'TIMESTAMP_LTZ', scale: 3 } as const;
  const rows = [...session.variables]
    .filter(([name]) => keeps(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, { type, value, createdAt, updatedAt }]) => {
      const typeName = TYPE_NAMES[type.name] ?? type.name.toLowerCase();
      return [session.facts.sessionId, createdAt, updatedAt, name, value, typeName, ''];
    });
  return tableOf(
    [
      ['session_id', { name: 'NUMBER', precision: 38, scale: 0 }],
      ['created_on', time],
      ['updated_on', time],
      ['name', text],
      ['value', text],
      ['type', text],
      ['comment', text],
    ],
    rows,
    STATEMENT_TYPES.use,
  );
};
