/**
 * One consumer group of the classic protocol: members, generations and the rebalance between them.
 *
 *     Empty → PreparingRebalance (members join) → CompletingRebalance (the leader assigns) → Stable → …
 *
 * Members are opaque: protocols, metadata and assignments are bytes that only clients understand. Joining and syncing
 * wait; their promises settle when the group moves on. Static members (KIP-345) keep their place over a restart.
 * The initial rebalance delay is 0. Left out: the consumer protocol of KIP-848.
 */

import { KafkaError } from '../errors.ts';
import {
  type DescribedMember,
  electProtocol,
  interrupt,
  type Joined,
  type JoinRequest,
  type Member,
  type MemberIdentity,
  MemberIdRequired,
  newMember,
  nothing,
  sameProtocols,
  supports,
  updateMember,
} from './member.ts';
import { newMemberId, PendingMembers } from './pending-members.ts';

export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead';

export class Group {
  readonly id: string;
  #state: GroupState = 'Empty';
  #generation = 0;
  #protocolType = '';
  #protocol = '';
  #leader = '';
  readonly #members = new Map<string, Member>();
  readonly #pending = new PendingMembers();
  #rebalance: NodeJS.Timeout | undefined;

  constructor(id: string) {
    this.id = id;
  }

  get state(): GroupState {
    return this.#state;
  }

  get protocolType(): string {
    return this.#protocolType;
  }

  get protocol(): string {
    return this.#state === 'Stable' ? this.#protocol : '';
  }

