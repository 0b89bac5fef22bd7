"""aiokafka, the asyncio client in Python alone: each case is one thing that people do with it."""

import asyncio
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import MessageSizeTooLargeError, ProducerFenced, TopicAlreadyExistsError
from case_server import bootstrap, case, equal, serve, unique


@asynccontextmanager
async def admin_of():
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


async def new_topic(partitions=1, config=None):
    topic = unique("topic")
    async with admin_of() as admin:
        await admin.create_topics([NewTopic(topic, partitions, 1, topic_configs=config)])
    return topic


def producer_of(**config):
    return AIOKafkaProducer(bootstrap_servers=bootstrap, retry_backoff_ms=20, **config)


async def produce(topic, values):
    async with producer_of() as producer:
        for value in values:
            await producer.send_and_wait(topic, value)


def consumer_of(*topics, **config):
    defaults = {
        "bootstrap_servers": bootstrap,
        "auto_offset_reset": "earliest",
        "enable_auto_commit": False,
        "fetch_max_wait_ms": 50,
        "heartbeat_interval_ms": 100,
        "retry_backoff_ms": 20,
    }
    return AIOKafkaConsumer(*topics, **(defaults | config))


async def read(consumer, count):
    return [await asyncio.wait_for(consumer.getone(), 10) for _ in range(count)]


async def until(condition, what, seconds=15):
    """Waits for a condition that the client's own tasks bring about."""
    for _ in range(seconds * 50):
        if condition():
            return
        await asyncio.sleep(0.02)
    raise AssertionError(f"waited {seconds} s in vain for {what}")


async def raises(kind, work):
    try:
        await work
    except kind as error:
        return error
    raise AssertionError(f"no {kind.__name__} was raised")


@case("creates, describes and deletes topics")
async def topics():
    topic = await new_topic(3, {"cleanup.policy": "compact"})
    async with admin_of() as admin:
        (described,) = await admin.describe_topics([topic])
        equal([partition["leader"] for partition in described["partitions"]], [1, 1, 1])
        again = await admin.create_topics([NewTopic(topic, 1, 1)])
        equal(again.topic_errors[0][1], TopicAlreadyExistsError.errno)
        await admin.create_partitions({topic: NewPartitions(5)})
        resource = ConfigResource(ConfigResourceType.TOPIC, topic)
        ((answer,),) = [response.resources for response in await admin.describe_configs([resource])]
        equal({config[0]: config[1] for config in answer[4]}["cleanup.policy"], "compact")
        await admin.delete_topics([topic])
        for _ in range(100):
            if topic not in await admin.list_topics():
                return
        raise AssertionError("the topic is still there")


@case("carries records with compression none", None)
@case("carries records with compression gzip", "gzip")
@case("carries records with compression snappy", "snappy")
@case("carries records with compression lz4", "lz4")
@case("carries records with compression zstd", "zstd")
async def records(codec):
    topic = await new_topic()
    headers = [("a", b"1"), ("a", b"2"), ("empty", b"")]
    start = 1_700_000_000_000
    async with producer_of(compression_type=codec, linger_ms=5) as producer:
        sent = [
            await producer.send(topic, b"wine %d" % n * 20, key=b"key %d" % n, headers=headers, timestamp_ms=start + n)
            for n in range(100)
        ]
        sent.append(await producer.send(topic, None, key=b"tombstone"))
        sent.append(await producer.send(topic, b"", key=None))
        equal([(await one).offset for one in sent], list(range(102)))

    async with consumer_of(topic, check_crcs=True) as consumer:
        read_back = await read(consumer, 102)
        (halfway,) = (await consumer.offsets_for_times({TopicPartition(topic, 0): start + 50})).values()
    equal([record.value for record in read_back[:100]], [b"wine %d" % n * 20 for n in range(100)])
    equal([record.key for record in read_back[:100]], [b"key %d" % n for n in range(100)])
    equal([record.timestamp for record in read_back[:100]], [start + n for n in range(100)])
    equal(list(read_back[0].headers), headers)
    equal((read_back[100].key, read_back[100].value), (b"tombstone", None))
    equal((read_back[101].key, read_back[101].value), (None, b""))
    equal((halfway.offset, halfway.timestamp), (50, start + 50))


@case("shares partitions between two members and resumes where they committed")
async def group():
    topic = await new_topic(4)
    name = unique("group")
    first, second = consumer_of(topic, group_id=name), consumer_of(topic, group_id=name)
    await first.start()
    await until(lambda: len(first.assignment()) == 4, "the first member's partitions")
    await second.start()
    await until(lambda: (len(first.assignment()), len(second.assignment())) == (2, 2), "two partitions for each member")
    async with producer_of() as producer:
        for n in range(8):
            await producer.send_and_wait(topic, b"%d" % n, partition=n % 4)
    values = {record.value for record in await read(first, 4) + await read(second, 4)}
    equal(values, {b"%d" % n for n in range(8)})
    await first.commit()
    await second.commit()
    await first.stop()
    await until(lambda: len(second.assignment()) == 4, "all partitions for who is left")
    await second.stop()

    await produce(topic, [b"news"])
    async with consumer_of(topic, group_id=name) as third:
        equal([record.value for record in await read(third, 1)], [b"news"])


