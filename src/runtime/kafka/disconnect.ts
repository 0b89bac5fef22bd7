import type { Producer } from 'kafkajs';

/** Disconnecting must not hang or throw: the client is given up either way. */
export async function disconnect(client: Pick<Producer, 'disconnect'>, withinMs = 3_000): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, withinMs);
  });
  await Promise.race([client.disconnect().catch(() => undefined), limit]);
  clearTimeout(timer);
}
