import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { KafkaError } from '../../../../src/embedded/kafka/errors.ts';
import { Group } from '../../../../src/embedded/kafka/groups/group.ts';
import type { Joined } from '../../../../src/embedded/kafka/groups/member.ts';
import { type Answer, assignmentOf, GroupModel, rebalanceMs, sessionMs } from './group-model.ts';

// What clients see of the groups of any Kafka is in test/conformance/kafka.

const names = ['ann', 'bob', 'cem', 'dot'] as const;
type Name = (typeof names)[number];
/** Members with an instance id, which may come back as somebody else. */
const statics: ReadonlySet<string> = new Set<Name>(['ann', 'bob']);
const protocolChoices = [['range'], ['range', 'sticky'], ['sticky', 'range'], ['sticky']] as const;

/** The real group, spoken to by clients with the names of the model. */
class Subject {
  readonly group = new Group('g');
  readonly #clients = new Map<string, { readonly memberId: string; readonly generation: number }>();
  /** Whose id is whose: of clients that are gone, too. */
  readonly #nameOf = new Map<string, string>();
  readonly #answers = new Map<string, Answer[]>();

  /** What members have been answered since the last look. */
  takeAnswers(): ReadonlyMap<string, readonly Answer[]> {
    const taken = [...this.#answers].map(
      ([name, answers]) => [name, answers.map((one) => this.#inNames(one))] as const,
    );
    this.#answers.clear();
    return new Map(taken);
  }

  who(name: string) {
    const { memberId, generation } = this.#clients.get(name) ?? { memberId: '', generation: -1 };
    return { memberId, generation, groupInstanceId: statics.has(name) ? name : null };
  }

  join(name: string, protocols: readonly string[]): void {
    this.#ask(name, async () => {
      const joined = await this.group.join({
        ...this.who(name),
        clientId: name,
        clientHost: '/127.0.0.1',
        sessionTimeoutMs: sessionMs,
        rebalanceTimeoutMs: rebalanceMs,
        protocolType: 'consumer',
        protocols: protocols.map((one) => ({ name: one, metadata: Buffer.from(name) })),
        requiresKnownMemberId: false,
      });
      this.#clients.set(name, joined);
      this.#nameOf.set(joined.memberId, name);
      return answerOf(joined);
    });
  }

  restart(name: string, protocols: readonly string[]): void {
    this.#clients.delete(name);
    this.join(name, protocols);
  }

  sync(name: string): void {
    const { generation } = this.who(name);
    const assignments = [...this.#nameOf].map(([memberId, whose]) => ({
      memberId,
      assignment: Buffer.from(assignmentOf(whose, generation)),
    }));
    const protocol = { protocolType: null, protocolName: null };
    this.#ask(name, async () => ({ assignment: String(await this.group.sync(this.who(name), protocol, assignments)) }));
  }

  heartbeat(name: string): void {
    this.#ask(name, async () => this.group.heartbeat(this.who(name)));
  }

  commit(name: string): void {
    // Who has no id would commit outside of the group, which is another story.
    const { memberId, ...rest } = this.who(name);
    this.#ask(name, async () => this.group.checkCommit({ ...rest, memberId: memberId || 'nobody' }, false));
  }

  leave(name: string): void {
    const { memberId } = this.who(name);
    this.#clients.delete(name);
    this.#ask(name, async () => void this.group.leave({ memberId: memberId || 'nobody', groupInstanceId: null }));
  }

  /** How the group stands, in the words of the model. */
  describe(): object {
    return {
      state: this.group.state,
      protocol: this.group.protocol,
      members: this.group.members.map(({ clientId, assignment }) => [clientId, String(assignment)]),
    };
  }

  #ask(name: string, question: () => Promise<Answer> | Promise<void>): void {
    // The group's own order counts: the question is put now, and its answer is noted when it comes.
    Promise.resolve(question()).then(
      (answer) => this.#note(name, answer ?? { error: 'NONE' }),
      (error: unknown) => {
        if (!(error instanceof KafkaError)) throw error;
        if (error.error === 'UNKNOWN_MEMBER_ID') this.#clients.delete(name);
        this.#note(name, { error: error.error });
      },
    );
  }

  #note(name: string, answer: Answer): void {
    this.#answers.set(name, [...(this.#answers.get(name) ?? []), answer]);
  }

  #inNames(answer: Answer): Answer {
    if (!('leader' in answer)) return answer;
    return { ...answer, leader: this.#nameOf.get(answer.leader) ?? answer.leader };
  }
}

function answerOf({ generation, protocol, leader, members, skipAssignment }: Joined): Answer {
  return { generation, protocol, leader, members: members.map(({ metadata }) => String(metadata)), skipAssignment };
}

