/** The sessions that are logged in, their tokens, and how long those are good for. */
import { randomUUID } from 'node:crypto';
import { SnowflakeError } from './errors.ts';
import { createSession, type Session } from './session.ts';
import type { SessionOptions, Shared } from './session-state.ts';

export interface Tokens {
  readonly token: string;
  readonly masterToken: string;
}

export interface Sessions {
  /** A new session, when the shared parts are there. */
  open(options: SessionOptions): Promise<{ readonly session: Session; readonly tokens: Tokens }>;
  /** @throws SnowflakeError 390104, 390112 */
  find(token: string | undefined): Session;
  /** A new token for the session of a master token. */
  renew(masterToken: string | undefined): Tokens;
  /** The token is not good any more, the session is. */
  expire(token: string | undefined): void;
  close(token: string | undefined): Promise<void>;
  closeAll(): Promise<void>;
}

export function createSessions(shared: Promise<Shared>): Sessions {
  const byToken = new Map<string, Session>();
  const byMaster = new Map<string, Session>();
  const expired = new Set<string>();
  let lastId = 0;

  const issue = (session: Session, masterToken: string): Tokens => {
    const token = randomUUID();
    byToken.set(token, session);
    return { token, masterToken };
  };

  async function end(session: Session): Promise<void> {
    for (const map of [byToken, byMaster]) {
      for (const [token, each] of map) {
        if (each !== session) continue;
        map.delete(token);
        expired.delete(token);
      }
    }
    await session.close();
  }

  return {
    async open(options) {
      const session = await createSession(String(++lastId), options, await shared);
      const masterToken = randomUUID();
      byMaster.set(masterToken, session);
      return { session, tokens: issue(session, masterToken) };
    },
    find(token) {
      if (token !== undefined && expired.has(token)) {
        throw new SnowflakeError(
          'sessionExpired',
          'Authentication token has expired. The user must authenticate again.',
        );
      }
      const session = token === undefined ? undefined : byToken.get(token);
      if (!session)
        throw new SnowflakeError('notLoggedIn', 'ID Token is invalid. This session is gone: connect again.');
      return session;
    },
    renew(masterToken) {
      const session = masterToken === undefined ? undefined : byMaster.get(masterToken);
      if (!session)
        throw new SnowflakeError(
          'masterExpired',
          'Authentication token has expired. The user must authenticate again.',
        );
      return issue(session, masterToken as string);
    },
    expire: (token) => void (token !== undefined && expired.add(token)),
    async close(token) {
      const session = token === undefined ? undefined : byToken.get(token);
      if (session) await end(session);
    },
    async closeAll() {
      await Promise.all([...new Set(byMaster.values())].map(end));
    },
  };
}