@case("lists and describes groups, and their offsets")
async def groups():
    topic = await new_topic()
    name = unique("group")
    await produce(topic, [b"a", b"b"])
    async with admin_of() as admin, consumer_of(topic, group_id=name) as consumer:
        await read(consumer, 2)
        await consumer.commit()
        equal((name, "consumer") in await admin.list_consumer_groups(), True)
        (described,) = await admin.describe_consumer_groups([name])
        equal(described.groups[0][2], "Stable")
        offsets = await admin.list_consumer_group_offsets(name)
        equal({partition: offset.offset for partition, offset in offsets.items()}, {TopicPartition(topic, 0): 2})


@case("finds offsets by time")
async def times():
    topic = await new_topic()
    partition = TopicPartition(topic, 0)
    async with producer_of() as producer:
        for time_ms in (1000, 3000, 2000):
            await producer.send_and_wait(topic, b"x", timestamp_ms=time_ms)
    async with consumer_of(topic) as consumer:
        found = (await consumer.offsets_for_times({partition: 1500}))[partition]
        equal((found.offset, found.timestamp), (1, 3000))
        equal(await consumer.offsets_for_times({partition: 5000}), {partition: None})
        equal(await consumer.beginning_offsets([partition]), {partition: 0})
        equal(await consumer.end_offsets([partition]), {partition: 3})


@case("produces in order and once with an idempotent producer")
async def idempotent():
    topic = await new_topic()
    values = [b"%d" % n for n in range(1000)]
    async with producer_of(enable_idempotence=True, max_batch_size=200) as producer:
        await asyncio.gather(*[await producer.send(topic, value) for value in values])
    async with consumer_of(topic) as consumer:
        equal([record.value for record in await read(consumer, 1000)], values)


@case("moves records and offsets in transactions, and hides aborted ones")
async def transactions():
    source, target = await new_topic(), await new_topic()
    partition = TopicPartition(source, 0)
    name = unique("group")
    await produce(source, [b"a", b"b", b"c"])
    async with (
        consumer_of(source, group_id=name) as consumer,
        producer_of(transactional_id=unique("tx")) as producer,
    ):
        for end, committed in ((producer.abort_transaction, None), (producer.commit_transaction, 3)):
            read_back = await read(consumer, 3)
            await producer.begin_transaction()
            for record in read_back:
                await producer.send_and_wait(target, record.value + end.__name__[:1].encode())
            await producer.send_offsets_to_transaction({partition: await consumer.position(partition)}, name)
            await end()
            # Apache Kafka answers before the offsets are there.
            for _ in range(100):
                if await consumer.committed(partition) == committed:
                    break
            else:
                raise AssertionError(f"the committed offset never was {committed}")
            consumer.seek(partition, 0)

    async with consumer_of(target, isolation_level="read_committed") as committed:
        equal([record.value for record in await read(committed, 3)], [b"ac", b"bc", b"cc"])
    async with consumer_of(target) as everything:
        equal([record.value for record in await read(everything, 6)], [b"aa", b"ba", b"ca", b"ac", b"bc", b"cc"])


@case("fences a producer when another takes its transactional id")
async def fencing():
    topic = await new_topic()
    name = unique("tx")
    zombie = producer_of(transactional_id=name)
    await zombie.start()
    await zombie.begin_transaction()
    await zombie.send_and_wait(topic, b"zombie")
    async with producer_of(transactional_id=name) as heir:
        async with heir.transaction():
            await heir.send_and_wait(topic, b"heir")
        await raises(ProducerFenced, zombie.commit_transaction())
    await zombie.stop()
    async with consumer_of(topic, isolation_level="read_committed") as consumer:
        equal([record.value for record in await read(consumer, 1)], [b"heir"])


@case("deletes records, and starts again at the first that is left")
async def deletion():
    topic = await new_topic()
    partition = TopicPartition(topic, 0)
    await produce(topic, [b"a", b"b", b"c"])
    async with admin_of() as admin:
        equal(await admin.delete_records({partition: RecordsToDelete(before_offset=2)}), {partition: 2})
    async with consumer_of(topic) as consumer:
        consumer.seek(partition, 0)
        equal([record.value for record in await read(consumer, 1)], [b"c"])


@case("hears that a message is too large")
async def too_large():
    topic = await new_topic(1, {"max.message.bytes": "1000"})
    async with producer_of() as producer:
        await raises(MessageSizeTooLargeError, producer.send_and_wait(topic, b"x" * 2000))


serve()
