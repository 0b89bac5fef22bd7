import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { GroupModel } from '../../../embedded/kafka/groups/group-model.ts';
import { TransactionsModel } from '../../../embedded/kafka/transactions/transactions-model.ts';
import { type WireClient, wireClient } from '../../../embedded/kafka/wire-client.ts';
import { batch, newTopic, produce } from '../requests.ts';
import type { Subject } from '../subject.ts';
import { initProducer } from '../transactional-producer.ts';
import { WiredGroup } from '../wired-group.ts';
import { WiredTransactions } from '../wired-transactions.ts';

/** What a partition knows of an idempotent producer: its epoch and its last five batches. */
class SequenceModel {
  epoch = -1;
  batches: ReadonlyArray<{ readonly first: number; readonly last: number; readonly offset: number }> = [];
  endOffset: number;

  constructor(endOffset: number) {
    this.endOffset = endOffset;
  }

  send(epoch: number, first: number, count: number): readonly [error: string, offset: number] {
    const last = first + count - 1;
    const isKnown = this.epoch >= 0;
    if (isKnown && epoch < this.epoch) return ['INVALID_PRODUCER_EPOCH', -1];
    if (epoch === this.epoch) {
      const repeated = this.batches.find((one) => one.first === first && one.last === last);
      if (repeated !== undefined) return ['NONE', repeated.offset];
      if (first !== this.next) return ['OUT_OF_ORDER_SEQUENCE_NUMBER', -1];
    } else if (isKnown && first !== 0) return ['OUT_OF_ORDER_SEQUENCE_NUMBER', -1];
    const offset = this.endOffset;
    this.batches = [...(epoch === this.epoch ? this.batches.slice(-4) : []), { first, last, offset }];
    this.epoch = epoch;
    this.endOffset += count;
    return ['NONE', offset];
  }

  get next(): number {
    return (this.batches.at(-1)?.last ?? -1) + 1;
  }
}

type Sending = readonly [epoch: number, what: 'next' | 'again' | 'gap' | 'zero', count: number, back: number];

/** The sequence that a step means: the next one, one that was sent, one that skips, or the first. */
function sequenceOf(model: SequenceModel, what: Sending[1], back: number): number {
  if (what === 'next') return model.next;
  if (what === 'gap') return model.next + 1 + back;
  return what === 'again' ? (model.batches.at(-1 - back)?.first ?? 0) : 0;
}

const sending: fc.Arbitrary<Sending> = fc.tuple(
  fc.constantFrom(0, 0, 0, 1, 2),
  fc.constantFrom('next', 'next', 'next', 'again', 'again', 'gap', 'zero'),
  fc.integer({ min: 1, max: 2 }),
  fc.integer({ min: 0, max: 5 }),
);

/** A step of a story; it prints as a sentence. */
class Act {
  readonly #sentence: string;
  readonly run: (it: TransactionsModel | WiredTransactions, turn: number) => unknown;
  readonly isPossible: (model: TransactionsModel) => boolean;

  constructor(sentence: string, run: Act['run'], isPossible: Act['isPossible'] = () => true) {
    this.#sentence = sentence;
    this.run = run;
    this.isPossible = isPossible;
  }

  toString(): string {
    return this.#sentence;
  }
}

const producers = fc.constantFrom('ann', 'bob');
const partitions = fc.constantFrom(0, 1);
const endings = fc.constantFrom('commits', 'aborts');
const hasEpoch = (who: string) => (model: TransactionsModel) => model.epochs.has(who);
/** At Apache Kafka a fenced producer that asks ends its successor's transaction: see producer-identity.ts. */
const mayAsk = (who: string) => (model: TransactionsModel) =>
  model.epochs.has(who) && (model.open === undefined || model.epochs.get(who) === model.epoch);

const acts: fc.Arbitrary<Act> = fc.oneof(
  producers.map(
    (who) => new Act(`${who} begins anew`, (it) => it.init(who, { knowsItself: false, losesAnswer: false })),
  ),
  fc
    .tuple(producers, fc.boolean())
    .map(
      ([who, losesAnswer]) =>
        new Act(
          `${who} asks for its next epoch${losesAnswer ? ', and loses the answer' : ''}`,
          (it) => it.init(who, { knowsItself: true, losesAnswer }),
          mayAsk(who),
        ),
    ),
  fc
    .tuple(producers, partitions)
    .map(([who, to]) => new Act(`${who} adds partition ${to}`, (it) => it.add(who, to), hasEpoch(who))),
  fc
    .tuple(producers, partitions)
    .map(
      ([who, to]) =>
        new Act(`${who} sends to partition ${to}`, (it, turn) => it.send(who, to, `${who} ${turn}`), hasEpoch(who)),
    ),
  producers.map((who) => new Act(`${who} adds the group`, (it) => it.addGroup(who), hasEpoch(who))),
  producers.map((who) => new Act(`${who} commits an offset`, (it, turn) => it.commitOffset(who, turn), hasEpoch(who))),
  fc
    .tuple(producers, endings)
    .map(([who, how]) => new Act(`${who} ${how}`, (it) => it.end(who, how === 'commits'), hasEpoch(who))),
  partitions.map((to) => new Act(`somebody sends to partition ${to}`, (it, turn) => it.sendPlain(to, `plain ${turn}`))),
  fc.constant(new Act('somebody commits an offset', (it, turn) => it.commitPlainOffset(turn))),
);

