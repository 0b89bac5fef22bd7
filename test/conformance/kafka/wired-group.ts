/** The story of test/embedded/kafka/groups/group-model.ts, told to a broker over the wire, but for what takes time. */
import { assignmentOf, type GroupModel, type Answer as Told } from '../../embedded/kafka/groups/group-model.ts';
import { type WireClient, wireClient } from '../../embedded/kafka/wire-client.ts';
import { eventually } from '../../helpers/eventually.ts';
import { GroupMember, leave, protocol, saidBy } from './member.ts';
import { newName } from './names.ts';
import type { Subject } from './subject.ts';

export class WiredGroup {
  readonly #groupId = newName('group');
  readonly #topic: string;
  readonly #members: ReadonlyMap<string, GroupMember>;
  readonly #client: WireClient;
  /** Whose id is whose: of clients that are gone, too. */
  readonly #nameOf = new Map<string, string>();
  readonly #answers = new Map<string, Told[]>();

  constructor(topic: string, client: WireClient, members: ReadonlyMap<string, WireClient>, statics: Set<string>) {
    this.#topic = topic;
    this.#client = client;
    this.#members = new Map(
      [...members].map(([name, own]) => [
        name,
        new GroupMember(this.#groupId, own, statics.has(name) ? { groupInstanceId: name } : {}),
      ]),
    );
  }

  /** A group on whose members no time presses; each has two connections, since it may wait on one of them. */
  static async open(
    subject: Subject,
    topic: string,
    names: { readonly all: readonly string[]; readonly statics: readonly string[] },
  ): Promise<WiredGroup> {
    const clients = new Map<string, WireClient>();
    for (const name of names.all) clients.set(name, await wireClient(subject));
    return new WiredGroup(topic, await wireClient(subject), clients, new Set(names.statics));
  }

  join(name: string, protocols: readonly string[]): void {
    const member = this.#member(name);
    this.#note(name, async () => {
      const answer = await member.join({ protocols: protocols.map((one) => protocol(one, name)) });
      if (answer.error !== 'NONE') return { error: answer.error };
      this.#nameOf.set(answer.memberId, name);
      return {
        generation: answer.generationId,
        protocol: answer.protocolName,
        leader: answer.leader,
        members: saidBy(answer.members),
        skipAssignment: answer.skipAssignment,
      };
    });
  }

  restart(name: string, protocols: readonly string[]): void {
    this.#member(name).memberId = '';
    this.join(name, protocols);
  }

  sync(name: string): void {
    const member = this.#member(name);
    const { generationId } = member;
    const assignments = [...this.#members].map(([whose, one]) => [one, assignmentOf(whose, generationId)] as const);
    this.#note(name, async () => {
      const { error, assignment } = await member.sync(assignments);
      return error === 'NONE' ? { assignment } : { error };
    });
  }

  heartbeat(name: string): void {
    this.#note(name, async () => ({ error: await this.#member(name).heartbeat() }));
  }

  commit(name: string): void {
    this.#note(name, async () => ({ error: await this.#member(name).commit({ topic: this.#topic, offset: 1 }) }));
  }

  leave(name: string): void {
    const { memberId } = this.#member(name);
    this.#member(name).memberId = '';
    this.#note(name, async () => {
      const [error] = await leave(this.#client, this.#groupId, [{ memberId, groupInstanceId: null }]);
      return { error: error as string };
    });
  }

  /** Waits until the group stands as in the model, and its members have been answered the same. */
  async agreesWith(model: GroupModel): Promise<void> {
    const expected = JSON.stringify(sorted(model.answers));
    await eventually(
      async () => {
        const { groups } = await this.#client.request('DescribeGroups', 5, { groups: [this.#groupId] });
        const stands = `${groups[0].groupState} ${groups[0].members.length}`.replace('Dead', 'Empty');
        const should = `${model.phase} ${model.members.length}`;
        if (stands !== should) throw new Error(`The group is ${stands} and should be ${should}`);
        const answers = JSON.stringify(sorted(this.#inNames()));
        if (answers !== expected) throw new Error(`Answered: ${answers}, and should be: ${expected}`);
      },
      { timeout: 4_000 },
    );
    this.#answers.clear();
  }

  #member(name: string): GroupMember {
    return this.#members.get(name) as GroupMember;
  }

  #note(name: string, ask: () => Promise<Told>): void {
    void ask()
      // A story may end while somebody waits.
      .catch(() => ({ error: 'the connection was closed' }))
      .then((answer) => {
        if ('error' in answer && answer.error === 'UNKNOWN_MEMBER_ID') this.#member(name).memberId = '';
        this.#answers.set(name, [...(this.#answers.get(name) ?? []), answer]);
      });
  }

  #inNames(): Map<string, Told[]> {
    const inNames = (answer: Told): Told =>
      'leader' in answer ? { ...answer, leader: this.#nameOf.get(answer.leader) ?? answer.leader } : answer;
    return new Map([...this.#answers].map(([name, answers]) => [name, answers.map(inNames)]));
  }
}

/** What was answered, in an order that does not depend on who was first. */
function sorted(answers: ReadonlyMap<string, readonly Told[]>): object {
  const plain = (answer: Told): Told =>
    'members' in answer ? { ...answer, members: answer.members.toSorted() } : answer;
  return [...answers]
    .map(([name, all]) => [name, all.map(plain)])
    .sort(([a], [b]) => String(a).localeCompare(String(b)));
}
