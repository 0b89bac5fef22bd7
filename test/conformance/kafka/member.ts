/** A member of a consumer group that says each request when a case wants it said. */
import { array, bytes, string } from '../../../src/embedded/kafka/wire/codec.ts';
import { Reader } from '../../../src/embedded/kafka/wire/reader.ts';
import { Writer } from '../../../src/embedded/kafka/wire/writer.ts';
import { type Answer, type WireClient, wireClient } from '../../embedded/kafka/wire-client.ts';
import { eventually } from '../../helpers/eventually.ts';
import { errorName } from './names.ts';
import { type Committer, commitOffsets, type OffsetToCommit } from './requests.ts';
import type { Subject } from './subject.ts';

export interface Protocol {
  readonly name: string;
  readonly metadata: Buffer;
}

export interface MemberOptions {
  readonly groupInstanceId?: string;
  readonly sessionTimeoutMs?: number;
  readonly rebalanceTimeoutMs?: number;
  readonly protocolType?: string;
  readonly protocols?: readonly Protocol[];
}

/** A way of assigning, with what the member says for it. */
export function protocol(name: string, text = 'subscribed'): Protocol {
  return { name, metadata: subscription([], text) };
}

/**
 * What a consumer says in the protocol of consumers: version, topics, data of its own. The groups of that protocol must
 * hold to it, for Apache Kafka reads the topics.
 */
export function subscription(topics: readonly string[], text = ''): Buffer {
  const writer = new Writer();
  writer.int16(0);
  array(string).write(writer, topics, plain);
  bytes.write(writer, Buffer.from(text), plain);
  return Buffer.concat(writer.finish());
}

/** What members say beside their topics, in the order of the alphabet. */
export function saidBy(members: ReadonlyArray<{ readonly metadata: Buffer }>): readonly string[] {
  return members
    .map(({ metadata }) => {
      const reader = new Reader(metadata);
      reader.int16();
      array(string).read(reader, plain);
      return String(bytes.read(reader, plain));
    })
    .sort();
}

const plain = { version: 0, flexible: false };

export class GroupMember {
  readonly groupId: string;
  readonly client: WireClient;
  readonly options: MemberOptions;
  memberId = '';
  generationId = -1;
  #protocol: object = { protocolType: null, protocolName: null };

  constructor(groupId: string, client: WireClient, options: MemberOptions) {
    this.groupId = groupId;
    this.client = client;
    this.options = options;
  }

  get who(): Committer {
    const { memberId, generationId } = this;
    return { memberId, generationId, groupInstanceId: this.options.groupInstanceId ?? null };
  }

  /** Joins once, with whatever id it has. */
  async ask(change: Partial<MemberOptions> & { readonly version?: number } = {}): Promise<Answer> {
    const { version = 9, ...options } = { ...this.options, ...change };
    const answer = await this.client.request('JoinGroup', version, {
      groupId: this.groupId,
      memberId: this.memberId,
      groupInstanceId: this.who.groupInstanceId,
      sessionTimeoutMs: options.sessionTimeoutMs ?? 10_000,
      rebalanceTimeoutMs: options.rebalanceTimeoutMs ?? 10_000,
      protocolType: options.protocolType ?? 'consumer',
      protocols: options.protocols ?? [protocol('range')],
    });
    return { ...answer, error: errorName(answer.errorCode) };
  }

  /** Joins as a client does: with the id that it is told to use. */
  async join(change: Partial<MemberOptions> = {}): Promise<Answer> {
    let answer = await this.ask(change);
    if (answer.error === 'MEMBER_ID_REQUIRED') {
      this.memberId = answer.memberId;
      answer = await this.ask(change);
    }
    if (answer.error === 'NONE') {
      this.memberId = answer.memberId;
      this.generationId = answer.generationId;
      this.#protocol = { protocolType: answer.protocolType, protocolName: answer.protocolName };
    }
    return answer;
  }

  /** Syncs, as the leader with what each member is to get. */
  async sync(
    assignments: ReadonlyArray<readonly [GroupMember, string]> = [],
    change: {
      readonly generationId?: number;
      readonly protocolType?: string | null;
      readonly protocolName?: string | null;
    } = {},
  ): Promise<{ readonly error: string; readonly assignment: string }> {
    const { errorCode, assignment } = await this.client.request('SyncGroup', 5, {
      groupId: this.groupId,
      ...this.who,
      ...this.#protocol,
      ...change,
      assignments: assignments.map(([member, text]) => ({ memberId: member.memberId, assignment: Buffer.from(text) })),
    });
    return { error: errorName(errorCode), assignment: String(assignment) };
  }

  async heartbeat(generationId = this.generationId): Promise<string> {
    const answer = await this.client.request('Heartbeat', 4, { groupId: this.groupId, ...this.who, generationId });
    return errorName(answer.errorCode);
  }

  /** Commits one offset; its error. */
  async commit(offset: OffsetToCommit): Promise<string> {
    const [error] = await commitOffsets(this.client, this.groupId, [offset], this.who);
    return error as string;
  }

  async leave(): Promise<string> {
    const { memberId, groupInstanceId } = this.who;
    return (await leave(this.client, this.groupId, [{ memberId, groupInstanceId }]))[0] as string;
  }

  /** Sends heartbeats until one is answered by `error`. */
  async untilHeartbeat(error: string): Promise<void> {
    await eventually(async () => {
      const answer = await this.heartbeat();
      if (answer !== error) throw new Error(`The heartbeat of ${this.memberId} is answered ${answer}, not ${error}`);
    });
  }
}

/** Takes members out of a group; an error for each, or the one of the whole request. */
export async function leave(
  client: WireClient,
  groupId: string,
  members: ReadonlyArray<{ readonly memberId: string; readonly groupInstanceId: string | null }>,
): Promise<readonly string[]> {
  const answer = await client.request('LeaveGroup', 5, { groupId, members });
  if (answer.errorCode !== 0) return [errorName(answer.errorCode)];
  return answer.members.map((one: Answer) => errorName(one.errorCode));
}

/** A member with a connection of its own, which has not joined yet. */
export async function newMember(subject: Subject, groupId: string, options: MemberOptions = {}): Promise<GroupMember> {
  return new GroupMember(groupId, await wireClient(subject), options);
}

/** A group of one member, its leader, with an assignment. */
export async function groupOfOne(subject: Subject, groupId: string, options: MemberOptions = {}): Promise<GroupMember> {
  const member = await newMember(subject, groupId, options);
  await member.join();
  await member.sync([[member, 'all']]);
  return member;
}

/** Lets a member join a group whose others come again; all are stable then, each with its place as assignment. */
export async function joinTo(others: readonly [GroupMember, ...GroupMember[]], added: GroupMember): Promise<void> {
  const joining = added.join();
  await Promise.all(others.map((other) => other.untilHeartbeat('REBALANCE_IN_PROGRESS')));
  await Promise.all([joining, ...others.map((other) => other.join())]);
  await syncAll([...others, added]);
}

/** Lets all members of a generation sync, the leader assigning `0`, `1`, … in the order given. */
export async function syncAll(members: readonly GroupMember[]): Promise<void> {
  const places = members.map((member, i) => [member, String(i)] as const);
  await Promise.all(members.map((member) => member.sync(places)));
}
