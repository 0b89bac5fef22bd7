/** The group coordinator: all groups, their members and their offsets. */

import { KafkaError } from '../errors.ts';
import { Group, type GroupState } from './group.ts';
import type { CommittedOffsets, TopicPartition } from './offsets.ts';

/** A group as ListGroups shows it. */
export interface ListedGroup {
  readonly id: string;
  readonly protocolType: string;
  readonly state: GroupState;
}

export class Groups {
  readonly offsets: CommittedOffsets;
  readonly #groups = new Map<string, Group>();

  constructor(offsets: CommittedOffsets) {
    this.offsets = offsets;
  }

  list(): readonly ListedGroup[] {
    const ids = new Set([...this.#groups.keys(), ...this.offsets.groups()]);
    return [...ids].flatMap((id) => {
      const group = this.find(id);
      return group === undefined ? [] : [{ id, protocolType: group.protocolType, state: group.state }];
    });
  }

  /** The group, when it has members or offsets. */
  find(id: string): Group | undefined {
    return this.#groups.get(id) ?? (this.offsets.of(id).length > 0 ? new Group(id) : undefined);
  }

  /** The group with its members; who speaks of an unknown one is an unknown member. */
  get(id: string): Group {
    requireId(id);
    const group = this.#groups.get(id);
    if (group === undefined) throw new KafkaError('UNKNOWN_MEMBER_ID', `There is no group ${id} with members`);
    return group;
  }

  /** The group, made where it is not there: by the first join. */
  ensure(id: string): Group {
    requireId(id);
    const group = this.#groups.get(id) ?? new Group(id);
    this.#groups.set(id, group);
    return group;
  }

  /** The group to commit to, which exists by its offsets, or by this commit, when it has no members. */
  forCommit(id: string, generation: number): Group {
    const group = this.find(id);
    if (group === undefined && generation >= 0) throw new KafkaError('ILLEGAL_GENERATION');
    return group ?? new Group(id);
  }

  /** Removes a group without members and its offsets. */
  delete(id: string): void {
    const group = this.find(id);
    if (group === undefined) throw new KafkaError('GROUP_ID_NOT_FOUND', `There is no group ${id}`);
    if (group.state !== 'Empty') throw new KafkaError('NON_EMPTY_GROUP', `Group ${id} still has members`);
    this.offsets.remove(id, this.offsets.of(id));
    group.close();
    this.#groups.delete(id);
  }

  /** Removes offsets of partitions. */
  deleteOffsets(id: string, partitions: readonly TopicPartition[]): void {
    if (this.find(id) === undefined) throw new KafkaError('GROUP_ID_NOT_FOUND', `There is no group ${id}`);
    this.offsets.remove(id, partitions);
  }

  close(): void {
    for (const group of this.#groups.values()) group.close();
  }
}

/** Only offsets may be kept under no name, as old clients do it. */
function requireId(id: string): void {
  if (id === '') throw new KafkaError('INVALID_GROUP_ID', 'A group needs an id');
}
