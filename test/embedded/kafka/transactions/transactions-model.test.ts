import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { newMemoryFolder } from '../folders.ts';
import { TransactionsModel, timeoutMs } from './transactions-model.ts';
import { TransactionsSubject } from './transactions-subject.ts';

const producers = ['ann', 'bob'] as const;
const partitions = [0, 1] as const;

/** What both can be asked; each answers an error by its name, or NONE. */
type Actor = Pick<
  TransactionsModel,
  'init' | 'add' | 'send' | 'addGroup' | 'commitOffset' | 'end' | 'sendPlain' | 'commitPlainOffset'
>;

interface Story {
  readonly sentence: string;
  /** The producer that acts; only one with an epoch can. */
  readonly producer?: string;
  act?(it: Actor, turn: number): string;
  /** What goes by afterwards. */
  readonly ms?: number;
  readonly restarts?: true;
}

/** A step, done to the model and to the coordinator; it prints as a sentence. */
class Step implements fc.Command<TransactionsModel, TransactionsSubject> {
  static #turn = 0;
  readonly #story: Story;

  constructor(story: Story) {
    this.#story = story;
  }

  check(model: Pick<TransactionsModel, 'epochs'>): boolean {
    return this.#story.producer === undefined || model.epochs.has(this.#story.producer);
  }

  run(model: TransactionsModel, subject: TransactionsSubject): void {
    const { act, ms = 0, restarts } = this.#story;
    Step.#turn++;
    expect(act?.(subject, Step.#turn)).toBe(act?.(model, Step.#turn));
    model.elapse(ms);
    vi.advanceTimersByTime(ms);
    if (restarts) subject.restart();
    expect(subject.state).toBe(model.state);
    expect(subject.committedOffset).toBe(model.committed?.value);
    expect(subject.hasPendingOffset).toBe(model.open?.offset !== undefined);
    for (const partition of partitions) {
      expect(subject.look(partition)).toEqual({
        entries: model.partitions[partition]?.map((entry) => ('value' in entry ? { value: entry.value } : entry)),
        stableOffset: model.stableOffset(partition),
        committedValues: model.committedValues(partition),
      });
    }
  }

  toString(): string {
    return this.#story.sentence;
  }
}

const anyProducer = fc.constantFrom(...producers);
const anyPlace = fc.tuple(anyProducer, fc.constantFrom(...partitions));

const stories: ReadonlyArray<fc.Arbitrary<Story>> = [
  anyProducer.map((producer) => ({
    sentence: `${producer} begins anew`,
    act: (it) => it.init(producer, { knowsItself: false, losesAnswer: false }),
  })),
  fc.tuple(anyProducer, fc.boolean()).map(([producer, losesAnswer]) => ({
    sentence: `${producer} asks for its next epoch${losesAnswer ? ', and loses the answer' : ''}`,
    producer,
    act: (it) => it.init(producer, { knowsItself: true, losesAnswer }),
  })),
  anyPlace.map(([producer, partition]) => ({
    sentence: `${producer} adds partition ${partition}`,
    producer,
    act: (it) => it.add(producer, partition),
  })),
  anyPlace.map(([producer, partition]) => ({
    sentence: `${producer} sends to partition ${partition}`,
    producer,
    act: (it, turn) => it.send(producer, partition, `${producer} ${turn}`),
  })),
  anyProducer.map((producer) => ({
    sentence: `${producer} adds the group`,
    producer,
    act: (it) => it.addGroup(producer),
  })),
  anyProducer.map((producer) => ({
    sentence: `${producer} commits an offset`,
    producer,
    act: (it, turn) => it.commitOffset(producer, turn),
  })),
  // What chance alone would bring about too seldom.
  anyProducer.map((producer) => ({
    sentence: `${producer} adds the group and commits an offset`,
    producer,
    act: (it, turn) => `${it.addGroup(producer)} ${it.commitOffset(producer, turn)}`,
  })),
  fc.tuple(anyProducer, fc.boolean()).map(([producer, commit]) => ({
    sentence: `${producer} ${commit ? 'commits' : 'aborts'}`,
    producer,
    act: (it) => it.end(producer, commit),
  })),
  fc.constantFrom(...partitions).map((partition) => ({
    sentence: `somebody sends to partition ${partition}`,
    act: (it, turn) => it.sendPlain(partition, `plain ${turn}`),
  })),
  fc.constant({
    sentence: 'somebody commits an offset',
    act: (it: Actor, turn: number) => it.commitPlainOffset(turn),
  }),
  fc.integer({ min: 1, max: timeoutMs }).map((ms) => ({ sentence: `${ms} ms go by`, ms })),
  fc.constant({ sentence: 'the broker restarts', restarts: true as const }),
];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('transactions are what a small model says, whatever their producers do and however often the broker restarts', () => {
  const folder = newMemoryFolder();
  let runs = 0;
  const commands = fc.commands(
    stories.map((story) => story.map((one) => new Step(one))),
    { maxCommands: 60, size: '+1' },
  );
  fc.assert(
    fc.property(commands, (story) => {
      const subject = new TransactionsSubject(`${folder}/${runs++}`, partitions.length);
      try {
        fc.modelRun(() => ({ model: new TransactionsModel(partitions.length), real: subject }), story);
      } finally {
        subject.close();
      }
    }),
    { numRuns: 300 },
  );
});
