package main

import (
	"context"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// franz-go: one client for producing, consuming, groups, transactions and admin.
func addFranzCases() {
	cases["franz-go creates, describes and deletes topics, and changes their configs"] = franzTopics
	codecs := map[string]kgo.CompressionCodec{
		"none": kgo.NoCompression(), "gzip": kgo.GzipCompression(), "snappy": kgo.SnappyCompression(),
		"lz4": kgo.Lz4Compression(), "zstd": kgo.ZstdCompression(),
	}
	for name, codec := range codecs {
		cases["franz-go carries records with compression "+name] = func(ctx context.Context) error {
			return franzRecords(ctx, codec)
		}
	}
	cases["franz-go shares partitions between cooperative members and resumes where they committed"] = franzGroup
	cases["franz-go moves records and offsets in transactions, and hides aborted ones"] = franzTransactions
	cases["franz-go fences a producer when another takes its transactional id"] = franzFencing
	cases["franz-go finds offsets by time and deletes records"] = franzOffsets
	cases["franz-go lists, describes and deletes groups, and moves and deletes their offsets"] = franzGroups
}

func franzClient(options ...kgo.Opt) (*kgo.Client, error) {
	quick := []kgo.Opt{
		kgo.SeedBrokers(bootstrap),
		kgo.FetchMaxWait(100 * time.Millisecond),
		kgo.HeartbeatInterval(100 * time.Millisecond),
		kgo.RetryBackoffFn(func(int) time.Duration { return 20 * time.Millisecond }),
	}
	return kgo.NewClient(append(quick, options...)...)
}

// franzTopic makes a topic; the client closes when the case is over.
func franzTopic(ctx context.Context, partitions int32, configs map[string]*string) (*kgo.Client, string, error) {
	client, err := franzClient()
	if err != nil {
		return nil, "", err
	}
	context.AfterFunc(ctx, client.Close)
	topic := unique("topic")
	_, err = kadm.NewClient(client).CreateTopic(ctx, partitions, 1, configs, topic)
	return client, topic, err
}

func franzProduce(ctx context.Context, client *kgo.Client, topic string, values ...string) error {
	records := make([]*kgo.Record, len(values))
	for n, value := range values {
		records[n] = &kgo.Record{Topic: topic, Value: []byte(value)}
	}
	return client.ProduceSync(ctx, records...).FirstErr()
}

// franzRead polls until so many records are there.
func franzRead(ctx context.Context, client *kgo.Client, count int) ([]*kgo.Record, error) {
	var records []*kgo.Record
	for len(records) < count {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return nil, fmt.Errorf("%d of %d records: %w", len(records), count, err)
		}
		records = append(records, fetches.Records()...)
	}
	return records, nil
}

// franzReadAll reads a topic's values from the beginning.
func franzReadAll(ctx context.Context, topic string, level kgo.IsolationLevel, count int) ([]string, error) {
	client, err := franzClient(kgo.ConsumeTopics(topic), kgo.FetchIsolationLevel(level))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	records, err := franzRead(ctx, client, count)
	return franzValues(records), err
}

func franzValues(records []*kgo.Record) []string {
	values := make([]string, len(records))
	for n, record := range records {
		values[n] = string(record.Value)
	}
	return values
}

func franzTopics(ctx context.Context) error {
	client, topic, err := franzTopic(ctx, 3, map[string]*string{"cleanup.policy": kadm.StringPtr("compact")})
	if err != nil {
		return err
	}
	admin := kadm.NewClient(client)
	if _, err := admin.CreateTopic(ctx, 1, 1, nil, topic); isError(err, kerr.TopicAlreadyExists) != nil {
		return isError(err, kerr.TopicAlreadyExists)
	}
	if _, err := admin.UpdatePartitions(ctx, 5, topic); err != nil {
		return err
	}
	change := kadm.AlterConfig{Op: kadm.SetConfig, Name: "retention.ms", Value: kadm.StringPtr("60000")}
	if altered, err := admin.AlterTopicConfigs(ctx, []kadm.AlterConfig{change}, topic); err != nil || altered[0].Err != nil {
		return fmt.Errorf("%v %v", err, altered)
	}
	if err := until(ctx, "what was changed", func() (bool, error) {
		details, err := admin.ListTopics(ctx, topic)
		if err != nil || len(details[topic].Partitions) != 5 {
			return false, err
		}
		described, err := admin.DescribeTopicConfigs(ctx, topic)
		if err != nil {
			return false, err
		}
		values := map[string]string{}
		for _, config := range described[0].Configs {
			values[config.Key] = config.MaybeValue()
		}
		return values["retention.ms"] == "60000" && values["cleanup.policy"] == "compact", nil
	}); err != nil {
		return err
	}
	if _, err := admin.DeleteTopic(ctx, topic); err != nil {
		return err
	}
	return until(ctx, "the end of the topic", func() (bool, error) {
		details, err := admin.ListTopics(ctx)
		return !details.Has(topic), err
	})
}

