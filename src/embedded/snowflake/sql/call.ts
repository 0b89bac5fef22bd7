/** A function's call: its arguments, WITHIN GROUP (…), IGNORE NULLS and OVER (…). */
import { compilationError, unknownConstruct } from '../errors.ts';
import type { ExpressionReader } from './expression.ts';
import { callFunction } from './functions.ts';
import { isWindowFunction } from './functions-window.ts';
import { type Operand, typed } from './operand.ts';
import { type Group, isGroup, isWord, type Node, splitAt } from './tree.ts';
import { rewriteOver } from './window.ts';

/** The reader stands behind the brackets. */
export function readCall(reader: ExpressionReader, name: string, group: Group): Operand {
  let argumentNodes = splitAt(group.children);
  let nulls: string | undefined;
  const last = argumentNodes.at(-1) ?? [];
  const inside = last.at(-2);
  if (isWord(last.at(-1), 'NULLS') && isWord(inside, 'IGNORE', 'RESPECT')) {
    nulls = inside.value;
    argumentNodes = [...argumentNodes.slice(0, -1), last.slice(0, -2)];
  }
  const within = readWithinGroup(reader);
  const word = reader.peek();
  if (isWord(word, 'IGNORE', 'RESPECT') && isWord(reader.peek(1), 'NULLS')) {
    nulls = word.value;
    reader.skip(2);
  }
  const called = callFunction(name, argumentNodes, reader.scope, group, { within, ignoreNulls: nulls === 'IGNORE' });
  if (!isWord(reader.peek(), 'OVER')) {
    if (isWindowFunction(name))
      throw compilationError('invalidExpression', `Missing window specification: ${name} needs OVER (…).`);
    if (nulls !== undefined) throw compilationError('syntax', `syntax error: ${nulls} NULLS needs OVER (…).`);
    return called.finish ? finished(called, called.sql) : called;
  }
  const window = reader.peek(1);
  if (!isGroup(window)) throw unknownConstruct('named windows');
  reader.skip(2);
  return finished(called, `${called.sql} OVER (${rewriteOver(name, window.children, reader.scope)})`);
}

function readWithinGroup(reader: ExpressionReader): readonly Node[] | undefined {
  if (!isWord(reader.peek(), 'WITHIN') || !isWord(reader.peek(1), 'GROUP')) return undefined;
  const group = reader.peek(2);
  if (!isGroup(group)) throw compilationError('syntax', 'syntax error: WITHIN GROUP needs brackets.');
  reader.skip(3);
  return group.children;
}

function finished(called: Operand, sql: string): Operand {
  const { finish, ...rest } = called;
  const done = finish ? finish(sql) : sql;
  return rest.type ? typed(done, rest.type, rest.nullable) : { ...rest, sql: done };
}
