import { ConnectError } from '../errors.ts';
import { createPattern, type Pattern } from '../schema/pattern.ts';

/** The one reading of `topics.regex`: JavaScript's, by Unicode, and it must match the whole name. */
export function topicPattern(text: string): Pattern {
  const pattern = createPattern(`^(?:${text})$`, 'u');
  return {
    test(topic) {
      try {
        return pattern.test(topic);
      } catch (error) {
        throw new ConnectError('INVALID_CONFIG', `topics.regex: ${(error as Error).message}.`);
      }
    },
  };
}
