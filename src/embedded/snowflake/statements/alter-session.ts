/** ALTER SESSION SET and UNSET: `parameters.ts` says which parameters and values are taken. */
import { compilationError, unknownConstruct } from '../errors.ts';
import { statusOf } from '../results.ts';
import { isName, isOperator, isWord, sourceOf } from '../sql/tree.ts';
import { readProperties } from './clauses.ts';
import type { StatementHandler } from './context.ts';

export const alterSession: StatementHandler = async ({ session, statement }) => {
  const { nodes, source } = statement;
  const rest = nodes.slice(3);
  if (isWord(nodes[2], 'SET')) {
    for (const { name, value } of readProperties(statement, rest)) await session.setParameter(name, value);
  } else if (isWord(nodes[2], 'UNSET')) {
    for (const node of rest) {
      if (isOperator(node, ',')) continue;
      if (!isName(node)) throw compilationError('syntax', `syntax error: unexpected '${sourceOf(source, [node])}'.`);
      await session.setParameter(node.value, undefined);
    }
  } else throw unknownConstruct('ALTER SESSION with anything but SET and UNSET');
  return statusOf('Statement executed successfully.');
};
