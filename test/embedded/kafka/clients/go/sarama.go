package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/IBM/sarama"
)

// sarama: separate clients for producing, consuming and admin, with a version of Kafka that its user chooses.
func addSaramaCases() {
	codecs := map[string]sarama.CompressionCodec{
		"none": sarama.CompressionNone, "gzip": sarama.CompressionGZIP, "snappy": sarama.CompressionSnappy,
		"lz4": sarama.CompressionLZ4, "zstd": sarama.CompressionZSTD,
	}
	for name, codec := range codecs {
		cases["sarama carries records with compression "+name] = func(ctx context.Context) error {
			return saramaRecords(ctx, codec)
		}
	}
	cases["sarama consumes in a group and resumes where it committed"] = saramaGroup
	cases["sarama moves records and offsets in transactions, and hides aborted ones"] = saramaTransactions
	cases["sarama describes the cluster, topics and groups"] = saramaAdmin
}

func saramaConfig() *sarama.Config {
	config := sarama.NewConfig()
	config.Version = sarama.V4_0_0_0
	config.Producer.Return.Successes = true
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	config.Consumer.MaxWaitTime = 100 * time.Millisecond
	config.Consumer.Group.Heartbeat.Interval = 100 * time.Millisecond
	return config
}

func saramaTopic() (sarama.ClusterAdmin, string, error) {
	admin, err := sarama.NewClusterAdmin([]string{bootstrap}, saramaConfig())
	if err != nil {
		return nil, "", err
	}
	topic := unique("topic")
	return admin, topic, admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: 1, ReplicationFactor: 1}, false)
}

func saramaProduce(config *sarama.Config, topic string, values ...string) error {
	producer, err := sarama.NewSyncProducer([]string{bootstrap}, config)
	if err != nil {
		return err
	}
	defer producer.Close()
	messages := make([]*sarama.ProducerMessage, len(values))
	for n, value := range values {
		messages[n] = &sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(value)}
	}
	return producer.SendMessages(messages)
}

// saramaRead reads the values of a topic's first partition from the beginning.
func saramaRead(ctx context.Context, topic string, level sarama.IsolationLevel, count int) ([]string, error) {
	config := saramaConfig()
	config.Consumer.IsolationLevel = level
	consumer, err := sarama.NewConsumer([]string{bootstrap}, config)
	if err != nil {
		return nil, err
	}
	defer consumer.Close()
	partition, err := consumer.ConsumePartition(topic, 0, sarama.OffsetOldest)
	if err != nil {
		return nil, err
	}
	defer partition.Close()
	var values []string
	for len(values) < count {
		select {
		case message := <-partition.Messages():
			values = append(values, string(message.Value))
		case <-ctx.Done():
			return values, fmt.Errorf("%d of %d records: %w", len(values), count, ctx.Err())
		}
	}
	return values, nil
}

func saramaRecords(ctx context.Context, codec sarama.CompressionCodec) error {
	admin, topic, err := saramaTopic()
	if err != nil {
		return err
	}
	defer admin.Close()
	config := saramaConfig()
	config.Producer.Compression = codec
	config.Producer.Idempotent = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Net.MaxOpenRequests = 1
	values := wines(100)
	if err := saramaProduce(config, topic, values...); err != nil {
		return err
	}
	read, err := saramaRead(ctx, topic, sarama.ReadUncommitted, len(values))
	if err != nil {
		return err
	}
	return equal(read, values)
}

// saramaHandler takes messages until it has enough of them, and marks each.
type saramaHandler struct {
	mutex  sync.Mutex
	values []string
	enough func([]string)
}

func (*saramaHandler) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (*saramaHandler) Cleanup(sarama.ConsumerGroupSession) error { return nil }
func (h *saramaHandler) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for {
		select {
		case message, ok := <-claim.Messages():
			if !ok {
				return nil
			}
			session.MarkMessage(message, "")
			h.mutex.Lock()
			h.values = append(h.values, string(message.Value))
			h.enough(h.values)
			h.mutex.Unlock()
		case <-session.Context().Done():
			return nil
		}
	}
}

func saramaConsume(ctx context.Context, group, topic string, count int) ([]string, error) {
	member, err := sarama.NewConsumerGroup([]string{bootstrap}, group, saramaConfig())
	if err != nil {
		return nil, err
	}
	defer member.Close()
	session, stop := context.WithCancel(ctx)
	defer stop()
	handler := &saramaHandler{enough: func(values []string) {
		if len(values) == count {
			stop()
		}
	}}
	for session.Err() == nil {
		if err := member.Consume(session, []string{topic}, handler); err != nil {
			return nil, err
		}
	}
	return handler.values, ctx.Err()
}

