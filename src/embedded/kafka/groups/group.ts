/**
 * One consumer group of the classic protocol: members, generations and the rebalance between them.
 *
 *     Empty → PreparingRebalance (members join) → CompletingRebalance (the leader assigns) → Stable → …
 *
 * Members are opaque: protocols, metadata and assignments are bytes that only clients understand. Joining and syncing
 * wait; their promises settle when the group moves on. Who does neither in the rebalance time-out is dropped, although
 * it may send heartbeats. Static members (KIP-345) keep their place over a restart. The initial rebalance delay is 0.
 * Left out: the consumer protocol of KIP-848.
 */

import { KafkaError } from '../errors.ts';
import {
  type DescribedMember,
  describedMember,
  interrupt,
  type Joined,
  type JoinRequest,
  joinedMember,
  type Member,
  type MemberIdentity,
  MemberIdRequired,
  newMember,
  nothing,
  sameProtocols,
  updateMember,
} from './member.ts';
import { Members } from './members.ts';
import { newMemberId, PendingMembers } from './pending-members.ts';

export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable' | 'Dead';

export class Group {
  readonly id: string;
  #state: GroupState = 'Empty';
  #generation = 0;
  #protocolType = '';
  #protocol = '';
  #leader = '';
  readonly #members = new Members();
  readonly #pending = new PendingMembers();
  /** Runs while members are to join, and then while they are to sync. */
  #patience: NodeJS.Timeout | undefined;

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
    return this.#members.list().map((member) => describedMember(member, this.protocol));
  }

  /** Joins the next generation, or comes back to this one. */
  join(request: JoinRequest): Promise<Joined> {
    if (this.#state === 'Dead') throw new KafkaError('COORDINATOR_NOT_AVAILABLE');
    if (!this.#members.canSpeakWith(request, this.#protocolType)) {
      throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL', `Group ${this.id} has no protocol in common with it`);
    }
    if (request.memberId === '') {
      const instance = request.groupInstanceId;
      const holder = this.#members.ofInstance(instance);
      if (holder !== undefined) return this.#replaceStatic(holder, request);
      if (instance === null && request.requiresKnownMemberId) throw new MemberIdRequired(this.#offerId(request));
      return this.#add(newMemberId(instance ?? request.clientId), request);
    }
    if (this.#pending.take(request.memberId)) return this.#add(request.memberId, request);
    return this.#rejoin(this.#members.speaking(request), request);
  }

  /** Hands in the leader's assignments, or waits for them; the member's own part. */
  sync(
    who: MemberIdentity,
    protocol: { readonly protocolType: string | null; readonly protocolName: string | null },
    assignments: ReadonlyArray<{ readonly memberId: string; readonly assignment: Buffer }>,
  ): Promise<Buffer> {
    const member = this.#current(who);
    const differs = (said: string | null, known: string): boolean => said !== null && said !== known;
    if (differs(protocol.protocolType, this.#protocolType) || differs(protocol.protocolName, this.#protocol)) {
      throw new KafkaError('INCONSISTENT_GROUP_PROTOCOL');
    }
    if (this.#state === 'PreparingRebalance') throw new KafkaError('REBALANCE_IN_PROGRESS');
    member.isToSync = false;
    if (this.#state === 'Stable') {
      this.#startSession(member);
      return Promise.resolve(member.assignment);
    }
    clearTimeout(member.session);
    member.syncing ??= Promise.withResolvers();
    const answer = member.syncing.promise;
    if (member.id === this.#leader) this.#assign(new Map(assignments.map((one) => [one.memberId, one.assignment])));
    return answer;
  }

  heartbeat(who: MemberIdentity): void {
    this.#startSession(this.#current(who));
    if (this.#state === 'PreparingRebalance') throw new KafkaError('REBALANCE_IN_PROGRESS');
  }

  leave(who: Omit<MemberIdentity, 'generation'>): string {
    if (this.#pending.take(who.memberId)) {
      this.#completeIfAllJoined();
      return who.memberId;
    }
    const holder = who.memberId === '' ? this.#members.ofInstance(who.groupInstanceId) : undefined;
    const member = holder ?? this.#members.speaking(who);
    this.#remove(member);
    return member.id;
  }

  /** Whether this speaker may commit offsets. Outside of any membership (-1) only an empty group takes plain ones. */
  checkCommit(who: MemberIdentity, transactional: boolean): void {
    if (who.generation < 0 && who.memberId === '' && who.groupInstanceId === null) {
      if (this.#members.size > 0 && !transactional) throw new KafkaError('UNKNOWN_MEMBER_ID');
      return;
    }
    const member = this.#current(who);
    if (this.#state === 'CompletingRebalance' && !transactional) throw new KafkaError('REBALANCE_IN_PROGRESS');
    this.#startSession(member);
  }

  /** Ends the group, waking whoever waits. */
  close(): void {
    this.#state = 'Dead';
    clearTimeout(this.#patience);
    this.#pending.close();
    for (const member of this.#members.list()) {
      this.#members.remove(member);
      interrupt(member, 'COORDINATOR_NOT_AVAILABLE');
    }
  }

  #offerId({ clientId, sessionTimeoutMs }: JoinRequest): string {
    return this.#pending.offer(clientId, sessionTimeoutMs, () => this.#completeIfAllJoined());
  }

  #add(id: string, request: JoinRequest): Promise<Joined> {
    const member = newMember(id, request);
    if (this.#members.size === 0) this.#protocolType = request.protocolType;
    this.#members.add(member);
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

  /**
   * A static member came back under a new id: the old id is fenced from now on. What it says may differ (Java's
   * consumers say what they own): as long as the protocol stays, the others need not know.
   */
  #replaceStatic(member: Member, request: JoinRequest): Promise<Joined> {
    const wasLeader = member.id === this.#leader;
    interrupt(member, 'FENCED_INSTANCE_ID');
    this.#members.rename(member, newMemberId(member.groupInstanceId ?? ''));
    if (wasLeader) this.#leader = member.id;
    updateMember(member, request);
    if (this.#state !== 'Stable' || this.#members.elect() !== this.#protocol) return this.#awaitGeneration(member);
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
    const isFirst = this.#state === 'Empty';
    if (this.#state !== 'PreparingRebalance') {
      this.#state = 'PreparingRebalance';
      for (const member of this.#members.list()) {
        if (member.syncing === undefined) continue;
        member.syncing.reject(new KafkaError('REBALANCE_IN_PROGRESS'));
        member.syncing = undefined;
        this.#startSession(member);
      }
      this.#waitFor(() => this.#dropAbsent());
    }
    // The first member of a group waits for nobody.
    if (isFirst) this.#completeJoin();
    else this.#completeIfAllJoined();
  }

  #completeIfAllJoined(): void {
    if (this.#state !== 'PreparingRebalance' || this.#pending.size > 0) return;
    if (this.#members.list().every((member) => member.joining !== undefined)) this.#completeJoin();
  }

  #waitFor(end: () => void): void {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(end, this.#members.rebalanceTimeoutMs);
  }

  /** The rebalance timed out: who has not joined again is out. */
  #dropAbsent(): void {
    this.#drop((member) => member.joining === undefined);
    this.#completeJoin();
  }

  /** The members joined and some do not sync: they are out, and the others share anew. */
  #dropUnsynced(): void {
    if (this.#drop((member) => member.isToSync) > 0) this.#prepareRebalance();
  }

  /** Drops members; how many. */
  #drop(isOut: (member: Member) => boolean): number {
    const out = this.#members.list().filter(isOut);
    for (const member of out) this.#members.remove(member);
    return out.length;
  }

  #completeJoin(): void {
    clearTimeout(this.#patience);
    this.#generation++;
    const [first] = this.#members.list();
    if (first === undefined) {
      this.#state = 'Empty';
      this.#leader = '';
      return;
    }
    if (!this.#members.has(this.#leader)) this.#leader = first.id;
    this.#protocol = this.#members.elect();
    this.#state = 'CompletingRebalance';
    for (const member of this.#members.list()) {
      member.isToSync = true;
      member.joining?.resolve(this.#joined(member, false));
      member.joining = undefined;
      this.#startSession(member);
    }
    this.#waitFor(() => this.#dropUnsynced());
  }

  #assign(assignments: ReadonlyMap<string, Buffer>): void {
    this.#state = 'Stable';
    for (const member of this.#members.list()) {
      // A copy: the request's bytes would keep all of its buffer alive.
      member.assignment = Buffer.from(assignments.get(member.id) ?? nothing);
      if (member.syncing === undefined) continue;
      member.syncing.resolve(member.assignment);
      member.syncing = undefined;
      this.#startSession(member);
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
      members: leads ? this.#members.list().map((one) => joinedMember(one, this.#protocol)) : [],
      skipAssignment,
    };
  }

  /** A member that waits for an answer of the group is not silent. */
  #startSession(member: Member): void {
    clearTimeout(member.session);
    if (member.joining !== undefined || member.syncing !== undefined) return;
    member.session = setTimeout(() => this.#remove(member), member.sessionTimeoutMs);
  }

  #remove(member: Member): void {
    interrupt(member, 'UNKNOWN_MEMBER_ID');
    if (!this.#members.remove(member) || this.#state === 'Dead') return;
    this.#prepareRebalance();
  }

  #current(who: MemberIdentity): Member {
    const member = this.#members.speaking(who);
    if (who.generation !== this.#generation) throw new KafkaError('ILLEGAL_GENERATION');
    return member;
  }
}