/** What decides whether a step is possible. */
type Members = Pick<GroupModel, 'member'>;
type Act = 'heartbeat' | 'sync' | 'commit' | 'leave';

/** Either of the two that the story happens to. */
type Actor = Pick<GroupModel, 'join' | 'restart' | Act>;

interface Story {
  readonly sentence: string;
  isPossible?(model: Members): boolean;
  /** `free` are the members that wait for no answer, `there` those that do not wait to join. */
  act?(it: Actor, who: { readonly free: readonly string[]; readonly there: readonly string[] }): void;
  /** What goes by afterwards. */
  readonly ms?: number;
}

/** A step of the story, done to the model and to the group; it prints as a sentence. */
class Step implements fc.AsyncCommand<GroupModel, Subject> {
  readonly #story: Story;

  constructor(story: Story) {
    this.#story = story;
  }

  check(model: Members): boolean {
    return this.#story.isPossible?.(model) ?? true;
  }

  async run(model: GroupModel, subject: Subject): Promise<void> {
    const { act, ms = 0 } = this.#story;
    model.answers = new Map();
    const who = {
      free: model.members.filter(({ waits }) => waits === undefined).map(({ name }) => name),
      there: model.members.filter(({ waits }) => waits !== 'to join').map(({ name }) => name),
    };
    act?.(model, who);
    act?.(subject, who);
    model.elapse(ms);
    await vi.advanceTimersByTimeAsync(ms);
    const { phase, protocol, members } = model;
    expect(subject.describe()).toEqual({
      state: phase,
      protocol: phase === 'Stable' ? protocol : '',
      members: members.map(({ name, assignment }) => [name, phase === 'Stable' ? assignment : '']),
    });
    expect(Object.fromEntries(subject.takeAnswers())).toEqual(Object.fromEntries(model.answers));
  }

  toString(): string {
    return this.#story.sentence;
  }
}

const isFree = (name: Name) => (model: Members) => model.member(name)?.waits === undefined;
const anyName = fc.constantFrom(...names);
const anyProtocols = fc.constantFrom(...protocolChoices);
const steps = (stories: fc.Arbitrary<Story>) => stories.map((story) => new Step(story));

const joins = fc.tuple(anyName, anyProtocols).map(([name, protocols]) => ({
  sentence: `${name} joins with ${protocols}`,
  isPossible: isFree(name),
  act: (it: Actor) => it.join(name, protocols),
}));
const restarts = fc.tuple(fc.constantFrom<Name>('ann', 'bob'), anyProtocols).map(([name, protocols]) => ({
  sentence: `${name} restarts with ${protocols}`,
  act: (it: Actor) => it.restart(name, protocols),
}));
const acts = fc.tuple(anyName, fc.constantFrom<Act>('heartbeat', 'sync', 'commit', 'leave')).map(([name, act]) => ({
  sentence: `${name}: ${act}`,
  isPossible: isFree(name),
  act: (it: Actor) => it[act](name),
}));
/** What chance alone would hardly bring about: groups that come to rest, and stay alive for a while. */
const meetings = fc.constant({
  sentence: 'all who are there join again',
  act: (it: Actor, { free }: { readonly free: readonly string[] }) => {
    for (const name of free) it.join(name, ['range', 'sticky']);
  },
});
const syncs = fc.option(anyName).map((late) => ({
  sentence: late === null ? 'all sync' : `all but ${late} sync`,
  act: (it: Actor, { free }: { readonly free: readonly string[] }) => {
    for (const name of free) if (name !== late) it.sync(name);
  },
}));
const waits = fc.tuple(fc.integer({ min: 1, max: 1_400 }), fc.option(anyName)).map(([ms, silent]) => ({
  sentence: `${ms} ms go by${silent === null ? '' : `, after heartbeats of all but ${silent}`}`,
  act: (it: Actor, { there }: { readonly there: readonly string[] }) => {
    if (silent !== null) for (const name of there) if (name !== silent) it.heartbeat(name);
  },
  ms,
}));

describe('a group', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('answers its members as a small model of it does, whatever they do and however long they take', async () => {
    const stories = [joins, acts, restarts, meetings, syncs, waits, waits].map(steps);
    await fc.assert(
      fc.asyncProperty(fc.commands(stories, { maxCommands: 60, size: '+1' }), async (story) => {
        const subject = new Subject();
        try {
          await fc.asyncModelRun(() => ({ model: new GroupModel(), real: subject }), story);
        } finally {
          subject.group.close();
          await vi.advanceTimersByTimeAsync(0);
        }
      }),
      { numRuns: 500 },
    );
  });
});