interface GroupStep {
  readonly sentence: string;
  isPossible(model: GroupModel): boolean;
  act(it: GroupModel | WiredGroup): void;
}

const staticMember = 'ann';
/** Two of them: when the leader leaves, it is clear who is the next one. */
const members = fc.constantFrom(staticMember, 'dot');
const protocols = fc.constantFrom(['range'], ['range', 'sticky'], ['sticky']);
const isFree = (model: GroupModel, name: string): boolean => model.member(name)?.waits === undefined;

const groupSteps: fc.Arbitrary<GroupStep> = fc.oneof(
  fc.tuple(members, protocols).map(([name, speaks]) => ({
    sentence: `${name} joins with ${speaks}`,
    isPossible: (model: GroupModel) => isFree(model, name),
    act: (it: GroupModel | WiredGroup) => it.join(name, speaks),
  })),
  protocols.map((speaks) => ({
    sentence: `${staticMember} restarts with ${speaks}`,
    isPossible: (model: GroupModel) => isFree(model, staticMember),
    act: (it: GroupModel | WiredGroup) => it.restart(staticMember, speaks),
  })),
  fc.tuple(members, fc.constantFrom('heartbeat', 'sync', 'sync', 'sync', 'commit', 'leave')).map(([name, act]) => ({
    sentence: `${name}: ${act}`,
    isPossible: (model: GroupModel) => isFree(model, name) && model.clients.has(name),
    act: (it: GroupModel | WiredGroup) => it[act as 'sync'](name),
  })),
);

/** The models of the embedded broker's own tests are Kafka's, too: so those tests hold it to Kafka. */
export function models(subject: Subject): void {
  const send = async (
    client: WireClient,
    topic: string,
    producerId: number,
    epoch: number,
    first: number,
    count: number,
  ) => {
    const values = Array.from({ length: count }, (_, i) => String(first + i));
    const records = batch(values, { producerId, producerEpoch: epoch, baseSequence: first });
    const { error, baseOffset } = await produce(client, topic, records);
    return [error, baseOffset];
  };

  describe('a small model tells', () => {
    test('how the batches of an idempotent producer are answered', async () => {
      const topic = await newTopic(subject);
      const client = await wireClient(subject);
      let end = 0;
      await fc.assert(
        fc.asyncProperty(fc.array(sending, { minLength: 5, maxLength: 15 }), async (steps) => {
          const { producerId } = await initProducer(client, null);
          const model = new SequenceModel(end);
          for (const [epoch, what, count, back] of steps) {
            const first = sequenceOf(model, what, back);
            const answer = await send(client, topic, producerId, epoch, first, count);
            end = Math.max(end, model.endOffset);
            expect(answer).toEqual(model.send(epoch, first, count));
            end = model.endOffset;
          }
        }),
        { numRuns: 40, endOnFailure: true },
      );
    });

    test('how the members of a group are answered', async () => {
      const topic = await newTopic(subject);
      await fc.assert(
        fc.asyncProperty(fc.array(groupSteps, { minLength: 10, maxLength: 25, size: 'max' }), async (story) => {
          const model = new GroupModel();
          const wired = await WiredGroup.open(subject, topic, { all: [staticMember, 'dot'], statics: [staticMember] });
          const told: string[] = [];
          for (const { sentence, isPossible, act } of story) {
            if (!isPossible(model)) continue;
            told.push(sentence);
            model.answers = new Map();
            act(model);
            act(wired);
            await wired.agreesWith(model).catch((cause: Error) => {
              throw new Error(`After ${told.join('; ')}: ${cause.message}`);
            });
          }
        }),
        { numRuns: 20, endOnFailure: true },
      );
    });

    test('what becomes of transactions', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(acts, { minLength: 8, maxLength: 20, size: 'max' }), async (story) => {
          const model = new TransactionsModel(2);
          const wired = await WiredTransactions.open(subject, 2);
          for (const [turn, act] of story.entries()) {
            if (act.isPossible(model)) expect(await act.run(wired, turn), String(act)).toBe(act.run(model, turn));
          }
          await wired.settle();
          for (const partition of [0, 1]) {
            const seen = await wired.committedValues(partition);
            expect(seen).toEqual(model.committedValues(partition));
          }
          expect(await wired.committedOffset()).toBe(model.committed?.value ?? -1);
        }),
        { numRuns: 25, endOnFailure: true },
      );
    });
  });
}
