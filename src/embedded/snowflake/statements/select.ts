/** SELECT, WITH and VALUES. */
import { findTable } from '../catalog.ts';
import { resultOf } from '../results.ts';
import { rewriteQuery } from '../sql/query.ts';
import { type StatementHandler, scopeOf } from './context.ts';
import { declaredTypes } from './declared-types.ts';

export const select: StatementHandler = async (context) => {
  const scope = await scopeOf(context);
  const sql = rewriteQuery(context.statement.nodes, scope);
  const parameters = scope.binds.parameters;
  // A description runs the query on no rows: preparing alone leaves the types of parameters open.
  const described = context.describeOnly ? `SELECT * FROM (${sql}) LIMIT 0` : sql;
  const rows = await context.session.transaction.run({ sql: described, parameters }, context.signal);
  const contents = await context.session.contents();
  const { facts } = context.session;
  return resultOf(
    rows,
    declaredTypes(context.statement.nodes, (names) => {
      const [table = '', schema = facts.schema ?? '', database = facts.database ?? ''] = [...names].reverse();
      return findTable(contents, { database, schema, table });
    }),
  );
};
