/** Producer ids, each given out once in the life of the data: they are reserved in the journal by blocks. */

import type { Journal } from '../storage/storage.ts';

const journalKey = 'producer-ids';
const blockSize = 1000;

export class ProducerIds {
  readonly #journal: Journal;
  #next = 0;
  #reserved = 0;

  constructor(journal: Journal) {
    this.#journal = journal;
    for (const [key, value] of journal.entries()) {
      if (key === journalKey) this.#reserved = value as number;
    }
    this.#next = this.#reserved;
  }

  take(): number {
    if (this.#next === this.#reserved) {
      const reserved = this.#reserved + blockSize;
      this.#journal.write(new Map([[journalKey, reserved]]));
      this.#reserved = reserved;
    }
    return this.#next++;
  }
}
