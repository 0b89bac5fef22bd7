/**
 * The runtime's errors as a table: what each is, whether trying again can help, and the HTTP status that REST gives it.
 * Messages are Kafka Connect's where a client may read them.
 */
export const connectErrors = {
  NOT_FOUND: { status: 404, retriable: false },
  ALREADY_EXISTS: { status: 409, retriable: false },
  BAD_REQUEST: { status: 400, retriable: false },
  INVALID_CONFIG: { status: 400, retriable: false },
  CONFLICT: { status: 409, retriable: true },
  NOT_READY: { status: 503, retriable: true },
  TIMED_OUT: { status: 500, retriable: true },
} as const;

export type ConnectErrorCode = keyof typeof connectErrors;

/** An error with a message for the person who asked. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';
  readonly code: ConnectErrorCode;

  constructor(code: ConnectErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The code of such an error, by which it is known in any thread; undefined of all others. */
export function connectErrorCode(error: unknown): ConnectErrorCode | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code } = error as { readonly code?: unknown };
  return typeof code === 'string' && Object.hasOwn(connectErrors, code) ? (code as ConnectErrorCode) : undefined;
}

/** In Kafka Connect's words: a request that Kafka did not let come to its end, and what it was at since when (in ms). */
export function timedOut(stage: string, began: number, reason: string, cause: unknown): ConnectError {
  const text = `Request timed out. ${stageText(stage, began)} Kafka does not answer (${reason}): try again.`;
  return new ConnectError('TIMED_OUT', text, { cause });
}

/** What a worker is at, as Kafka Connect says it. */
export const stageText = (stage: string, began: number): string =>
  `The worker is currently ${stage}, which began at ${new Date(began).toISOString()}.`;
