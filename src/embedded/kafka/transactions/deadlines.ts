/** When transactions have to be ended: one timer for each that is open. */

export class Deadlines {
  readonly #timers = new Map<string, NodeJS.Timeout>();

  /** Calls `end` at a time in milliseconds, at once when that is past; in the place of an earlier deadline. */
  set(transactionalId: string, at: number, end: () => void): void {
    this.clear(transactionalId);
    this.#timers.set(transactionalId, setTimeout(end, Math.max(0, at - Date.now())));
  }

  clear(transactionalId: string): void {
    clearTimeout(this.#timers.get(transactionalId));
    this.#timers.delete(transactionalId);
  }

  close(): void {
    for (const transactionalId of [...this.#timers.keys()]) this.clear(transactionalId);
  }
}
