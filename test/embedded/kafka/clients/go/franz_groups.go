package main

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// franz-go: groups and transactions.

func franzGroup(ctx context.Context) error {
	client, topic, err := franzTopic(ctx, 4, nil)
	if err != nil {
		return err
	}
	group := unique("group")
	assigned := []map[int32]bool{{}, {}}
	member := func(n int) (*kgo.Client, error) {
		gained := func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
			for _, partition := range partitions[topic] {
				assigned[n][partition] = true
			}
		}
		lost := func(_ context.Context, _ *kgo.Client, partitions map[string][]int32) {
			for _, partition := range partitions[topic] {
				delete(assigned[n], partition)
			}
		}
		return franzClient(kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.DisableAutoCommit(),
			kgo.OnPartitionsAssigned(gained), kgo.OnPartitionsRevoked(lost), kgo.BlockRebalanceOnPoll())
	}
	first, err := member(0)
	if err != nil {
		return err
	}
	defer first.CloseAllowingRebalance()
	second, err := member(1)
	if err != nil {
		return err
	}
	defer second.CloseAllowingRebalance()
	members := []*kgo.Client{first, second}
	read := map[string]bool{}
	// Callbacks run only while no poll is under way: polls look at the partitions in peace.
	poll := func() (shares [2]int) {
		for n, one := range members {
			short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
			one.PollFetches(short).EachRecord(func(record *kgo.Record) { read[string(record.Value)] = true })
			shares[n] = len(assigned[n])
			cancel()
			one.AllowRebalance()
		}
		return shares
	}
	if err := until(ctx, "two partitions for each member", func() (bool, error) {
		return poll() == [2]int{2, 2}, nil
	}); err != nil {
		return err
	}
	for n := range 8 {
		record := &kgo.Record{Topic: topic, Partition: int32(n % 4), Value: fmt.Append(nil, n)}
		if err := client.ProduceSync(ctx, record).FirstErr(); err != nil {
			return err
		}
	}
	if err := until(ctx, "all records", func() (bool, error) {
		poll()
		return len(read) == 8, nil
	}); err != nil {
		return err
	}
	for _, one := range members {
		if err := one.CommitUncommittedOffsets(ctx); err != nil {
			return err
		}
		one.CloseAllowingRebalance()
	}
	if err := franzProduce(ctx, client, topic, "news"); err != nil {
		return err
	}
	third, err := franzClient(kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic))
	if err != nil {
		return err
	}
	defer third.Close()
	news, err := franzRead(ctx, third, 1)
	if err != nil {
		return err
	}
	return equal(franzValues(news), []string{"news"})
}

func franzTransactions(ctx context.Context) error {
	client, source, err := franzTopic(ctx, 1, nil)
	if err != nil {
		return err
	}
	_, target, err := franzTopic(ctx, 1, nil)
	if err != nil {
		return err
	}
	if err := franzProduce(ctx, client, source, "a", "b", "c"); err != nil {
		return err
	}
	group := unique("group")
	session, err := kgo.NewGroupTransactSession(
		kgo.SeedBrokers(bootstrap), kgo.TransactionalID(unique("tx")), kgo.ConsumerGroup(group), kgo.ConsumeTopics(source),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.FetchMaxWait(100*time.Millisecond), kgo.RequireStableFetchOffsets(),
	)
	if err != nil {
		return err
	}
	defer session.Close()
	for _, end := range []kgo.TransactionEndTry{kgo.TryAbort, kgo.TryCommit} {
		if err := session.Begin(); err != nil {
			return err
		}
		records := []*kgo.Record{}
		for len(records) < 3 {
			fetches := session.PollFetches(ctx)
			if err := fetches.Err(); err != nil {
				return err
			}
			records = append(records, fetches.Records()...)
		}
		suffix := map[kgo.TransactionEndTry]string{kgo.TryAbort: "a", kgo.TryCommit: "c"}[end]
		for _, record := range records {
			moved := &kgo.Record{Topic: target, Value: append(record.Value, suffix...)}
			if err := session.ProduceSync(ctx, moved).FirstErr(); err != nil {
				return err
			}
		}
		committed, err := session.End(ctx, end)
		if err != nil || committed != bool(end) {
			return fmt.Errorf("committed: %v, %w", committed, err)
		}
	}
	// Apache Kafka answers before the offsets are there.
	if err := until(ctx, "the group's offset", func() (bool, error) {
		offsets, err := kadm.NewClient(client).FetchOffsets(ctx, group)
		offset, _ := offsets.Lookup(source, 0)
		return offset.At == 3, err
	}); err != nil {
		return err
	}
	committed, err := franzReadAll(ctx, target, kgo.ReadCommitted(), 3)
	if err != nil {
		return err
	}
	if err := equal(committed, []string{"ac", "bc", "cc"}); err != nil {
		return err
	}
	all, err := franzReadAll(ctx, target, kgo.ReadUncommitted(), 6)
	if err != nil {
		return err
	}
	return equal(all, []string{"aa", "ba", "ca", "ac", "bc", "cc"})
}

