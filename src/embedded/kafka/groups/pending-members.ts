/** Ids that were given to new members and wait for their first join (KIP-394). */

import { randomUUID } from 'node:crypto';

/** How long an id waits. */
const patienceMs = 60_000;

export class PendingMembers {
  readonly #ids = new Map<string, NodeJS.Timeout>();

  /** Makes an id and keeps it for a while. */
  offer(prefix: string): string {
    const id = newMemberId(prefix);
    const forget = setTimeout(() => this.#ids.delete(id), patienceMs);
    forget.unref();
    this.#ids.set(id, forget);
    return id;
  }

  /** Takes an id out; whether it was waiting. */
  take(id: string): boolean {
    clearTimeout(this.#ids.get(id));
    return this.#ids.delete(id);
  }

  close(): void {
    for (const id of [...this.#ids.keys()]) this.take(id);
  }
}

/** An id for a member that tells people whose it is. */
export function newMemberId(prefix: string): string {
  return `${prefix}-${randomUUID()}`;
}
