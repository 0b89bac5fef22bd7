/**
 * A deleted sink leaves its offsets behind, as Kafka Connect's does: one that is created under its name goes on where it
 * stopped, and one of another cluster shares them. That may be what is wanted or a surprise, so it is said, once, at the
 * creation. Positions that only the
 * destination still has are told by the task that meets them.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger, Position } from '../../sdk/index.ts';
import type { ResolvedConnector } from '../config/model.ts';
import type { KafkaClient } from '../kafka/client.ts';
import { groupOffsets } from '../kafka/offsets.ts';
import { sinkGroupOf } from '../tasks/sink-task.ts';

/** How long a creation waits for what is said about it. */
const patienceMs = 3_000;
/** How many partitions a line names. */
const mostNamed = 5;

/** Asks before a connector is created; what it answers is to be called when it was, and warns. */
export function createOldOffsets(client: KafkaClient, log: Logger) {
  return async ({ name, connector }: ResolvedConnector): Promise<() => void> => {
    if (connector.plugin.kind !== 'sink') return () => undefined;
    const read = groupOffsets(client, sinkGroupOf(name)).catch(() => []);
    const nothing: readonly Position[] = [];
    const old = await Promise.race([read, delay(patienceMs, nothing, { ref: false })]);
    return () => {
      if (old.length > 0) log.warn(warningOf(name, old));
    };
  };
}

function warningOf(name: string, old: readonly Position[]): string {
  const named = old.slice(0, mostNamed).map(({ topic, partition, next }) => `${topic}-${partition} at ${next}`);
  const others = old.length > mostNamed ? ` and ${old.length - mostNamed} more` : '';
  const path = `/connectors/${encodeURIComponent(name)}`;
  return (
    `${name} goes on where a connector of this name has got to: ${named.join(', ')}${others}. If that one was deleted and ` +
    `this one is to begin anew, stop it (PUT ${path}/stop), forget its offsets (DELETE ${path}/offsets) and resume it. If ` +
    'that one runs in another cluster (group.id), they share these offsets: give this one another name'
  );
}
