"""kafka-python, a client in Python alone: each case is one thing that people do with it."""

import kafka_python_group_cases  # noqa: F401 (registers its cases)
from case_server import case, equal, patiently, raises, serve
from kafka import TopicPartition
from kafka.admin import (
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ConfigResource,
    ConfigResourceType,
    NewTopic,
    OffsetSpec,
    OffsetTimestamp,
    ResourcePatternFilter,
    ResourceType,
)
from kafka.errors import (
    MessageSizeTooLargeError,
    SecurityDisabledError,
    TopicAlreadyExistsError,
    UnknownTopicOrPartitionError,
)
from kafka_python_clients import admin, consumer_of, new_topic, produce, producer_of, read, read_all


@case("creates, describes and deletes topics")
def topics():
    topic = new_topic(3, {"cleanup.policy": "compact"})
    (described,) = admin.describe_topics([topic])
    equal([partition["leader_id"] for partition in described["partitions"]], [1, 1, 1])
    equal(topic in admin.list_topics(), True)
    raises(TopicAlreadyExistsError, lambda: admin.create_topics([NewTopic(topic, 1, 1)]))
    admin.create_partitions({topic: 5})
    patiently(lambda: len(admin.describe_topics([topic])[0]["partitions"]) == 5, "five partitions")
    admin.delete_topics([topic])
    patiently(lambda: topic not in admin.list_topics(), "the end of the topic")
    raises(UnknownTopicOrPartitionError, lambda: admin.delete_topics([topic]))


@case("changes, describes and resets configs of a topic one by one")
def configs():
    topic = new_topic(1, {"cleanup.policy": "compact"})

    def resource(configs=None):
        return ConfigResource(ConfigResourceType.TOPIC, topic, configs)

    def modified():
        described = admin.describe_configs([resource()], config_filter="modified")["topic"][topic]
        return {name: config["value"] for name, config in described.items()}

    admin.alter_configs([resource({"retention.ms": "60000"})])
    patiently(lambda: modified() == {"cleanup.policy": "compact", "retention.ms": "60000"}, "both configs")
    admin.alter_configs([resource({"retention.ms": "1"})], validate_only=True)
    equal(modified()["retention.ms"], "60000")
    admin.reset_configs([resource(["retention.ms"])])
    patiently(lambda: modified() == {"cleanup.policy": "compact"}, "the config's default")
    everything = admin.describe_configs([resource()], config_filter="all")["topic"][topic]
    equal(everything["retention.ms"]["value"], "604800000")


@case("describes the cluster, the broker and its log folders")
def cluster():
    topic = new_topic()
    produce(topic, [b"x" * 100])
    described = admin.describe_cluster()
    equal([broker["broker_id"] for broker in described["brokers"]], [1])
    equal(described["controller_id"], 1)
    (broker,) = admin.describe_log_dirs()
    (folder,) = broker["log_dirs"]
    sizes = {one["name"]: one["partitions"][0]["partition_size"] for one in folder["topics"]}
    equal(sizes[topic] > 100, True)


@case("carries records with compression none", None)
@case("carries records with compression gzip", "gzip")
@case("carries records with compression snappy", "snappy")
@case("carries records with compression lz4", "lz4")
@case("carries records with compression zstd", "zstd")
def records(codec):
    topic = new_topic()
    headers = [("a", b"1"), ("a", b"2"), ("empty", b"")]
    start = 1_700_000_000_000
    with producer_of(compression_type=codec, linger_ms=5) as producer:
        sent = [
            producer.send(topic, b"wine %d" % n * 20, key=b"key %d" % n, headers=headers, timestamp_ms=start + n)
            for n in range(100)
        ]
        sent.append(producer.send(topic, None, key=b"tombstone"))
        sent.append(producer.send(topic, b"", key=None))
        equal([one.get(10).offset for one in sent], list(range(102)))

    consumer = consumer_of(check_crcs=True)
    consumer.assign([TopicPartition(topic, 0)])
    read_back = read(consumer, 102)
    equal([record.value for record in read_back[:100]], [b"wine %d" % n * 20 for n in range(100)])
    equal([record.key for record in read_back[:100]], [b"key %d" % n for n in range(100)])
    equal([record.timestamp for record in read_back[:100]], [start + n for n in range(100)])
    equal(list(read_back[0].headers), headers)
    equal((read_back[100].key, read_back[100].value), (b"tombstone", None))
    equal((read_back[101].key, read_back[101].value), (None, b""))
    (halfway,) = consumer.offsets_for_times({TopicPartition(topic, 0): start + 50}).values()
    equal((halfway.offset, halfway.timestamp), (50, start + 50))
    consumer.close()


@case("finds offsets by time, and the newest record")
def times():
    topic = new_topic()
    partition = TopicPartition(topic, 0)
    with producer_of() as producer:
        for time_ms in (1000, 3000, 2000):
            producer.send(topic, b"x", timestamp_ms=time_ms).get(10)
    consumer = consumer_of()
    found = consumer.offsets_for_times({partition: 1500})[partition]
    equal((found.offset, found.timestamp), (1, 3000))
    equal(consumer.offsets_for_times({partition: 5000})[partition], None)
    equal(consumer.beginning_offsets([partition]), {partition: 0})
    equal(consumer.end_offsets([partition]), {partition: 3})
    consumer.close()

    def listed(spec):
        return admin.list_partition_offsets({partition: spec})[partition].offset

    equal(listed(OffsetSpec.EARLIEST), 0)
    equal(listed(OffsetSpec.LATEST), 3)
    equal(listed(OffsetSpec.MAX_TIMESTAMP), 1)
    equal(listed(OffsetTimestamp(1001)), 1)


@case("produces in order and once with an idempotent producer")
def idempotent():
    topic = new_topic()
    values = [b"%d" % n for n in range(1000)]
    with producer_of(enable_idempotence=True, batch_size=200) as producer:
        for sent in [producer.send(topic, value) for value in values]:
            sent.get(10)
    equal(read_all(topic), values)


@case("deletes records, and starts again at the first that is left")
def deletion():
    topic = new_topic()
    partition = TopicPartition(topic, 0)
    produce(topic, [b"a", b"b", b"c"])
    equal(admin.delete_records({partition: 2})[partition]["low_watermark"], 2)
    consumer = consumer_of()
    consumer.assign([partition])
    consumer.seek(partition, 0)
    equal([record.value for record in read(consumer, 1)], [b"c"])
    consumer.close()


@case("hears that a message is too large")
def too_large():
    topic = new_topic(1, {"max.message.bytes": "1000"})
    with producer_of() as producer:
        raises(MessageSizeTooLargeError, lambda: producer.send(topic, b"x" * 2000).get(10))


@case("hears that there are no ACLs")
def acls():
    anything = ACLFilter(
        None,
        None,
        ACLOperation.ANY,
        ACLPermissionType.ANY,
        ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY),
    )
    raises(SecurityDisabledError, lambda: admin.describe_acls(anything))


serve()
