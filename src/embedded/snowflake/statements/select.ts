/** SELECT, WITH and VALUES. */
import { resultOf } from '../results.ts';
import { rewriteQuery } from '../sql/query.ts';
import type { StatementHandler } from './context.ts';
import { scopeOf } from './scope.ts';

export const select: StatementHandler = async (context) => {
  const scope = await scopeOf(context);
  const { sql, columns } = rewriteQuery(context.statement.nodes, scope);
  const { parameters } = scope.binds;
  // A description runs the query on no rows: what fails to compile for DuckDB has to fail here as well.
  const described = context.describeOnly ? `SELECT * FROM (${sql}) LIMIT 0` : sql;
  const rows = await context.session.transaction.run({ sql: described, parameters }, context.signal);
  return resultOf(rows, columns);
};
