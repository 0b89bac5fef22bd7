/** The members of a consumer group: how they join, what the group knows of them, what it answers. */

import { type ErrorName, KafkaError } from '../errors.ts';

/** A way of assigning that a member supports, with what it wants to tell the leader. */
export interface Protocol {
  readonly name: string;
  readonly metadata: Buffer;
}

/** What a member says when it joins. */
export interface JoinRequest {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly protocolType: string;
  readonly protocols: readonly Protocol[];
  /** A new member first gets an id and joins again with it, so that a lost answer leaves no ghost (KIP-394). */
  readonly requiresKnownMemberId: boolean;
}

/** A member as the leader sees it. */
export interface JoinedMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly metadata: Buffer;
}

/** The answer to a join. */
export interface Joined {
  readonly generation: number;
  readonly protocolType: string;
  readonly protocol: string;
  readonly leader: string;
  readonly memberId: string;
  /** For the leader only. */
  readonly members: readonly JoinedMember[];
  /** A static leader came back: the assignment that there is counts on (KIP-814). */
  readonly skipAssignment: boolean;
}

/** Who speaks: an unset generation is -1, an unset id ''. */
export interface MemberIdentity {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly generation: number;
}

/** A member as DescribeGroups shows it. */
export interface DescribedMember {
  readonly memberId: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly metadata: Buffer;
  readonly assignment: Buffer;
}

/** A member as its group knows it. */
export interface Member {
  id: string;
  readonly groupInstanceId: string | null;
  clientId: string;
  clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  protocols: readonly Protocol[];
  assignment: Buffer;
  session: NodeJS.Timeout | undefined;
  /** The join or sync that it waits for. */
  joining: PromiseWithResolvers<Joined> | undefined;
  syncing: PromiseWithResolvers<Buffer> | undefined;
  /** It has joined the generation and not asked for its assignment yet. */
  isToSync: boolean;
}

/** No metadata, no assignment. */
export const nothing: Buffer = Buffer.alloc(0);

/** Carries the id that a new member is to join with. */
export class MemberIdRequired extends KafkaError {
  readonly memberId: string;

  constructor(memberId: string) {
    super('MEMBER_ID_REQUIRED');
    this.memberId = memberId;
  }
}

/** The member for the leader. */
export function joinedMember(member: Member, protocol: string): JoinedMember {
  const { id, groupInstanceId } = member;
  return { memberId: id, groupInstanceId, metadata: metadataOf(member, protocol) };
}

/** The member for DescribeGroups; without metadata and assignment while no protocol ('') is settled. */
export function describedMember(member: Member, protocol: string): DescribedMember {
  const { id, groupInstanceId, clientId, clientHost, assignment } = member;
  return {
    memberId: id,
    groupInstanceId,
    clientId,
    clientHost,
    metadata: metadataOf(member, protocol),
    assignment: protocol === '' ? nothing : assignment,
  };
}

/** A member that has not joined yet. */
export function newMember(id: string, request: JoinRequest): Member {
  return {
    id,
    groupInstanceId: request.groupInstanceId,
    assignment: nothing,
    session: undefined,
    joining: undefined,
    syncing: undefined,
    isToSync: false,
    ...said(request),
  };
}

/** Takes over what a member says when it joins again. */
export function updateMember(member: Member, request: JoinRequest): void {
  Object.assign(member, said(request));
}

function said(request: JoinRequest) {
  return {
    clientId: request.clientId,
    clientHost: request.clientHost,
    sessionTimeoutMs: request.sessionTimeoutMs,
    rebalanceTimeoutMs: request.rebalanceTimeoutMs > 0 ? request.rebalanceTimeoutMs : request.sessionTimeoutMs,
    // Copies: the request's bytes would keep all of its buffer alive.
    protocols: request.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) })),
  };
}

/** Ends the member's waiting with an error. */
export function interrupt(member: Member, error: ErrorName): void {
  member.joining?.reject(new KafkaError(error));
  member.syncing?.reject(new KafkaError(error));
  member.joining = undefined;
  member.syncing = undefined;
}

/** Among the protocols that all members support, the one that most prefer. */
export function electProtocol(members: readonly Member[]): string {
  const votes = new Map<string, number>();
  for (const member of members) {
    const choice = member.protocols.find(({ name }) => members.every((other) => supports(other, name)));
    if (choice !== undefined) votes.set(choice.name, (votes.get(choice.name) ?? 0) + 1);
  }
  const [winner] = [...votes].sort(([, a], [, b]) => b - a);
  return winner?.[0] ?? '';
}

/** What a member says for a protocol. */
export function metadataOf(member: Member, protocol: string): Buffer {
  return member.protocols.find(({ name }) => name === protocol)?.metadata ?? nothing;
}

/** Whether a member supports the protocol. */
export function supports(member: Member, protocol: string): boolean {
  return member.protocols.some(({ name }) => name === protocol);
}

/** Whether a member says the same as before. */
export function sameProtocols(a: readonly Protocol[], b: readonly Protocol[]): boolean {
  return a.length === b.length && a.every((one, i) => one.name === b[i]?.name && one.metadata.equals(b[i].metadata));
}
