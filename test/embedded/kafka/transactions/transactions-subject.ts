/** The real coordinator with its logs, spoken to by producers with the names of the model. */
import { Broker } from '../../../../src/embedded/kafka/broker.ts';
import { KafkaError } from '../../../../src/embedded/kafka/errors.ts';
import { flushNever } from '../../../../src/embedded/kafka/flush-policy.ts';
import { readHeader } from '../../../../src/embedded/kafka/log/batch.ts';
import type { PartitionLog } from '../../../../src/embedded/kafka/log/partition-log.ts';
import { diskStorage } from '../../../../src/embedded/kafka/storage/disk.ts';
import type { Storage } from '../../../../src/embedded/kafka/storage/storage.ts';
import type { ProducerIdentity } from '../../../../src/embedded/kafka/transactions/transaction.ts';
import { batchesOf, type FetchedBatch } from '../../../conformance/kafka/fetched.ts';
import { recordBatch } from '../record-batches.ts';
import { timeoutMs } from './transactions-model.ts';

const topic = 'wines';
const group = 'readers';
const transactionalId = 'sales';
const nobody: ProducerIdentity = { producerId: -1, producerEpoch: -1 };

export class TransactionsSubject {
  readonly #folder: string;
  readonly #partitions: number;
  #broker: Broker;
  readonly #identities = new Map<string, ProducerIdentity>();
  /** By identity and partition, as a producer counts. */
  readonly #sequences = new Map<string, number>();

  constructor(folder: string, partitions: number) {
    this.#folder = folder;
    this.#partitions = partitions;
    this.#broker = openBroker(diskStorage({ folder, flush: flushNever, log: () => {} }));
    const options = { name: topic, partitions, replicationFactor: 1, configs: new Map(), validateOnly: false };
    this.#broker.topics.create(options);
  }

  init(producer: string, how: { readonly knowsItself: boolean; readonly losesAnswer: boolean }): string {
    return attempt(() => {
      const known = (how.knowsItself ? this.#identities.get(producer) : undefined) ?? nobody;
      const identity = this.#broker.transactions.initProducer(transactionalId, timeoutMs, known);
      if (!how.losesAnswer) this.#identities.set(producer, identity);
    });
  }

  add(producer: string, partition: number): string {
    return attempt(() =>
      this.#broker.transactions.addPartitions(transactionalId, this.#who(producer), [{ topic, partition }]),
    );
  }

  send(producer: string, partition: number, value: string): string {
    return attempt(() => {
      const who = this.#who(producer);
      this.#broker.transactions.checkProduce(transactionalId, who, { topic, partition });
      const slot = `${who.producerId}/${who.producerEpoch}/${partition}`;
      const baseSequence = this.#sequences.get(slot) ?? 0;
      this.#append(partition, value, { ...who, baseSequence, transactional: true });
      this.#sequences.set(slot, baseSequence + 1);
    });
  }

  addGroup(producer: string): string {
    return attempt(() => this.#broker.transactions.addGroup(transactionalId, this.#who(producer), group));
  }

  commitOffset(producer: string, value: number): string {
    return attempt(() =>
      this.#broker.transactions.commitOffsets(transactionalId, this.#who(producer), group, [this.#entry(value)]),
    );
  }

  end(producer: string, commit: boolean): string {
    return attempt(() => this.#broker.transactions.end(transactionalId, this.#who(producer), commit));
  }

  sendPlain(partition: number, value: string): string {
    return attempt(() => this.#append(partition, value, {}));
  }

  commitPlainOffset(value: number): string {
    return attempt(() => this.#broker.groups.offsets.commit([{ group, entries: [this.#entry(value)] }]));
  }

  restart(): void {
    this.#broker.close();
    this.#broker = openBroker(diskStorage({ folder: this.#folder, flush: flushNever, log: () => {} }));
  }

  close(): void {
    this.#broker.close();
  }

  get state(): string {
    return this.#broker.transactions.find(transactionalId)?.state ?? 'Unknown';
  }

  get committedOffset(): number | undefined {
    return this.#broker.groups.offsets.find(group, topic, 0)?.offset;
  }

  get hasPendingOffset(): boolean {
    return this.#broker.transactions.hasPendingOffset(group, { topic, partition: 0 });
  }

  /** What a partition holds, and what a reader of committed records sees of it. */
  look(partition: number) {
    const log = this.#log(partition);
    return {
      entries: readAll(log, false).batches.flatMap(({ control, values }) =>
        values.map((value) => (control ? { marker: value } : { value })),
      ),
      stableOffset: log.stableOffset,
      committedValues: committedValues(log),
    };
  }

  #append(partition: number, value: string, options: object): void {
    const batch = recordBatch([value], { timestamp: Date.now(), ...options });
    this.#log(partition).append(readHeader(batch), batch);
  }

  #entry(offset: number) {
    const order = this.#broker.groups.offsets.nextOrder();
    return { topic, partition: 0, offset, leaderEpoch: -1, metadata: '', order };
  }

  #log(partition: number): PartitionLog {
    if (partition >= this.#partitions) throw new RangeError(`There is no partition ${partition}`);
    return this.#broker.topics.partition(topic, partition);
  }

  #who(producer: string): ProducerIdentity {
    return this.#identities.get(producer) ?? nobody;
  }
}

/** The state of a broker, without a server round it. */
export function openBroker(storage: Storage): Broker {
  return new Broker(storage, {
    dataDir: 'unnamed',
    autoCreateTopics: false,
    defaultPartitions: 1,
    flush: flushNever,
    served: [],
    log: () => {},
    warn: () => {},
  });
}

function attempt(work: () => void): string {
  try {
    work();
    return 'NONE';
  } catch (error) {
    if (error instanceof KafkaError) return error.error;
    throw error;
  }
}

function readAll(log: PartitionLog, committed: boolean) {
  const batches: FetchedBatch[] = [];
  const aborted = new Map<number, { readonly producerId: number; readonly firstOffset: number }>();
  for (let offset = log.startOffset; ; ) {
    const extent = log.extent(offset, 1_000_000, committed, true);
    if (extent === undefined) return { batches, aborted: [...aborted.values()] };
    for (const one of log.abortedIn(offset, extent)) aborted.set(one.firstOffset, one);
    batches.push(...batchesOf(Buffer.concat(extent.segment.read(extent.position, extent.length))));
    offset = extent.endOffset;
  }
}

/** Reads as consumers do: what the list of aborted transactions names is dropped, up to its marker. */
function committedValues(log: PartitionLog): readonly string[] {
  const { batches, aborted } = readAll(log, true);
  const dropping = new Set<number>();
  return batches.flatMap(({ control, transactional, producerId, baseOffset, lastOffset, values }) => {
    for (const one of aborted)
      if (one.firstOffset >= baseOffset && one.firstOffset <= lastOffset) dropping.add(one.producerId);
    if (control) {
      dropping.delete(producerId);
      return [];
    }
    return transactional && dropping.has(producerId) ? [] : values;
  });
}