func franzFencing(ctx context.Context) error {
	_, topic, err := franzTopic(ctx, 1, nil)
	if err != nil {
		return err
	}
	id := unique("tx")
	begin := func(value string) (*kgo.Client, error) {
		producer, err := franzClient(kgo.TransactionalID(id))
		if err != nil {
			return nil, err
		}
		if err := producer.BeginTransaction(); err != nil {
			return nil, err
		}
		return producer, franzProduce(ctx, producer, topic, value)
	}
	zombie, err := begin("zombie")
	if err != nil {
		return err
	}
	defer zombie.Close()
	heir, err := begin("heir")
	if err != nil {
		return err
	}
	defer heir.Close()
	if err := heir.EndTransaction(ctx, kgo.TryCommit); err != nil {
		return err
	}
	if err := zombie.EndTransaction(ctx, kgo.TryCommit); err == nil {
		return fmt.Errorf("the zombie could commit")
	}
	values, err := franzReadAll(ctx, topic, kgo.ReadCommitted(), 1)
	if err != nil {
		return err
	}
	return equal(values, []string{"heir"})
}

func franzGroups(ctx context.Context) error {
	client, topic, err := franzTopic(ctx, 1, nil)
	if err != nil {
		return err
	}
	if err := franzProduce(ctx, client, topic, "a", "b"); err != nil {
		return err
	}
	admin := kadm.NewClient(client)
	group := unique("group")
	member, err := franzClient(kgo.ConsumerGroup(group), kgo.ConsumeTopics(topic), kgo.DisableAutoCommit())
	if err != nil {
		return err
	}
	defer member.Close()
	if _, err := franzRead(ctx, member, 2); err != nil {
		return err
	}
	if err := member.CommitUncommittedOffsets(ctx); err != nil {
		return err
	}
	listed, err := admin.ListGroups(ctx)
	if err != nil {
		return err
	}
	described, err := admin.DescribeGroups(ctx, group)
	if err != nil {
		return err
	}
	one := described[group]
	state := []any{listed[group].State, one.State, one.AssignedPartitions().Topics()}
	if err := equal(state, []any{"Stable", "Stable", []string{topic}}); err != nil {
		return err
	}
	if _, err := admin.DeleteGroup(ctx, group); isError(err, kerr.NonEmptyGroup) != nil {
		return isError(err, kerr.NonEmptyGroup)
	}
	member.Close()
	moved := kadm.Offsets{}
	moved.AddOffset(topic, 0, 1, -1)
	if err := admin.CommitAllOffsets(ctx, group, moved); err != nil {
		return err
	}
	offsets, err := admin.FetchOffsets(ctx, group)
	if err != nil {
		return err
	}
	if offset, _ := offsets.Lookup(topic, 0); offset.At != 1 {
		return fmt.Errorf("the group's offset is %d", offset.At)
	}
	deleted := kadm.TopicsSet{}
	deleted.Add(topic, 0)
	if _, err := admin.DeleteOffsets(ctx, group, deleted); err != nil {
		return err
	}
	offsets, err = admin.FetchOffsets(ctx, group)
	if err != nil {
		return err
	}
	if offset, ok := offsets.Lookup(topic, 0); ok {
		return fmt.Errorf("the group still has the offset %d", offset.At)
	}
	if err := admin.CommitAllOffsets(ctx, group, moved); err != nil {
		return err
	}
	_, err = admin.DeleteGroup(ctx, group)
	return err
}
