/**
 * Stands at the broker and looks, each time the group offset has moved and before the sink hears of it, at what is
 * written by then: no offset may ever pass a record that is neither in the table nor in the dead letter queue.
 */
import { connect } from 'node:net';
import { Reader } from '../../../src/embedded/kafka/wire/reader.ts';
import { apiNamed, encodeRequest, readFrame } from '../../embedded/kafka/wire-client.ts';
import type { Ground } from './ground.ts';

/** What there was when the offset of a partition had moved. */
export interface Sight {
  readonly partition: number;
  /** The group offset. */
  readonly next: number;
  /** The ids of the events in the table. */
  readonly rows: ReadonlySet<string>;
  /** Dead letters from this partition that lie below this offset are committed, or never will be. */
  readonly deadLetters: number;
}

export interface Witness extends Disposable {
  readonly sights: readonly Sight[];
}

interface OffsetTopics {
  readonly topics: readonly {
    readonly name: string;
    readonly partitions: readonly {
      readonly partitionIndex: number;
      readonly committedOffset: number;
      readonly errorCode: number;
    }[];
  }[];
}

export async function watchOffsets(
  ground: Ground,
  at: { readonly topic: string; readonly deadLetters: string },
): Promise<Witness> {
  const sights: Sight[] = [];
  /** Transactions with dead letters in them, by their id, and the offsets that each is to move. */
  const open = new Map<string, OffsetTopics>();
  const ends = await openEnds(ground);

  async function look(moved: OffsetTopics): Promise<void> {
    const rows = new Set((await idsInTable(ground)).map(String));
    for (const { name, partitions } of moved.topics) {
      if (name !== at.topic) continue;
      for (const { partitionIndex: partition, committedOffset: next } of partitions) {
        sights.push({ partition, next, rows, deadLetters: await deadLettersOf(partition) });
      }
    }
  }

  /**
   * Each partition has a transactional id of its own: while none is open under it, all of its dead letters are decided,
   * whoever else has a transaction open in their topic.
   */
  function deadLettersOf(partition: number): Promise<number> {
    const isOpen = [...open.keys()].some((id) => id.endsWith(`/${at.topic}/${partition}`));
    return ends.endOf(at.deadLetters, isOpen ? readCommitted : readUncommitted);
  }

  const unwatch = ground.broker.hooks.watch({
    async done({ api, body }, answer) {
      const { transactionalId, committed } = body as {
        readonly transactionalId?: string;
        readonly committed?: boolean;
      };
      if (api === 'OffsetCommit') await look(taken(body as OffsetTopics, answer as OffsetTopics));
      if (transactionalId === undefined || transactionalId === null) return;
      const moved = open.get(transactionalId);
      if (api === 'Produce') open.set(transactionalId, moved ?? { topics: [] });
      if (api === 'TxnOffsetCommit') open.set(transactionalId, taken(body as OffsetTopics, answer as OffsetTopics));
      // Whoever takes over an id ends the transaction that was open under it.
      if (api === 'InitProducerId') open.delete(transactionalId);
      if (api !== 'EndTxn' || (answer as { readonly errorCode: number }).errorCode !== 0) return;
      open.delete(transactionalId);
      if (committed && moved !== undefined) await look(moved);
    },
  });
  return {
    sights,
    [Symbol.dispose]() {
      unwatch();
      ends.close();
    },
  };
}

/** The offsets of a request that were taken. */
function taken(request: OffsetTopics, answer: OffsetTopics): OffsetTopics {
  return {
    topics: request.topics.map(({ name, partitions }, i) => ({
      name,
      partitions: partitions.filter((_, p) => answer.topics[i]?.partitions[p]?.errorCode === 0),
    })),
  };
}

async function idsInTable(ground: Ground): Promise<readonly (string | null)[]> {
  const rows = await ground.query(
    'SELECT EVENT_METADATA:event_id::VARCHAR FROM WINE_SALES_DB.RAW_DATA.RAW_EVENTS_STREAM',
  );
  return rows.map(([id]) => id ?? null);
}

const readUncommitted = 0;
const readCommitted = 1;

/** Asks for the end of a topic of one partition: all of it, or what no open transaction holds back, as kafkajs cannot. */
async function openEnds({ broker }: Ground) {
  const socket = connect(broker.port, broker.host);
  socket.on('error', () => socket.destroy());
  let last: Promise<unknown> = Promise.resolve();
  const ask = async (topic: string, isolationLevel: number): Promise<number> => {
    const partitions = [{ partitionIndex: 0, timestamp: -1 }];
    const frame = readFrame(socket);
    socket.write(
      encodeRequest('ListOffsets', 2, { replicaId: -1, isolationLevel, topics: [{ name: topic, partitions }] }),
    );
    const reader = new Reader(await frame);
    reader.int32();
    const answer = apiNamed('ListOffsets').response.read(reader, { version: 2, flexible: false }) as {
      readonly topics: readonly {
        readonly partitions: readonly { readonly errorCode: number; readonly offset: number }[];
      }[];
    };
    const [found] = answer.topics[0]?.partitions ?? [];
    return found?.errorCode === 0 ? found.offset : 0;
  };
  return {
    /** One question at a time. */
    endOf(topic: string, isolationLevel: number): Promise<number> {
      const answer = last.then(() => ask(topic, isolationLevel));
      last = answer.catch(() => undefined);
      return answer;
    },
    close: () => socket.destroy(),
  };
}
