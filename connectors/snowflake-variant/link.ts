import type { Session } from './session.ts';

/** A session that may be lost: it is opened when it is needed, and again after it was lost. */
export interface Link {
  /** Runs `work` on the session; what it throws comes out as it is. A session that was lost on the way is given up. */
  run<T>(work: (session: Session) => Promise<T>, signal: AbortSignal): Promise<T>;
  /** Gives up the session, and with it a transaction that is open. */
  reset(): Promise<void>;
}

/** `isLost` says whether an error means that the session cannot go on. */
export function linkOf(open: (signal: AbortSignal) => Promise<Session>, isLost: (error: unknown) => boolean): Link {
  let session: Session | undefined;
  const reset = async (): Promise<void> => {
    const lost = session;
    session = undefined;
    await lost?.close();
  };
  return {
    async run(work, signal) {
      session ??= await open(signal);
      try {
        return await work(session);
      } catch (error) {
        if (signal.aborted || isLost(error)) await reset();
        throw error;
      }
    },
    reset,
  };
}
