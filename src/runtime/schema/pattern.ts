/**
 * Regular expressions of users, kept from holding up a thread. The engine tries one way after another, and some patterns
 * (`^(a+)+$`) have more ways through a short text than there are seconds in a year: an event would stop its worker. A
 * match that may take long gets so much time and no more. Who asks must not take that for an answer: another time it may
 * be in time, and what is once refused and once taken is lost.
 *
 * Only such a match pays for it (some 0.1 ms): how long a text may be without a deadline follows from how many repetitions
 * the pattern has. It leaves out patterns that are slow on purpose within a counted group, such as `(a?){60}`.
 */
import { createContext, Script } from 'node:vm';

/** What a pattern is asked; a `RegExp` is one. */
export interface Pattern {
  /** @throws PatternTimeoutError when it cannot be told in time. */
  test(text: string): boolean;
}

export class PatternTimeoutError extends Error {
  override readonly name = 'PatternTimeoutError';
  readonly code = 'PATTERN_TIMEOUT';

  constructor(pattern: string, length: number) {
    super(
      `the pattern ${pattern} was not matched within ${deadlineMs} ms against a text of ${length} characters: write it ` +
        'without repetitions inside of repetitions, or side by side',
    );
  }
}

const deadlineMs = 1000;
/** Steps that take no time to speak of. */
const fewSteps = 1e7;
/** A repeated group may double the ways with each character. */
const longestOfNested = 16;

/** The pattern of a text; throws `SyntaxError` as `RegExp` does. */
export function createPattern(source: string, flags: string): Pattern {
  const expression = new RegExp(source, flags);
  const longest = longestWithoutDeadline(source);
  return {
    test: (text) => (text.length <= longest ? expression.test(text) : testInTime(expression, text)),
    // ajv tells patterns apart by this.
    toString: () => expression.toString(),
  } as Pattern;
}

/** By the degree of the polynomial: each repetition may begin at every character that those before it leave. */
function longestWithoutDeadline(source: string): number {
  const plain = source.replaceAll(/\\.|\[(?:\\.|[^\]\\])*\]/g, 'x');
  if (/\)(?:[*+]|\{)/.test(plain)) return longestOfNested;
  const repetitions = plain.match(/[*+]|\{\d*,/g)?.length ?? 0;
  return repetitions === 0 ? Number.POSITIVE_INFINITY : Math.floor(fewSteps ** (1 / (repetitions + 1)));
}

const asked: { expression?: RegExp; text?: string } = {};
const context = createContext(asked);
const script = new Script('expression.test(text)');

function testInTime(expression: RegExp, text: string): boolean {
  asked.expression = expression;
  asked.text = text;
  try {
    return script.runInContext(context, { timeout: deadlineMs }) as boolean;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_SCRIPT_EXECUTION_TIMEOUT') throw error;
    throw new PatternTimeoutError(expression.source, text.length);
  } finally {
    delete asked.expression;
    delete asked.text;
  }
}
