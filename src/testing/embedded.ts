/** The embedded services for a test: in memory, on free ports of 127.0.0.1, loaded only when they are asked for. */

type Broker = import('../embedded/kafka/index.ts').Broker;
type Warehouse = import('../embedded/snowflake/index.ts').Warehouse;

export interface Embedded {
  /** `brokers` are for `bootstrap.servers`; `hooks` make the broker fail on demand. */
  readonly kafka: { readonly brokers: readonly string[]; readonly hooks: Broker['hooks'] };
  /** `url` is for `snowflake.url`, with account `embedded`, user and password `caves`. */
  readonly snowflake: { readonly url: string; readonly hooks: Warehouse['hooks'] };
  close(): Promise<void>;
}

/**
 * Starts a Kafka broker and a Snowflake endpoint that forget everything when they close.
 *
 * @example
 * const embedded = await startEmbedded();
 * console.log(embedded.kafka.brokers, embedded.snowflake.url); // ['127.0.0.1:41234'] http://127.0.0.1:41235
 * await embedded.close();
 */
export async function startEmbedded(): Promise<Embedded> {
  const [{ startBroker }, { startWarehouse }] = await Promise.all([
    import('../embedded/kafka/index.ts'),
    import('../embedded/snowflake/index.ts'),
  ]);
  const broker = await startBroker({ port: 0 });
  try {
    const warehouse = await startWarehouse({ port: 0 });
    return {
      kafka: { brokers: [`${broker.host}:${broker.port}`], hooks: broker.hooks },
      snowflake: { url: warehouse.url, hooks: warehouse.hooks },
      async close() {
        await Promise.all([broker.close(), warehouse.close()]);
      },
    };
  } catch (error) {
    await broker.close();
    throw error;
  }
}
