/** Ids that were given to new members and wait for their first join (KIP-394). */

import { randomUUID } from 'node:crypto';

export class PendingMembers {
  readonly #ids = new Map<string, NodeJS.Timeout>();

  get size(): number {
    return this.#ids.size;
  }

  /** Makes an id, to be used within `ms`; `forgotten` is called when it was not. */
  offer(prefix: string, ms: number, forgotten: () => void): string {
    const id = newMemberId(prefix);
    const forget = (): void => {
      this.#ids.delete(id);
      forgotten();
    };
    this.#ids.set(id, setTimeout(forget, ms));
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
