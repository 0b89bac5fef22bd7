/** The members of one group, in the order in which they came; the group changes them. */

import { KafkaError } from '../errors.ts';
import { electProtocol, type JoinRequest, type Member, type MemberIdentity, supports } from './member.ts';

export class Members {
  readonly #byId = new Map<string, Member>();

  get size(): number {
    return this.#byId.size;
  }

  list(): readonly Member[] {
    return [...this.#byId.values()];
  }

  has(id: string): boolean {
    return this.#byId.has(id);
  }

  add(member: Member): void {
    this.#byId.set(member.id, member);
  }

  /** Takes a member out, with its session; whether it was there. */
  remove(member: Member): boolean {
    clearTimeout(member.session);
    return this.#byId.delete(member.id);
  }

  /** Gives a member another id; it comes last then. */
  rename(member: Member, id: string): void {
    this.#byId.delete(member.id);
    member.id = id;
    this.#byId.set(id, member);
  }

  /** The static member with that instance id. */
  ofInstance(groupInstanceId: string | null): Member | undefined {
    if (groupInstanceId === null) return undefined;
    return this.list().find((member) => member.groupInstanceId === groupInstanceId);
  }

  /**
   * The member that speaks.
   *
   * @throws KafkaError FENCED_INSTANCE_ID when its instance id is another member's by now, UNKNOWN_MEMBER_ID.
   */
  speaking(who: Pick<MemberIdentity, 'memberId' | 'groupInstanceId'>): Member {
    const holder = this.ofInstance(who.groupInstanceId);
    if (holder !== undefined && holder.id !== who.memberId) throw new KafkaError('FENCED_INSTANCE_ID');
    const member = this.#byId.get(who.memberId);
    if (member === undefined) throw new KafkaError('UNKNOWN_MEMBER_ID');
    return member;
  }

  /** Whether who wants to join has a protocol in common with all members, and with itself if it is one. */
  canSpeakWith({ protocolType, protocols }: JoinRequest, type: string): boolean {
    if (protocolType === '' || protocols.length === 0) return false;
    if (this.size === 0) return true;
    return protocolType === type && protocols.some(({ name }) => this.list().every((member) => supports(member, name)));
  }

  /** The protocol of the next generation. */
  elect(): string {
    return electProtocol(this.list());
  }

  /** How long the slowest may take to join, or to sync. */
  get rebalanceTimeoutMs(): number {
    return Math.max(0, ...this.list().map((member) => member.rebalanceTimeoutMs));
  }
}
