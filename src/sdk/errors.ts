/**
 * What a plugin throws to tell the runtime what to do next. Told apart by `code`, never by `instanceof`: a plugin may
 * bring its own copy of this package. Everything without one of these codes (and without an aborted signal) is a
 * failure of the task: it is FAILED, with the trace in its status.
 */

export type PluginErrorCode = 'RETRIABLE' | 'INVALID_RECORDS' | 'BATCH_REJECTED' | 'FENCED' | 'CONFIG';

/**
 * The same call is made again after a jittered back-off, for at most `errors.retry.timeout`.
 *
 * @example
 * throw new RetriableError('The destination is overloaded (503)');
 */
export class RetriableError extends Error {
  override readonly name = 'RetriableError';
  readonly code: PluginErrorCode = 'RETRIABLE';
}

/**
 * Some records of the batch can never be written: they go to the error handler, the rest is written again.
 * Nothing of the batch may have been written.
 *
 * @example
 * throw new InvalidRecordsError(new Map([[3, 'total_price is negative']]));
 */
export class InvalidRecordsError extends Error {
  override readonly name = 'InvalidRecordsError';
  readonly code: PluginErrorCode = 'INVALID_RECORDS';
  /** Index in the batch → why. */
  readonly reasons: ReadonlyMap<number, string>;

  constructor(reasons: ReadonlyMap<number, string>, options?: ErrorOptions) {
    const [first] = reasons.values();
    super(`${reasons.size} record(s) of the batch are invalid: ${first ?? 'no reason given'}`, options);
    this.reasons = reasons;
  }
}

/**
 * The destination refused the batch and does not say which record: the runtime halves it until the bad one is found.
 *
 * @example
 * throw new BatchRejectedError('Numeric value "six" is not recognized');
 */
export class BatchRejectedError extends Error {
  override readonly name = 'BatchRejectedError';
  readonly code: PluginErrorCode = 'BATCH_REJECTED';
}

/**
 * Another task writes these partitions now. Nothing of the batch was written. The runtime gives the partitions up and
 * joins the group again, to find out which ones it has; only a task that is fenced again and again fails.
 */
export class FencedError extends Error {
  override readonly name = 'FencedError';
  readonly code: PluginErrorCode = 'FENCED';
}

/**
 * The configuration is at fault (wrong password, missing privilege): trying again does not help. `key` names the key.
 *
 * @example
 * throw new ConfigError('The password is wrong: set SNOWFLAKE_PASSWORD', { key: 'snowflake.password' });
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code: PluginErrorCode = 'CONFIG';
  readonly key: string | undefined;

  constructor(message: string, options?: ErrorOptions & { readonly key?: string }) {
    super(message, options);
    this.key = options?.key;
  }
}

const codes: ReadonlySet<unknown> = new Set<PluginErrorCode>([
  'RETRIABLE',
  'INVALID_RECORDS',
  'BATCH_REJECTED',
  'FENCED',
  'CONFIG',
]);

/** The runtime's: the code by which a thrown value steers it; undefined for all that means failure. Never throws. */
export function pluginErrorCode(error: unknown): PluginErrorCode | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code } = error as { code?: unknown };
  return codes.has(code) ? (code as PluginErrorCode) : undefined;
}
