/**
 * A group as a few lists and a clock: what each of its members is answered, and how the group stands, after any step.
 * Members have names here; ids, promises and timers are the real group's business.
 *
 * Three rules make it up. A rebalance begins when someone comes, goes or has something new to say, and is over when
 * all that are left have joined. Then the leader assigns. Who is silent for a session, or holds the others up for the
 * rebalance time-out, is out.
 */

export const sessionMs = 1_000;
export const rebalanceMs = 2_500;

/** What a member was answered: an error by its name, or what it got. */
export type Answer =
  | { readonly error: string }
  | {
      readonly generation: number;
      readonly protocol: string;
      readonly leader: string;
      readonly members: readonly string[];
      readonly skipAssignment: boolean;
    }
  | { readonly assignment: string };

interface Deadline {
  readonly at: number;
  /** Deadlines of one time come in the order in which they were set. */
  readonly turn: number;
}

export interface ModelMember {
  readonly name: string;
  protocols: readonly string[];
  waits: 'to join' | 'to sync' | undefined;
  isToSync: boolean;
  assignment: string;
  /** The end of its session; none while it waits for an answer. */
  silentUntil: Deadline | undefined;
}

export class GroupModel {
  phase: 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' = 'Empty';
  generation = 0;
  protocol = '';
  leader = '';
  members: ModelMember[] = [];
  /** What members have been answered since the last look, in the order in which they asked for it. */
  answers = new Map<string, Answer[]>();
  /** What the clients believe: who has an id, and of which generation. */
  readonly clients = new Map<string, { readonly generation: number }>();
  #now = 0;
  #turn = 0;
  #patience: Deadline | undefined;

  member(name: string): ModelMember | undefined {
    return this.members.find((one) => one.name === name);
  }

  join(name: string, protocols: readonly string[]): void {
    const known = this.member(name);
    if (known !== undefined && !this.clients.has(name)) {
      this.#takeOver(known, protocols);
      return;
    }
    // What a member said the last time counts, too: it cannot change all of its protocols at once.
    const common = protocols.filter((one) => this.members.every((member) => member.protocols.includes(one)));
    if (common.length === 0) {
      this.#refuse(name, 'INCONSISTENT_GROUP_PROTOCOL');
      return;
    }
    if (this.clients.has(name) && known === undefined) {
      this.#refuse(name, 'UNKNOWN_MEMBER_ID');
      return;
    }
    if (known === undefined) {
      this.members.push({
        name,
        protocols,
        waits: 'to join',
        isToSync: false,
        assignment: '',
        silentUntil: undefined,
      });
      this.#rebalance();
      return;
    }
    const hasNews = known.protocols.join() !== protocols.join();
    known.protocols = protocols;
    const isSettled = this.phase === 'Stable' || this.phase === 'CompletingRebalance';
    if (isSettled && !hasNews && !(this.phase === 'Stable' && this.leader === name)) {
      this.#admit(known, false);
      return;
    }
    this.#waitToJoin(known);
  }

  /** A static member joins anew, without its id. */
  restart(name: string, protocols: readonly string[]): void {
    this.clients.delete(name);
    this.join(name, protocols);
  }

