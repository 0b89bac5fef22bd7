import { describe, expect, test } from 'vitest';
import { eventually } from '../../../helpers/eventually.ts';
import { newMember } from '../member.ts';
import { newName } from '../names.ts';
import { commitOffsets, committedOffset, newTopic } from '../requests.ts';
import type { Subject } from '../subject.ts';
import { transactionalProducer } from '../transactional-producer.ts';

export function transactionalOffsets(subject: Subject): void {
  describe('offsets in a transaction', () => {
    async function openWithOffset() {
      const topic = await newTopic(subject, { partitions: 2 });
      const group = newName('group');
      const producer = await transactionalProducer(subject);
      expect(await producer.addGroup(group)).toBe('NONE');
      expect(await producer.commitOffsets(group, [{ topic, offset: 7, metadata: 'm' }])).toEqual(['NONE']);
      const committed = (options = {}) => committedOffset(producer.client, group, topic, options);
      return { topic, group, producer, committed };
    }

    test('are the group’s once it is committed', async () => {
      const { producer, committed } = await openWithOffset();
      expect(await committed()).toMatchObject({ error: 'NONE', offset: -1 });
      await producer.end(true);
      await eventually(async () => expect(await committed()).toMatchObject({ offset: 7, metadata: 'm' }));
    });

    test('are forgotten once it is aborted', async () => {
      const { producer, committed, group, topic } = await openWithOffset();
      await commitOffsets(producer.client, group, [{ topic, offset: 3 }]);
      await producer.end(false);
      await eventually(async () => expect(await committed({ requireStable: true })).toMatchObject({ error: 'NONE' }));
      expect(await committed()).toMatchObject({ offset: 3 });
    });

    test('are unstable until then, for who wants stable ones', async () => {
      const { producer, committed } = await openWithOffset();
      expect(await committed({ requireStable: true })).toMatchObject({ error: 'UNSTABLE_OFFSET_COMMIT', offset: -1 });
      expect(await committed({ requireStable: true, partition: 1 })).toMatchObject({ error: 'NONE', offset: -1 });
      await producer.end(true);
      await eventually(async () => expect(await committed({ requireStable: true })).toMatchObject({ offset: 7 }));
    });

    test('count as the last of them', async () => {
      const { producer, committed, group, topic } = await openWithOffset();
      await producer.commitOffsets(group, [{ topic, offset: 9 }]);
      await producer.end(true);
      await eventually(async () => expect(await committed()).toMatchObject({ offset: 9 }));
    });

    test('count against plain ones as they were committed, not as they were said', async () => {
      const { producer, committed, group, topic } = await openWithOffset();
      expect(await commitOffsets(producer.client, group, [{ topic, offset: 20 }])).toEqual(['NONE']);
      await producer.end(true);
      await eventually(async () => expect(await committed({ requireStable: true })).toMatchObject({ error: 'NONE' }));
      expect(await committed()).toMatchObject({ offset: 20 });
    });

    test('are dropped with a producer that is fenced', async () => {
      const { producer, committed, group, topic } = await openWithOffset();
      await transactionalProducer(subject, { transactionalId: producer.transactionalId });
      await eventually(async () => expect(await committed({ requireStable: true })).toMatchObject({ error: 'NONE' }));
      expect(await committed()).toMatchObject({ offset: -1 });
      const late = await producer.commitOffsets(group, [{ topic, offset: 9 }]);
      expect(late).toEqual(['INVALID_PRODUCER_EPOCH']);
    });

    test('are refused for partitions that are not there', async () => {
      const { producer, group } = await openWithOffset();
      const refused = await producer.commitOffsets(group, [{ topic: newName('unknown'), offset: 1 }]);
      expect(refused).toEqual(['UNKNOWN_TOPIC_OR_PARTITION']);
    });

    test('are refused for a group that was not added', async () => {
      const { producer, topic } = await openWithOffset();
      expect(await producer.commitOffsets(newName('other'), [{ topic, offset: 1 }])).toEqual(['INVALID_TXN_STATE']);
    });

    test('are taken while the members of the group are being assigned, unlike plain ones', async () => {
      const topic = await newTopic(subject);
      const member = await newMember(subject, newName('group'));
      await member.join();
      const producer = await transactionalProducer(subject);
      await producer.addGroup(member.groupId);
      const offset = { topic, offset: 1 };
      expect(await member.commit(offset)).toBe('REBALANCE_IN_PROGRESS');
      expect(await producer.commitOffsets(member.groupId, [offset], member.who)).toEqual(['NONE']);
      const stale = { ...member.who, generationId: 0 };
      expect(await producer.commitOffsets(member.groupId, [offset], stale)).toEqual(['ILLEGAL_GENERATION']);
    });

    test('are refused from members that the group does not have', async () => {
      const { producer, group, topic } = await openWithOffset();
      const offsets = [{ topic, offset: 9 }];
      await commitOffsets(producer.client, group, offsets);
      const member = { memberId: 'stranger', generationId: 3, groupInstanceId: null };
      expect(await producer.commitOffsets(group, offsets, member)).toEqual(['UNKNOWN_MEMBER_ID']);
      expect(await producer.commitOffsets(group, offsets, { ...member, memberId: '' })).toEqual(['UNKNOWN_MEMBER_ID']);
    });
  });
}
