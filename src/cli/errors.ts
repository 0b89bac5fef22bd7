/**
 * What the command line says and how it exits when something is wrong: one line for the person, the chain of causes
 * with it, a stack only for those who ask with `--log-level debug`.
 */
export const exitCodes = {
  fine: 0,
  failed: 1,
  usage: 2,
  /** As a shell reports a process that SIGINT ended. */
  interrupted: 130,
} as const;

/** An error whose message is all that there is to say. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  constructor(message: string, options?: ErrorOptions & { readonly exitCode?: number }) {
    super(message, options);
    this.exitCode = options?.exitCode ?? exitCodes.failed;
  }
}

/** The messages along the chain of causes, each said once, as one line. */
export function describeError(error: unknown): string {
  const messages: string[] = [];
  for (let cause: unknown = error; cause !== undefined && cause !== null; ) {
    const message = (cause instanceof Error ? cause.message || cause.name : String(cause)).replace(/\s+/g, ' ').trim();
    if (message && !messages.some((said) => said.includes(message))) messages.push(message);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return messages.reduce((said, cause) => (said.endsWith('.') ? `${said} (${cause})` : `${said}: ${cause}`));
}

/** A command line that oclif could not read: its message comes in lines, and some name what they do not know. */
interface UsageError extends Error {
  readonly oclif: { readonly exit?: number };
  /** Flags that do not exist. */
  readonly flags?: readonly string[];
}

/** Whether the command line itself is at fault. */
export function isUsageError(error: unknown): error is UsageError {
  return error instanceof Error && 'oclif' in error && 'parse' in error;
}

/** The exit code of an error: its own, that of a wrong command line, or 1. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CommandError) return error.exitCode;
  const { oclif } = (error ?? {}) as { readonly oclif?: { readonly exit?: unknown } };
  return typeof oclif?.exit === 'number' ? oclif.exit : exitCodes.failed;
}