  /** The old self of a static member hears that it is fenced, and the new one has its place. */
  #takeOver(member: ModelMember, protocols: readonly string[]): void {
    const { name } = member;
    if (!protocols.some((one) => this.members.every((other) => other.protocols.includes(one)))) {
      this.#refuse(name, 'INCONSISTENT_GROUP_PROTOCOL');
      return;
    }
    if (member.waits !== undefined) this.#answer(name, { error: 'FENCED_INSTANCE_ID' });
    member.waits = undefined;
    member.protocols = protocols;
    this.members = [...this.members.filter((one) => one !== member), member];
    if (this.phase === 'Stable' && this.#elect() === this.protocol) {
      this.#admit(member, this.leader === name);
      return;
    }
    this.#waitToJoin(member);
  }

  sync(name: string): void {
    const member = this.#speaking(name);
    if (member === undefined) return;
    if (this.phase === 'PreparingRebalance') {
      this.#refuse(name, 'REBALANCE_IN_PROGRESS');
      return;
    }
    member.isToSync = false;
    if (this.phase === 'Stable') {
      this.#hear(member);
      this.#answer(name, { assignment: member.assignment });
      return;
    }
    member.waits = 'to sync';
    member.silentUntil = undefined;
    if (this.leader !== name) return;
    this.phase = 'Stable';
    for (const one of this.members) {
      one.assignment = assignmentOf(one.name, this.generation);
      if (one.waits === undefined) continue;
      this.#answer(one.name, { assignment: one.assignment });
      one.waits = undefined;
      this.#hear(one);
    }
  }

  heartbeat(name: string): void {
    const member = this.#speaking(name);
    if (member === undefined) return;
    if (member.waits === undefined) this.#hear(member);
    this.#answer(name, { error: this.phase === 'PreparingRebalance' ? 'REBALANCE_IN_PROGRESS' : 'NONE' });
  }

  commit(name: string): void {
    const member = this.#speaking(name);
    if (member === undefined) return;
    const isTaken = this.phase !== 'CompletingRebalance';
    if (isTaken && member.waits === undefined) this.#hear(member);
    this.#answer(name, { error: isTaken ? 'NONE' : 'REBALANCE_IN_PROGRESS' });
  }

  leave(name: string): void {
    const member = this.clients.has(name) ? this.member(name) : undefined;
    this.clients.delete(name);
    this.#answer(name, { error: member === undefined ? 'UNKNOWN_MEMBER_ID' : 'NONE' });
    if (member === undefined) return;
    this.#drop(member);
    this.#rebalance();
  }

  elapse(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#nextDeadline(); next !== undefined && next.deadline.at <= end; next = this.#nextDeadline()) {
      this.#now = next.deadline.at;
      next.expire();
    }
    this.#now = end;
  }

  #nextDeadline(): { readonly deadline: Deadline; expire(): void } | undefined {
    const all = this.members.flatMap((member) =>
      member.silentUntil === undefined
        ? []
        : [{ deadline: member.silentUntil, expire: () => this.#expireSession(member) }],
    );
    if (this.#patience !== undefined) all.push({ deadline: this.#patience, expire: () => this.#expirePatience() });
    return all.sort((a, b) => a.deadline.at - b.deadline.at || a.deadline.turn - b.deadline.turn)[0];
  }

  #expireSession(member: ModelMember): void {
    this.#drop(member);
    this.#rebalance();
  }

  #expirePatience(): void {
    this.#patience = undefined;
    const late = this.members.filter((one) =>
      this.phase === 'PreparingRebalance' ? one.waits !== 'to join' : one.isToSync,
    );
    for (const member of late) this.#drop(member);
    if (this.phase === 'PreparingRebalance') this.#complete();
    else if (late.length > 0) this.#rebalance();
  }

  #waitToJoin(member: ModelMember): void {
    member.waits = 'to join';
    member.silentUntil = undefined;
    this.#rebalance();
  }

  #rebalance(): void {
    if (this.phase !== 'PreparingRebalance') {
      this.phase = 'PreparingRebalance';
      for (const member of this.members.filter(({ waits }) => waits === 'to sync')) {
        this.#answer(member.name, { error: 'REBALANCE_IN_PROGRESS' });
        member.waits = undefined;
        this.#hear(member);
      }
      this.#patience = this.#deadline(this.members.length === 0 ? 0 : rebalanceMs);
    }
    if (this.members.every(({ waits }) => waits === 'to join')) this.#complete();
  }

  #complete(): void {
    this.generation++;
    this.#patience = undefined;
    const [first] = this.members;
    if (first === undefined) {
      this.phase = 'Empty';
      this.leader = '';
      return;
    }
    if (this.member(this.leader) === undefined) this.leader = first.name;
    this.protocol = this.#elect();
    this.phase = 'CompletingRebalance';
    for (const member of this.members) {
      member.isToSync = true;
      member.waits = undefined;
      this.#admit(member, false);
    }
    this.#patience = this.#deadline(rebalanceMs);
  }

  #admit(member: ModelMember, skipAssignment: boolean): void {
    const { generation, protocol, leader } = this;
    this.clients.set(member.name, { generation });
    this.#hear(member);
    const members = leader === member.name ? this.members.map(({ name }) => name) : [];
    this.#answer(member.name, { generation, protocol, leader, members, skipAssignment });
  }

  /** Of the protocols that all have, the first choice of most; of several, the one that was voted for first. */
  #elect(): string {
    const choices = this.members.map(({ protocols }) =>
      protocols.find((one) => this.members.every((other) => other.protocols.includes(one))),
    );
    const votes = (choice: string | undefined) => choices.filter((one) => one === choice).length;
    return choices.reduce((best, one) => (votes(one) > votes(best) ? one : best), choices[0]) ?? '';
  }

  #speaking(name: string): ModelMember | undefined {
    const member = this.member(name);
    if (member === undefined) this.#refuse(name, 'UNKNOWN_MEMBER_ID');
    // It was refused when it came back, and its old self still has its instance id.
    else if (!this.clients.has(name)) this.#refuse(name, 'FENCED_INSTANCE_ID');
    else if (this.clients.get(name)?.generation !== this.generation) this.#refuse(name, 'ILLEGAL_GENERATION');
    else return member;
    return undefined;
  }

  /** Who is not known forgets its id, as clients do. */
  #refuse(name: string, error: string): void {
    if (error === 'UNKNOWN_MEMBER_ID') this.clients.delete(name);
    this.#answer(name, { error });
  }

  #drop(member: ModelMember): void {
    this.members = this.members.filter((one) => one !== member);
    // When it comes again it is another member.
    if (this.leader === member.name) this.leader = '';
  }

  #hear(member: ModelMember): void {
    member.silentUntil = this.#deadline(sessionMs);
  }

  #deadline(ms: number): Deadline {
    return { at: this.#now + ms, turn: this.#turn++ };
  }

  #answer(name: string, answer: Answer): void {
    this.answers.set(name, [...(this.answers.get(name) ?? []), answer]);
  }
}

/** What the leader of a generation assigns to a member. */
export function assignmentOf(name: string, generation: number): string {
  return `${name} in generation ${generation}`;
}
