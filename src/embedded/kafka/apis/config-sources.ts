/** Kafka's numbers for where the value of a setting comes from. */
export const configSources = { topic: 1, staticBroker: 4, default: 5 } as const;

/** Kafka's numbers for what settings belong to. */
export const resourceTypes = { topic: 2, broker: 4 } as const;
