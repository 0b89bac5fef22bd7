/**
 * The sessions that are logged in, their tokens, and how long those are good for: a session token one hour, after which
 * the driver renews it with its master token; that one for four hours after the session was used last. A session that
 * runs nothing for so long is ended and its transaction rolled back.
 */
import { randomUUID } from 'node:crypto';
import { SnowflakeError } from './errors.ts';
import { createSession, type Session } from './session.ts';
import type { SessionOptions, Shared } from './session-state.ts';

export interface Lifetimes {
  readonly tokenSeconds: number;
  readonly masterSeconds: number;
}

export interface Tokens {
  readonly token: string;
  readonly masterToken: string;
}

export interface Sessions {
  readonly lifetimes: Lifetimes;
  /** A new session, when the shared parts are there. */
  open(options: SessionOptions): Promise<{ readonly session: Session; readonly tokens: Tokens }>;
  /** @throws SnowflakeError 390104, 390112 */
  find(token: string | undefined): Session;
  /** A new token for the session of a master token. @throws SnowflakeError 390114 */
  renew(masterToken: string | undefined): Tokens;
  /** The token is not good any more, the session is. */
  expire(token: string | undefined): void;
  close(token: string | undefined): Promise<void>;
  closeAll(): Promise<void>;
}

interface Entry {
  readonly session: Session;
  readonly masterToken: string;
  /** Until when each session token is good. */
  readonly tokens: Map<string, number>;
  masterUntil: number;
}

const EXPIRED = 'Authentication token has expired.  The user must authenticate again.';
const TOKENS_KEPT = 4;
const LONGEST_BETWEEN_SWEEPS_MS = 60_000;

export function createSessions(shared: Promise<Shared>, lifetimes: Lifetimes): Sessions {
  const byToken = new Map<string, Entry>();
  const byMaster = new Map<string, Entry>();
  let lastId = 0;

  const masterUntil = (): number => Date.now() + lifetimes.masterSeconds * 1000;

  function issue(entry: Entry): Tokens {
    const token = randomUUID();
    // What is under way with an older token must hear that it has expired (the driver renews), not that it is unknown.
    for (const old of entry.tokens.keys()) {
      if (entry.tokens.size < TOKENS_KEPT) break;
      entry.tokens.delete(old);
      byToken.delete(old);
    }
    entry.tokens.set(token, Date.now() + lifetimes.tokenSeconds * 1000);
    byToken.set(token, entry);
    return { token, masterToken: entry.masterToken };
  }

  async function end(entry: Entry): Promise<void> {
    for (const token of entry.tokens.keys()) byToken.delete(token);
    byMaster.delete(entry.masterToken);
    (await shared).logouts.delete(entry.session.id);
    await entry.session.close();
  }

  const sweep = setInterval(
    () => {
      for (const entry of byMaster.values()) {
        if (entry.session.isRunning) entry.masterUntil = masterUntil();
        else if (entry.masterUntil < Date.now()) void end(entry);
      }
    },
    Math.min(LONGEST_BETWEEN_SWEEPS_MS, lifetimes.masterSeconds * 500),
  );
  sweep.unref();

  return {
    lifetimes,
    async open(options) {
      const { logouts } = await shared;
      const session = await createSession(String(++lastId), options, await shared);
      const entry: Entry = { session, masterToken: randomUUID(), tokens: new Map(), masterUntil: masterUntil() };
      byMaster.set(entry.masterToken, entry);
      logouts.set(session.id, () => end(entry));
      return { session, tokens: issue(entry) };
    },
    find(token = '') {
      const entry = byToken.get(token);
      if (!entry) throw new SnowflakeError('notLoggedIn', 'ID Token is invalid. This session is gone: connect again.');
      if ((entry.tokens.get(token) as number) < Date.now()) throw new SnowflakeError('sessionExpired', EXPIRED);
      entry.masterUntil = masterUntil();
      return entry.session;
    },
    renew(masterToken = '') {
      const entry = byMaster.get(masterToken);
      if (!entry || (entry.masterUntil < Date.now() && !entry.session.isRunning))
        throw new SnowflakeError('masterExpired', EXPIRED);
      entry.masterUntil = masterUntil();
      return issue(entry);
    },
    expire: (token = '') => void byToken.get(token)?.tokens.set(token, 0),
    async close(token = '') {
      const entry = byToken.get(token);
      if (entry) await end(entry);
    },
    async closeAll() {
      clearInterval(sweep);
      await Promise.all([...byMaster.values()].map(end));
    },
  };
}
