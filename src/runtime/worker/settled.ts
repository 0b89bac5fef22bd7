/** Whether a worker has nothing left to do: every source has finished, and every sink has settled all that its topics hold. */
import type { Position } from '../../sdk/index.ts';
import { topicPattern } from '../config/topic-pattern.ts';
import type { KafkaClient } from '../kafka/client.ts';
import { keyOf } from '../kafka/offsets.ts';
import type { RunningConnector } from './connector.ts';

/** A connector that does not run (PAUSED, STOPPED, FAILED) has nothing left to do either. */
export async function isSettled(client: KafkaClient, connectors: readonly RunningConnector[]): Promise<boolean> {
  const active = connectors.filter(({ status }) => status.connector.state !== 'PAUSED');
  if (active.some(({ status }) => status.connector.state === 'UNASSIGNED')) return false;
  const sources = active.filter(({ resolved }) => resolved?.connector.plugin.kind === 'source');
  const alive = (of: RunningConnector) => of.tasks.filter((_, i) => of.status.tasks[i]?.state === 'RUNNING');
  if (!sources.flatMap(alive).every((task) => task.idle)) return false;

  for (const sink of active.filter(({ resolved }) => resolved?.connector.plugin.kind === 'sink')) {
    const tasks = alive(sink);
    if (tasks.length === 0) continue;
    if (!tasks.every((task) => task.idle)) return false;
    const settled = furthest(tasks.flatMap((task) => task.settled));
    const admin = await client.admin();
    for (const topic of await topicsOf(client, sink)) {
      for (const { partition, high, low } of await admin.fetchTopicOffsets(topic)) {
        if (high !== low && (settled.get(keyOf({ topic, partition })) ?? 0n) < BigInt(high)) return false;
      }
    }
  }
  return true;
}

/** A partition that has moved from one task to another is known to both: what counts is how far it has come. */
function furthest(positions: readonly Position[]): ReadonlyMap<string, bigint> {
  const known = new Map<string, bigint>();
  for (const position of positions) {
    const key = keyOf(position);
    if (position.next > (known.get(key) ?? -1n)) known.set(key, position.next);
  }
  return known;
}

async function topicsOf(client: KafkaClient, { resolved }: RunningConnector): Promise<readonly string[]> {
  const { topics = [], topicsRegex } = resolved?.settings ?? {};
  if (topicsRegex === undefined) return topics;
  const pattern = topicPattern(topicsRegex);
  return (await (await client.admin()).listTopics()).filter((topic) => pattern.test(topic));
}
