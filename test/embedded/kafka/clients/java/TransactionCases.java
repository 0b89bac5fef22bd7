package clients;

import static clients.CaseServer.equal;
import static clients.CaseServer.raises;
import static clients.CaseServer.register;
import static clients.CaseServer.unique;
import static clients.CaseServer.until;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InvalidProducerEpochException;
import org.apache.kafka.common.errors.ProducerFencedException;

/** The transactional producer, its admin, and consumers that read what is committed. */
final class TransactionCases {
    private TransactionCases() {}

    static void registerAll() {
        register("moves records and offsets in transactions, and hides aborted ones", TransactionCases::transactions);
        register("fences a producer when another takes its transactional id", TransactionCases::fencing);
        register("refuses a transaction's offsets from a member that is none", TransactionCases::strangers);
        register("lists and describes transactions and their producers, and fences them", TransactionCases::described);
        register("writes many transactions one after another", TransactionCases::many);
    }

    private static KafkaProducer<String, String> producer(String id) {
        var producer = Clients.producer(Map.of("transactional.id", id));
        producer.initTransactions();
        return producer;
    }

    private static void transactions() throws Exception {
        var source = new TopicPartition(Clients.newTopic(), 0);
        var target = Clients.newTopic();
        Clients.produce(source.topic(), "a", "b", "c");
        try (var producer = producer(unique("tx"));
                var consumer = Clients.consumer(Map.of("group.id", unique("group")))) {
            consumer.subscribe(List.of(source.topic()));
            for (var commit : List.of(false, true)) {
                var records = Clients.read(consumer, 3);
                producer.beginTransaction();
                for (var record : records) {
                    producer.send(new ProducerRecord<>(target, record.value() + (commit ? "c" : "a")));
                }
                producer.flush();
                var offsets = Map.of(source, new OffsetAndMetadata(consumer.position(source)));
                producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
                if (commit) producer.commitTransaction();
                else producer.abortTransaction();
                var committed = consumer.committed(Set.of(source)).get(source);
                equal(committed == null ? null : committed.offset(), commit ? 3L : null);
                consumer.seek(source, 0);
            }
        }
        equal(Clients.readAll(target, "read_committed"), List.of("ac", "bc", "cc"));
        equal(Clients.readAll(target, "read_uncommitted"), List.of("aa", "ba", "ca", "ac", "bc", "cc"));
    }

    private static void fencing() throws Exception {
        var topic = Clients.newTopic();
        var id = unique("tx");
        try (var zombie = producer(id)) {
            zombie.beginTransaction();
            zombie.send(new ProducerRecord<>(topic, "zombie")).get();
            try (var heir = producer(id)) {
                raises(InvalidProducerEpochException.class,
                    () -> zombie.send(new ProducerRecord<>(topic, "zombie again")).get());
                heir.beginTransaction();
                heir.send(new ProducerRecord<>(topic, "heir")).get();
                heir.commitTransaction();
            }
        }
        try (var zombie = producer(id)) {
            zombie.beginTransaction();
            zombie.send(new ProducerRecord<>(topic, "zombie")).get();
            producer(id).close();
            raises(ProducerFencedException.class, zombie::commitTransaction);
        }
        equal(Clients.readAll(topic, "read_committed"), List.of("heir"));
    }

    private static void strangers() throws Exception {
        var partition = new TopicPartition(Clients.newTopic(), 0);
        var group = unique("group");
        Clients.produce(partition.topic(), "a");
        try (var producer = producer(unique("tx")); var consumer = Clients.consumer(Map.of("group.id", group))) {
            consumer.subscribe(List.of(partition.topic()));
            Clients.read(consumer, 1);
            var metadata = consumer.groupMetadata();
            var stale = new ConsumerGroupMetadata(
                group, metadata.generationId() - 1, metadata.memberId(), metadata.groupInstanceId());
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(partition.topic(), "b")).get();
            raises(CommitFailedException.class,
                () -> producer.sendOffsetsToTransaction(Map.of(partition, new OffsetAndMetadata(1)), stale));
            producer.abortTransaction();
            equal(consumer.committed(Set.of(partition)).get(partition), null);
        }
    }

    private static void described() throws Exception {
        var partition = new TopicPartition(Clients.newTopic(), 0);
        var id = unique("tx");
        try (var producer = producer(id); var admin = Clients.admin()) {
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(partition.topic(), "open")).get();
            var listed = admin.listTransactions().all().get().stream()
                .filter(one -> one.transactionalId().equals(id)).findFirst().get();
            equal(listed.state(), TransactionState.ONGOING);
            var transaction = admin.describeTransactions(List.of(id)).all().get().get(id);
            equal(transaction.topicPartitions(), Set.of(partition));
            equal(transaction.producerId(), listed.producerId());
            var producers = admin.describeProducers(List.of(partition)).all().get().get(partition);
            var active = producers.activeProducers().get(0);
            equal(active.producerId(), listed.producerId());
            equal(active.currentTransactionStartOffset().getAsLong(), 0L);

            admin.fenceProducers(List.of(id)).all().get();
            raises(ProducerFencedException.class, producer::commitTransaction);
            until("the end of the transaction", () ->
                admin.describeTransactions(List.of(id)).all().get().get(id).state() == TransactionState.EMPTY);
        }
        equal(Clients.readAll(partition.topic(), "read_committed"), List.of());
    }

    private static void many() throws Exception {
        var topic = Clients.newTopic();
        try (var producer = producer(unique("tx"))) {
            for (var n = 0; n < 50; n++) {
                producer.beginTransaction();
                Clients.send(producer, topic, List.of("a" + n, "b" + n));
                producer.commitTransaction();
            }
        }
        equal(Clients.readAll(topic, "read_committed").size(), 100);
    }
}
