"""confluent-kafka, which is librdkafka: each case is one thing that people do with it."""

import confluent_group_cases  # noqa: F401 (registers its cases)
from case_server import case, equal, patiently, raises, serve, unique, until
from confluent_clients import admin, consumer_of, new_topic, produce, producer_of, read, read_all, result
from confluent_kafka import (
    KafkaError,
    KafkaException,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import (
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourcePatternType,
    ResourceType,
)


@case("creates, describes and deletes topics")
def topics():
    topic = new_topic(3, {"cleanup.policy": "compact"})
    description = result(admin.describe_topics(TopicCollection([topic])))
    equal([partition.leader.id for partition in description.partitions], [1, 1, 1])
    equal(topic in admin.list_topics(timeout=10).topics, True)
    again = raises(KafkaException, lambda: result(admin.create_topics([NewTopic(topic, 1, 1)])))
    equal(again.args[0].code(), KafkaError.TOPIC_ALREADY_EXISTS)
    result(admin.create_partitions([NewPartitions(topic, 5)]))
    patiently(lambda: len(admin.list_topics(topic, timeout=10).topics[topic].partitions) == 5, "five partitions")
    result(admin.delete_topics([topic]))
    gone = raises(KafkaException, lambda: result(admin.describe_topics(TopicCollection([topic]))))
    equal(gone.args[0].code(), KafkaError.UNKNOWN_TOPIC_OR_PART)


@case("changes one config of a topic and leaves the others")
def configs():
    topic = new_topic(1, {"cleanup.policy": "compact"})
    resource = ConfigResource(
        ConfigResource.Type.TOPIC,
        topic,
        incremental_configs=[ConfigEntry("retention.ms", "60000", incremental_operation=AlterConfigOpType.SET)],
    )
    result(admin.incremental_alter_configs([resource]))
    described = result(admin.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, topic)]))
    equal(described["retention.ms"].value, "60000")
    equal(described["cleanup.policy"].value, "compact")
    equal(described["retention.ms"].is_default, False)
    equal(described["segment.bytes"].is_default, True)
    wrong = ConfigResource(
        ConfigResource.Type.TOPIC,
        topic,
        incremental_configs=[ConfigEntry("no.such", "1", incremental_operation=AlterConfigOpType.SET)],
    )
    refused = raises(KafkaException, lambda: result(admin.incremental_alter_configs([wrong])))
    equal(refused.args[0].code(), KafkaError.INVALID_CONFIG)


@case("describes the cluster and the broker")
def cluster():
    described = admin.describe_cluster().result(10)
    equal([node.id for node in described.nodes], [1])
    equal(described.controller.id, 1)
    equal(bool(described.cluster_id), True)
    broker = result(admin.describe_configs([ConfigResource(ConfigResource.Type.BROKER, "1")]))
    equal(broker["num.partitions"].value, "1")


@case("carries records with compression none", "none")
@case("carries records with compression gzip", "gzip")
@case("carries records with compression snappy", "snappy")
@case("carries records with compression lz4", "lz4")
@case("carries records with compression zstd", "zstd")
def records(codec):
    topic = new_topic()
    producer = producer_of(**{"compression.type": codec})
    headers = [("a", b"1"), ("a", b"2"), ("null", None), ("empty", b"")]
    start = 1_700_000_000_000
    for n in range(100):
        producer.produce(topic, f"wine {n}" * 20, key=f"key {n}", headers=headers, timestamp=start + n)
    producer.produce(topic, None, key="tombstone")
    producer.produce(topic, b"", key=None)
    equal(producer.flush(10), 0)

    consumer = consumer_of(**{"check.crcs": True})
    consumer.subscribe([topic])
    messages = read(consumer, 102)
    equal([message.offset() for message in messages], list(range(102)))
    equal([message.value().decode() for message in messages[:100]], [f"wine {n}" * 20 for n in range(100)])
    equal([message.key().decode() for message in messages[:100]], [f"key {n}" for n in range(100)])
    equal([message.timestamp()[1] for message in messages[:100]], [start + n for n in range(100)])
    equal(messages[0].headers(), headers)
    equal((messages[100].key(), messages[100].value()), (b"tombstone", None))
    equal((messages[101].key(), messages[101].value()), (None, b""))
    (halfway,) = consumer.offsets_for_times([TopicPartition(topic, 0, start + 50)], timeout=10)
    equal(halfway.offset, 50)
    consumer.close()


@case("finds offsets by time, and the newest record")
def times():
    topic = new_topic()
    producer = producer_of()
    for time_ms in (1000, 3000, 2000):
        producer.produce(topic, b"x", timestamp=time_ms)
        producer.flush(10)
    consumer = consumer_of()
    (found,) = consumer.offsets_for_times([TopicPartition(topic, 0, 1500)], timeout=10)
    equal(found.offset, 1)
    (none,) = consumer.offsets_for_times([TopicPartition(topic, 0, 5000)], timeout=10)
    equal(none.offset, -1)
    equal(consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout=10), (0, 3))
    consumer.close()

    def listed(spec):
        return result(admin.list_offsets({TopicPartition(topic, 0): spec})).offset

    equal(listed(OffsetSpec.earliest()), 0)
    equal(listed(OffsetSpec.latest()), 3)
    equal(listed(OffsetSpec.max_timestamp()), 1)
    equal(listed(OffsetSpec.for_timestamp(1001)), 1)


@case("produces in order and once with an idempotent producer")
def idempotent():
    topic = new_topic()
    values = [str(n).encode() for n in range(2000)]
    config = {"enable.idempotence": True, "batch.num.messages": 10, "linger.ms": 0}
    produce(topic, values, producer_of(**config))
    equal(read_all(topic), values)


@case("deletes records, and starts again at the first that is left")
def deletion():
    topic = new_topic()
    produce(topic, [b"a", b"b", b"c"])
    deleted = result(admin.delete_records([TopicPartition(topic, 0, 2)]))
    equal(deleted.low_watermark, 2)
    consumer = consumer_of()
    consumer.assign([TopicPartition(topic, 0, 0)])
    equal([message.value() for message in read(consumer, 1)], [b"c"])
    consumer.close()


@case("hears that a message is too large")
def too_large():
    topic = new_topic(1, {"max.message.bytes": "1000"})
    producer = producer_of()
    errors = []
    producer.produce(topic, b"x" * 2000, on_delivery=lambda error, _message: errors.append(error.code()))
    producer.flush(10)
    equal(errors, [KafkaError.MSG_SIZE_TOO_LARGE])


@case("hears that a topic does not exist")
def unknown_topic():
    consumer = consumer_of(**{"topic.metadata.refresh.interval.ms": 100, "allow.auto.create.topics": False})
    consumer.subscribe([unique("nowhere")])
    message = until(lambda: consumer.poll(0.1), "an error")
    equal(message.error().code(), KafkaError.UNKNOWN_TOPIC_OR_PART)
    consumer.close()


@case("sees no ACLs")
def acls():
    anything = AclBindingFilter(
        ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY
    )
    equal(admin.describe_acls(anything).result(10), [])


serve()
