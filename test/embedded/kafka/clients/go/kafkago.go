package main

import (
	"context"
	"time"

	"github.com/segmentio/kafka-go"
)

// segmentio/kafka-go: a reader and a writer in the manner of Go's standard library.
func addKafkaGoCases() {
	codecs := map[string]kafka.Compression{
		"none": 0, "gzip": kafka.Gzip, "snappy": kafka.Snappy, "lz4": kafka.Lz4, "zstd": kafka.Zstd,
	}
	for name, codec := range codecs {
		cases["kafka-go carries records with compression "+name] = func(ctx context.Context) error {
			return kafkaGoRecords(ctx, codec)
		}
	}
	cases["kafka-go consumes in a group and resumes where it committed"] = kafkaGoGroup
}

func kafkaGoTopic(ctx context.Context) (string, error) {
	connection, err := kafka.DialContext(ctx, "tcp", bootstrap)
	if err != nil {
		return "", err
	}
	defer connection.Close()
	topic := unique("topic")
	return topic, connection.CreateTopics(kafka.TopicConfig{Topic: topic, NumPartitions: 1, ReplicationFactor: 1})
}

func kafkaGoProduce(ctx context.Context, topic string, codec kafka.Compression, values ...string) error {
	// The default transport would know only the topics of earlier cases.
	transport := &kafka.Transport{}
	defer transport.CloseIdleConnections()
	writer := &kafka.Writer{
		Addr: kafka.TCP(bootstrap), Topic: topic, Compression: codec, BatchTimeout: 5 * time.Millisecond,
		RequiredAcks: kafka.RequireAll, Transport: transport,
	}
	defer writer.Close()
	messages := make([]kafka.Message, len(values))
	for n, value := range values {
		messages[n] = kafka.Message{Value: []byte(value), Headers: []kafka.Header{{Key: "a", Value: []byte("1")}}}
	}
	return writer.WriteMessages(ctx, messages...)
}

func kafkaGoRead(ctx context.Context, config kafka.ReaderConfig, count int) ([]string, error) {
	config.Brokers = []string{bootstrap}
	config.MaxWait = 100 * time.Millisecond
	config.StartOffset = kafka.FirstOffset
	reader := kafka.NewReader(config)
	defer reader.Close()
	var values []string
	for len(values) < count {
		// In a group this commits as well.
		message, err := reader.ReadMessage(ctx)
		if err != nil {
			return values, err
		}
		if err := equal(string(message.Headers[0].Value), "1"); err != nil {
			return values, err
		}
		values = append(values, string(message.Value))
	}
	return values, nil
}

func kafkaGoRecords(ctx context.Context, codec kafka.Compression) error {
	topic, err := kafkaGoTopic(ctx)
	if err != nil {
		return err
	}
	values := wines(100)
	if err := kafkaGoProduce(ctx, topic, codec, values...); err != nil {
		return err
	}
	read, err := kafkaGoRead(ctx, kafka.ReaderConfig{Topic: topic}, len(values))
	if err != nil {
		return err
	}
	return equal(read, values)
}

func kafkaGoGroup(ctx context.Context) error {
	topic, err := kafkaGoTopic(ctx)
	if err != nil {
		return err
	}
	group := unique("group")
	for _, values := range [][]string{{"a", "b"}, {"news"}} {
		if err := kafkaGoProduce(ctx, topic, 0, values...); err != nil {
			return err
		}
		read, err := kafkaGoRead(ctx, kafka.ReaderConfig{Topic: topic, GroupID: group}, len(values))
		if err != nil {
			return err
		}
		if err := equal(read, values); err != nil {
			return err
		}
	}
	return nil
}
