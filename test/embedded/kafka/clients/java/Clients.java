package clients;

import static clients.CaseServer.unique;
import static clients.CaseServer.until;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Clients of strings that are quick to try again, and what the cases do with them again and again. */
final class Clients {
    private Clients() {}

    static Admin admin() {
        return Admin.create(properties(Map.of()));
    }

    static KafkaProducer<String, String> producer(Map<String, Object> config) {
        return new KafkaProducer<>(properties(config), new StringSerializer(), new StringSerializer());
    }

    /** A consumer that starts at the earliest record and commits when it is told to. */
    static KafkaConsumer<String, String> consumer(Map<String, Object> config) {
        var all = properties(Map.of(
            "auto.offset.reset", "earliest",
            "enable.auto.commit", false,
            "heartbeat.interval.ms", 100,
            "fetch.max.wait.ms", 50));
        all.putAll(config);
        return new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer());
    }

    static String newTopic(int partitions, Map<String, String> config) throws Exception {
        var topic = unique("topic");
        try (var admin = admin()) {
            admin.createTopics(List.of(new NewTopic(topic, partitions, (short) 1).configs(config))).all().get();
        }
        return topic;
    }

    static String newTopic() throws Exception {
        return newTopic(1, Map.of());
    }

    static void produce(String topic, String... values) throws Exception {
        try (var producer = producer(Map.of())) {
            for (var value : values) producer.send(new ProducerRecord<>(topic, value)).get();
        }
    }

    /** Sends all at once and waits for all. */
    static List<RecordMetadata> send(KafkaProducer<String, String> producer, String topic, List<String> values)
            throws Exception {
        var sent = values.stream().map(value -> producer.send(new ProducerRecord<>(topic, value))).toList();
        var written = new ArrayList<RecordMetadata>();
        for (var one : sent) written.add(one.get());
        return written;
    }

    static List<ConsumerRecord<String, String>> read(KafkaConsumer<String, String> consumer, int count)
            throws Exception {
        var records = new ArrayList<ConsumerRecord<String, String>>();
        until(count + " records", () -> {
            consumer.poll(Duration.ofMillis(50)).forEach(records::add);
            return records.size() >= count;
        });
        return records;
    }

    /** The values of the whole of a topic's first partition, as far as the consumer may see it. */
    static List<String> readAll(String topic, String isolationLevel) throws Exception {
        var partition = new TopicPartition(topic, 0);
        try (var consumer = consumer(Map.of("isolation.level", isolationLevel))) {
            consumer.assign(List.of(partition));
            long end = consumer.endOffsets(List.of(partition)).get(partition);
            var values = new ArrayList<String>();
            until("the end of the partition", () -> {
                consumer.poll(Duration.ofMillis(50)).forEach(record -> values.add(record.value()));
                return consumer.position(partition) >= end;
            });
            return values;
        }
    }

    static Properties properties(Map<String, Object> config) {
        var properties = new Properties();
        properties.put("bootstrap.servers", CaseServer.bootstrap);
        properties.put("retry.backoff.ms", 10);
        properties.put("reconnect.backoff.ms", 10);
        properties.putAll(config);
        return properties;
    }
}