func saramaGroup(ctx context.Context) error {
	admin, topic, err := saramaTopic()
	if err != nil {
		return err
	}
	defer admin.Close()
	group := unique("group")
	for _, values := range [][]string{{"a", "b"}, {"news"}} {
		if err := saramaProduce(saramaConfig(), topic, values...); err != nil {
			return err
		}
		read, err := saramaConsume(ctx, group, topic, len(values))
		if err != nil {
			return err
		}
		if err := equal(read, values); err != nil {
			return err
		}
	}
	return nil
}

func saramaTransactions(ctx context.Context) error {
	admin, topic, err := saramaTopic()
	if err != nil {
		return err
	}
	defer admin.Close()
	config := saramaConfig()
	config.Producer.Idempotent = true
	config.Producer.RequiredAcks = sarama.WaitForAll
	config.Producer.Transaction.ID = unique("tx")
	config.Producer.Transaction.Retry.Backoff = 20 * time.Millisecond
	config.Net.MaxOpenRequests = 1
	producer, err := sarama.NewSyncProducer([]string{bootstrap}, config)
	if err != nil {
		return err
	}
	defer producer.Close()
	group := unique("group")
	for _, value := range []string{"aborted", "committed"} {
		if err := producer.BeginTxn(); err != nil {
			return err
		}
		message := &sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(value)}
		if _, _, err := producer.SendMessage(message); err != nil {
			return err
		}
		offsets := map[string][]*sarama.PartitionOffsetMetadata{topic: {{Partition: 0, Offset: 1}}}
		if err := producer.AddOffsetsToTxn(offsets, group); err != nil {
			return err
		}
		end := producer.AbortTxn
		if value == "committed" {
			end = producer.CommitTxn
		}
		if err := end(); err != nil {
			return err
		}
	}
	// Apache Kafka answers before the offsets are there.
	if err := until(ctx, "the group's offset", func() (bool, error) {
		offsets, err := admin.ListConsumerGroupOffsets(group, map[string][]int32{topic: {0}})
		return err == nil && offsets.GetBlock(topic, 0).Offset == 1, err
	}); err != nil {
		return err
	}
	committed, err := saramaRead(ctx, topic, sarama.ReadCommitted, 1)
	if err != nil {
		return err
	}
	all, err := saramaRead(ctx, topic, sarama.ReadUncommitted, 2)
	if err != nil {
		return err
	}
	return equal([][]string{committed, all}, [][]string{{"committed"}, {"aborted", "committed"}})
}

func saramaAdmin(ctx context.Context) error {
	admin, topic, err := saramaTopic()
	if err != nil {
		return err
	}
	defer admin.Close()
	brokers, controller, err := admin.DescribeCluster()
	if err != nil {
		return err
	}
	if err := equal([]any{len(brokers), controller}, []any{1, int32(1)}); err != nil {
		return err
	}
	value := "60000"
	entries := map[string]sarama.IncrementalAlterConfigsEntry{
		"retention.ms": {Operation: sarama.IncrementalAlterConfigsOperationSet, Value: &value},
	}
	if err := admin.IncrementalAlterConfig(sarama.TopicResource, topic, entries, false); err != nil {
		return err
	}
	if err := until(ctx, "the config", func() (bool, error) {
		topics, err := admin.ListTopics()
		changed := topics[topic].ConfigEntries["retention.ms"]
		return changed != nil && *changed == value, err
	}); err != nil {
		return err
	}
	group := unique("group")
	if err := saramaProduce(saramaConfig(), topic, "a"); err != nil {
		return err
	}
	if _, err := saramaConsume(ctx, group, topic, 1); err != nil {
		return err
	}
	groups, err := admin.ListConsumerGroups()
	if err != nil {
		return err
	}
	if err := equal(groups[group], "consumer"); err != nil {
		return err
	}
	described, err := admin.DescribeConsumerGroups([]string{group})
	if err != nil {
		return err
	}
	if err := equal(described[0].State, "Empty"); err != nil {
		return err
	}
	if err := admin.DeleteRecords(topic, map[int32]int64{0: 1}); err != nil {
		return err
	}
	if err := admin.DeleteConsumerGroup(group); err != nil {
		return err
	}
	return admin.DeleteTopic(topic)
}