func franzRecords(ctx context.Context, codec kgo.CompressionCodec) error {
	_, topic, err := franzTopic(ctx, 1, nil)
	if err != nil {
		return err
	}
	client, err := franzClient(kgo.ProducerBatchCompression(codec), kgo.ConsumeTopics(topic))
	if err != nil {
		return err
	}
	defer client.Close()
	start := time.UnixMilli(1_700_000_000_000)
	headers := []kgo.RecordHeader{{Key: "a", Value: []byte("1")}, {Key: "a", Value: []byte("2")}, {Key: "null"}}
	var sent []*kgo.Record
	for n, value := range wines(100) {
		sent = append(sent, &kgo.Record{
			Topic: topic, Key: fmt.Appendf(nil, "key %d", n), Value: []byte(value), Headers: headers,
			Timestamp: start.Add(time.Duration(n) * time.Millisecond),
		})
	}
	sent = append(sent, &kgo.Record{Topic: topic, Key: []byte("tombstone"), Timestamp: start})
	if err := client.ProduceSync(ctx, sent...).FirstErr(); err != nil {
		return err
	}
	read, err := franzRead(ctx, client, len(sent))
	if err != nil {
		return err
	}
	for n, record := range read {
		got := []any{record.Offset, record.Key, record.Value, record.Headers, record.Timestamp.UnixMilli()}
		want := []any{int64(n), sent[n].Key, sent[n].Value, sent[n].Headers, sent[n].Timestamp.UnixMilli()}
		if n == 100 {
			got[3], want[3] = len(record.Headers), 0
		}
		if err := equal(got, want); err != nil {
			return err
		}
	}
	halfway, err := kadm.NewClient(client).ListOffsetsAfterMilli(ctx, start.UnixMilli()+50, topic)
	if err != nil {
		return err
	}
	found, _ := halfway.Lookup(topic, 0)
	return equal(found.Offset, int64(50))
}

func franzOffsets(ctx context.Context) error {
	client, topic, err := franzTopic(ctx, 1, nil)
	if err != nil {
		return err
	}
	for _, millis := range []int64{1000, 3000, 2000} {
		record := &kgo.Record{Topic: topic, Value: []byte("x"), Timestamp: time.UnixMilli(millis)}
		if err := client.ProduceSync(ctx, record).FirstErr(); err != nil {
			return err
		}
	}
	admin := kadm.NewClient(client)
	found := func(listed kadm.ListedOffsets, err error) int64 {
		if err != nil {
			return -2
		}
		offset, _ := listed.Lookup(topic, 0)
		return offset.Offset
	}
	offsets := []int64{
		found(admin.ListStartOffsets(ctx, topic)),
		found(admin.ListEndOffsets(ctx, topic)),
		found(admin.ListCommittedOffsets(ctx, topic)),
		found(admin.ListMaxTimestampOffsets(ctx, topic)),
		found(admin.ListOffsetsAfterMilli(ctx, 1500, topic)),
	}
	if err := equal(offsets, []int64{0, 3, 3, 1, 1}); err != nil {
		return err
	}
	before := kadm.Offsets{}
	before.AddOffset(topic, 0, 2, -1)
	if _, err := admin.DeleteRecords(ctx, before); err != nil {
		return err
	}
	return equal(found(admin.ListStartOffsets(ctx, topic)), int64(2))
}
