package clients;

import static clients.CaseServer.equal;
import static clients.CaseServer.raises;
import static clients.CaseServer.register;
import static clients.CaseServer.unique;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.InvalidRecordException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.internals.RecordHeaders;

/** The producer, and the consumer without a group. */
final class RecordCases {
    private RecordCases() {}

    static void registerAll() {
        for (var codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            register("carries records with compression " + codec, () -> records(codec));
        }
        register("produces in order and once with an idempotent producer", RecordCases::idempotent);
        register("takes the broker's time where the topic says so", RecordCases::appendTime);
        register("hears that a compacted topic needs keys, whatever the compression", RecordCases::keys);
        register("pauses, resumes and seeks", RecordCases::positions);
        register("hears that a message is too large", RecordCases::tooLarge);
        register("hears that a topic does not exist", RecordCases::unknownTopic);
    }

    private static void records(String codec) throws Exception {
        var topic = Clients.newTopic();
        var start = 1_700_000_000_000L;
        var headers = new RecordHeaders()
            .add("a", "1".getBytes()).add("a", "2".getBytes()).add("null", null).add("empty", new byte[0]);
        try (var producer = Clients.producer(Map.of("compression.type", codec, "linger.ms", 5))) {
            var sent = IntStream.range(0, 100)
                .mapToObj(n -> producer.send(new ProducerRecord<>(topic, 0, start + n, "key " + n, wine(n), headers)))
                .toList();
            producer.send(new ProducerRecord<>(topic, "tombstone", null));
            producer.send(new ProducerRecord<>(topic, null, "")).get();
            for (var n = 0; n < 100; n++) equal(sent.get(n).get().offset(), (long) n);
        }
        try (var consumer = Clients.consumer(Map.of("check.crcs", true))) {
            consumer.assign(List.of(new TopicPartition(topic, 0)));
            var records = Clients.read(consumer, 102);
            for (var n = 0; n < 100; n++) {
                var record = records.get(n);
                equal(record.offset(), (long) n);
                equal(record.timestamp(), start + n);
                equal(record.key(), "key " + n);
                equal(record.value(), wine(n));
                equal(record.headers(), headers);
            }
            equal(records.get(100).key(), "tombstone");
            equal(records.get(100).value(), null);
            equal(records.get(101).key(), null);
            equal(records.get(101).value(), "");
            var partition = new TopicPartition(topic, 0);
            equal(consumer.offsetsForTimes(Map.of(partition, start + 50)).get(partition).offset(), 50L);
        }
    }

    private static String wine(int n) {
        return ("wine " + n).repeat(20);
    }

    private static void idempotent() throws Exception {
        var topic = Clients.newTopic();
        var values = IntStream.range(0, 2000).mapToObj(Integer::toString).toList();
        try (var producer = Clients.producer(Map.of("enable.idempotence", true, "batch.size", 200))) {
            Clients.send(producer, topic, values);
        }
        equal(Clients.readAll(topic, "read_uncommitted"), values);
    }

    private static void appendTime() throws Exception {
        var topic = Clients.newTopic(1, Map.of("message.timestamp.type", "LogAppendTime"));
        var before = System.currentTimeMillis();
        try (var producer = Clients.producer(Map.of("compression.type", "lz4"));
                var consumer = Clients.consumer(Map.of())) {
            var written = producer.send(new ProducerRecord<>(topic, 0, 1000L, "key", "value")).get();
            equal(written.timestamp() >= before, true);
            consumer.assign(List.of(new TopicPartition(topic, 0)));
            var record = Clients.read(consumer, 1).get(0);
            equal(record.timestamp(), written.timestamp());
            equal(record.timestampType().name, "LogAppendTime");
        }
    }

    private static void keys() throws Exception {
        var topic = Clients.newTopic(1, Map.of("cleanup.policy", "compact"));
        for (var codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
            try (var producer = Clients.producer(Map.of("compression.type", codec))) {
                producer.send(new ProducerRecord<>(topic, "key", "value")).get();
                raises(InvalidRecordException.class, () -> producer.send(new ProducerRecord<>(topic, "value")).get());
            }
        }
    }

    private static void positions() throws Exception {
        var topic = Clients.newTopic(2, Map.of());
        var first = new TopicPartition(topic, 0);
        var second = new TopicPartition(topic, 1);
        try (var producer = Clients.producer(Map.of()); var consumer = Clients.consumer(Map.of())) {
            for (var n : List.of(0, 1)) producer.send(new ProducerRecord<>(topic, n, "key", "value")).get();
            consumer.assign(List.of(first, second));
            Clients.read(consumer, 2);
            consumer.pause(List.of(first));
            consumer.seek(first, 0);
            consumer.seek(second, 0);
            equal(Clients.read(consumer, 1).get(0).partition(), 1);
            equal(consumer.poll(Duration.ofMillis(100)).isEmpty(), true);
            consumer.resume(List.of(first));
            equal(Clients.read(consumer, 1).get(0).partition(), 0);
            consumer.seekToEnd(List.of(first));
            equal(consumer.position(first), 1L);
            consumer.unsubscribe();
            // A pattern is matched by the client, against all topics.
            var byPattern = Clients.consumer(Map.of("group.id", unique("group")));
            byPattern.subscribe(Pattern.compile(topic.substring(0, topic.length() - 1) + "."));
            equal(Clients.read(byPattern, 2).size(), 2);
            byPattern.close();
        }
    }

    private static void tooLarge() throws Exception {
        var topic = Clients.newTopic(1, Map.of("max.message.bytes", "1000"));
        try (var producer = Clients.producer(Map.of())) {
            raises(RecordTooLargeException.class,
                () -> producer.send(new ProducerRecord<>(topic, "x".repeat(2000))).get());
        }
    }

    private static void unknownTopic() throws Exception {
        try (var producer = Clients.producer(Map.of("max.block.ms", 300))) {
            var error = raises(TimeoutException.class,
                () -> producer.send(new ProducerRecord<>(unique("nowhere"), "value")).get());
            equal(error.getMessage().contains("not present in metadata"), true);
        }
    }
}
