/**
 * What a broker answered, also where kafkajs throws one error of many for all of it. Used by what needs to know of each
 * part: which partitions took their records, which topics can be read.
 */
import { replace } from './replace.ts';

interface Response<T> {
  decode(bytes: Buffer): Promise<T>;
  /** Throws when there is an error anywhere in the answer. */
  parse(answer: T): Promise<T>;
}

const whole = Symbol('the whole answer');

/** From now on the errors that this module's `parse` throws hold the answer. @param path as for {@link replace} */
export function keepAnswer(path: string): void {
  replace<Response<unknown>>(path, (original) => ({
    ...original,
    parse: (answer) =>
      original.parse(answer).catch((error: object) => {
        throw Object.assign(error, { [whole]: answer });
      }),
  }));
}

/** The answer that an error holds; without one it is thrown. */
export function answerOf<T>(error: unknown): T {
  const answer = (error as { [whole]?: T } | undefined)?.[whole];
  if (answer === undefined) throw error;
  return answer;
}
