/** The topics that a task has been in since it was last asked: a name is noted once per batch and told once. */
export interface SeenTopics {
  add(topics: Iterable<string>): void;
  /** Answers them and begins anew. */
  take(): readonly string[];
}

export function createSeenTopics(): SeenTopics {
  let seen = new Set<string>();
  return {
    add(topics) {
      for (const topic of topics) seen.add(topic);
    },
    take() {
      const taken = [...seen];
      seen = new Set();
      return taken;
    },
  };
}
