/** What a check found, as lines for a person: one promise of the contract each. */

export interface CheckReport {
  /** The promises that were seen kept, in order. */
  readonly passed: readonly string[];
  /** The promises that could not be tried, and why. */
  readonly skipped: readonly string[];
}

/** The error of a check that failed: its message is the report, with the first broken promise last. */
export class CheckFailedError extends Error {
  override readonly name = 'CheckFailedError';
}

/** Runs promises one after another, since each stands on those before it; the first broken one ends the check. */
export interface Checklist {
  promise(sentence: string, keep: () => Promise<void> | void): Promise<void>;
  skip(sentence: string, reason: string): void;
  report(): CheckReport;
}

export function checklist(plugin: string): Checklist {
  const passed: string[] = [];
  const skipped: string[] = [];
  return {
    async promise(sentence, keep) {
      try {
        await keep();
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const lines = [...passed.map((kept) => `  ✓ ${kept}`), `  ✗ ${sentence}`, `      ${reason}`];
        throw new CheckFailedError([`${plugin} breaks its contract:`, ...lines].join('\n'), { cause: error });
      }
      passed.push(sentence);
    },
    skip(sentence, reason) {
      skipped.push(`${sentence} (${reason})`);
    },
    report: () => ({ passed, skipped }),
  };
}

/** Throws `message` unless `condition`. */
export function expect(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Error(message);
}

/** Throws when `work` has not ended after `ms`. */
export async function within<T>(ms: number, work: Promise<T>, message: string): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${message} within ${ms} ms`)), ms);
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