  get members(): readonly DescribedMember[] {
    return [...this.#members.values()].map((member) => ({
      memberId: member.id,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      metadata: this.#state === 'Stable' ? this.#metadataOf(member) : nothing,
      assignment: this.#state === 'Stable' ? member.assignment : nothing,
    }));
  }

  /** Joins the next generation, or comes back to this one. */
  join(request: JoinRequest): Promise<Joined> {
    if (this.#state === 'Dead') throw new KafkaError('COORDINATOR_NOT_AVAILABLE');
    this.#checkProtocols(request);
    const instance = request.groupInstanceId;
    const holder = instance === null ? undefined : this.#byInstance(instance);
    if (request.memberId === '') {
      if (holder !== undefined) return this.#replaceStatic(holder, request);
      const prefix = instance ?? request.clientId;
      if (instance === null && request.requiresKnownMemberId) throw new MemberIdRequired(this.#pending.offer(prefix));
      return this.#add(newMemberId(prefix), request);
    }
    if (this.#pending.take(request.memberId)) return this.#add(request.memberId, request);
    return this.#rejoin(this.#member({ ...request, generation: -1 }), request);
  }

  /** Hands in the leader's assignments, or waits for them; the member's own part. */
  sync(
    who: MemberIdentity,
    assignments: ReadonlyArray<{ readonly memberId: string; readonly assignment: Buffer }>,
  ): Promise<Buffer> {
    const member = this.#current(who);
    if (this.#state === 'PreparingRebalance') throw new KafkaError('REBALANCE_IN_PROGRESS');
    this.#startSession(member);
    if (this.#state === 'Stable') return Promise.resolve(member.assignment);
    member.syncing ??= Promise.withResolvers();
    const answer = member.syncing.promise;
    if (member.id === this.#leader) {
      const byMember = new Map(assignments.map((one) => [one.memberId, one.assignment]));
      this.#state = 'Stable';
      for (const one of this.#members.values()) {
        // A copy: the request's bytes would keep all of its buffer alive.
        one.assignment = Buffer.from(byMember.get(one.id) ?? nothing);
        one.syncing?.resolve(one.assignment);
        one.syncing = undefined;
      }
    }
    return answer;
  }

  heartbeat(who: MemberIdentity): void {
    const member = this.#current(who);
    this.#startSession(member);
    if (this.#state === 'PreparingRebalance') throw new KafkaError('REBALANCE_IN_PROGRESS');
  }

  leave(who: Omit<MemberIdentity, 'generation'>): string {
    const holder = who.groupInstanceId === null ? undefined : this.#byInstance(who.groupInstanceId);
    if (this.#pending.take(who.memberId)) return who.memberId;
    const id = who.memberId === '' && holder !== undefined ? holder.id : who.memberId;
    const member = this.#member({ ...who, memberId: id, generation: -1 });
    this.#remove(member);
    return member.id;
  }

  /** Whether this speaker may commit offsets. Outside of any membership (-1) only an empty group takes them. */
  checkCommit(who: MemberIdentity, transactional: boolean): void {
    if (who.generation < 0 && who.memberId === '') {
      if (this.#members.size > 0 && !transactional) throw new KafkaError('UNKNOWN_MEMBER_ID');
      return;
    }
    const member = this.#current(who);
    if (this.#state === 'CompletingRebalance') throw new KafkaError('REBALANCE_IN_PROGRESS');
    this.#startSession(member);
  }

  /** Ends the group, waking whoever waits. */
  close(): void {
    this.#state = 'Dead';
    clearTimeout(this.#rebalance);
    this.#pending.close();
    for (const member of this.#members.values()) {
      clearTimeout(member.session);
      interrupt(member, 'COORDINATOR_NOT_AVAILABLE');
    }
    this.#members.clear();
  }

  #checkProtocols(request: JoinRequest): void {
    const others = [...this.#members.values()].filter((member) => member.id !== request.memberId);
    const fits =
      request.protocolType !== '' &&
      request.protocols.length > 0 &&
      (others.length === 0 ||
        (request.protocolType === this.#protocolType &&
          request.protocols.some(({ name }) => others.every((member) => supports(member, name)))));
    if (!fits)
      throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL', `Group ${this.id} has no protocol in common with it`);
  }

  #add(id: string, request: JoinRequest): Promise<Joined> {
    const member = newMember(id, request);
    if (this.#members.size === 0) this.#protocolType = request.protocolType;
    this.#members.set(id, member);
    return this.#awaitGeneration(member);
  }

  #rejoin(member: Member, request: JoinRequest): Promise<Joined> {
    const changed = !sameProtocols(member.protocols, request.protocols);
    updateMember(member, request);
    const settled = this.#state === 'Stable' || this.#state === 'CompletingRebalance';
    // A follower that asks again has lost the answer; a leader that asks again wants a rebalance.
    const wantsRebalance = changed || (this.#state === 'Stable' && member.id === this.#leader);
    if (settled && !wantsRebalance) {
      this.#startSession(member);
      return Promise.resolve(this.#joined(member, false));
    }
    return this.#awaitGeneration(member);
  }

  /** A static member came back under a new id: the old id is fenced from now on. */
  #replaceStatic(member: Member, request: JoinRequest): Promise<Joined> {
    const changed = !sameProtocols(member.protocols, request.protocols);
    const wasLeader = member.id === this.#leader;
    interrupt(member, 'FENCED_INSTANCE_ID');
    this.#members.delete(member.id);
    member.id = newMemberId(member.groupInstanceId ?? '');
    this.#members.set(member.id, member);
    if (wasLeader) this.#leader = member.id;
    updateMember(member, request);
    if (this.#state !== 'Stable' || changed) return this.#awaitGeneration(member);
    this.#startSession(member);
    return Promise.resolve(this.#joined(member, wasLeader));
  }

  #awaitGeneration(member: Member): Promise<Joined> {
    clearTimeout(member.session);
    member.joining ??= Promise.withResolvers();
    const answer = member.joining.promise;
    this.#prepareRebalance();
    return answer;
  }

  #prepareRebalance(): void {
    if (this.#state !== 'PreparingRebalance') {
      this.#state = 'PreparingRebalance';
      for (const member of this.#members.values()) {
        member.syncing?.reject(new KafkaError('REBALANCE_IN_PROGRESS'));
        member.syncing = undefined;
      }
      const patience = Math.max(0, ...[...this.#members.values()].map((member) => member.rebalanceTimeoutMs));
      this.#rebalance = setTimeout(() => this.#dropAbsent(), patience);
    }
    if ([...this.#members.values()].every((member) => member.joining !== undefined)) this.#completeJoin();
  }

  /** The rebalance timed out: who has not joined again is out. */
  #dropAbsent(): void {
    for (const member of [...this.#members.values()]) {
      if (member.joining !== undefined) continue;
      clearTimeout(member.session);
      this.#members.delete(member.id);
    }
    this.#completeJoin();
  }

  #completeJoin(): void {
    clearTimeout(this.#rebalance);
    this.#generation++;
    const [first] = this.#members.keys();
    if (first === undefined) {
      this.#state = 'Empty';
      this.#leader = '';
      return;
    }
    if (!this.#members.has(this.#leader)) this.#leader = first;
    this.#protocol = electProtocol([...this.#members.values()]);
    this.#state = 'CompletingRebalance';
    for (const member of this.#members.values()) {
      this.#startSession(member);
      member.joining?.resolve(this.#joined(member, false));
      member.joining = undefined;
    }
  }

  #joined(member: Member, skipAssignment: boolean): Joined {
    const leads = member.id === this.#leader;
    return {
      generation: this.#generation,
      protocolType: this.#protocolType,
      protocol: this.#protocol,
      leader: this.#leader,
      memberId: member.id,
      members: leads
        ? [...this.#members.values()].map((one) => ({
            memberId: one.id,
            groupInstanceId: one.groupInstanceId,
            metadata: this.#metadataOf(one),
          }))
        : [],
      skipAssignment,
    };
  }

  #metadataOf(member: Member): Buffer {
    return member.protocols.find(({ name }) => name === this.#protocol)?.metadata ?? nothing;
  }

  #startSession(member: Member): void {
    clearTimeout(member.session);
    if (member.joining !== undefined && this.#state === 'PreparingRebalance') return;
    member.session = setTimeout(() => this.#remove(member), member.sessionTimeoutMs);
  }

  #remove(member: Member): void {
    clearTimeout(member.session);
    interrupt(member, 'UNKNOWN_MEMBER_ID');
    if (!this.#members.delete(member.id) || this.#state === 'Dead') return;
    this.#prepareRebalance();
  }

  #byInstance(groupInstanceId: string): Member | undefined {
    return [...this.#members.values()].find((member) => member.groupInstanceId === groupInstanceId);
  }

  #member(who: MemberIdentity): Member {
    const holder = who.groupInstanceId === null ? undefined : this.#byInstance(who.groupInstanceId);
    if (holder !== undefined && holder.id !== who.memberId) throw new KafkaError('FENCED_INSTANCE_ID');
    const member = this.#members.get(who.memberId);
    if (member === undefined) throw new KafkaError('UNKNOWN_MEMBER_ID');
    return member;
  }

  #current(who: MemberIdentity): Member {
    const member = this.#member(who);
    if (who.generation !== this.#generation) throw new KafkaError('ILLEGAL_GENERATION');
    return member;
  }
}
