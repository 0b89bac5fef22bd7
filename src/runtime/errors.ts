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
