/** Names: of errors, by their numbers, and of topics, groups and transactional ids, one of its own for each case. */
import { randomUUID } from 'node:crypto';
import { errorCodes } from '../../../src/embedded/kafka/errors.ts';

const errorNames = new Map<number, string>(Object.entries(errorCodes).map(([name, code]) => [code, name]));

/** Kafka's name of an error code. */
export function errorName(code: number): string {
  return errorNames.get(code) ?? `error ${code}`;
}

const run = randomUUID().slice(0, 8);
let last = 0;

/** A name that nothing else on the broker has, of an earlier run either. */
export function newName(what: string): string {
  last++;
  return `${what}-${run}-${last}`;
}
