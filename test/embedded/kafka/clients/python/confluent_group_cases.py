"""confluent-kafka, which is librdkafka: groups and transactions."""

from case_server import bootstrap, case, equal, raises, unique, until
from confluent_clients import admin, consumer_of, new_topic, produce, producer_of, read, read_all, result
from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    TopicPartition,
)
from confluent_kafka.admin import OffsetSpec


@case("shares partitions between two members and resumes where they committed")
def group():
    topic = new_topic(4)
    name = unique("group")
    first, second = (consumer_of(name, **{"enable.auto.commit": False}) for _ in range(2))
    first.subscribe([topic])
    until(lambda: first.poll(0.05) or len(first.assignment()) == 4, "the first member's partitions")
    second.subscribe([topic])

    def shared():
        first.poll(0.05)
        second.poll(0.05)
        return (len(first.assignment()), len(second.assignment())) == (2, 2)

    until(shared, "two partitions for each member")
    producer = producer_of()
    for n in range(8):
        producer.produce(topic, str(n), partition=n % 4)
    producer.flush(10)
    values = {message.value() for message in read(first, 4) + read(second, 4)}
    equal(values, {str(n).encode() for n in range(8)})
    first.commit(asynchronous=False)
    second.commit(asynchronous=False)
    first.close()
    until(lambda: second.poll(0.05) or len(second.assignment()) == 4, "all partitions for who is left")
    second.close()

    produce(topic, ["news"])
    third = consumer_of(name)
    third.subscribe([topic])
    equal([message.value() for message in read(third, 1)], [b"news"])
    third.close()


@case("moves only what must move when a member joins a cooperative group")
def cooperative():
    topic = new_topic(4)
    name = unique("group")
    config = {"partition.assignment.strategy": "cooperative-sticky"}
    revoked = []
    first, second = consumer_of(name, **config), consumer_of(name, **config)
    first.subscribe([topic], on_revoke=lambda _consumer, partitions: revoked.extend(partitions))
    until(lambda: first.poll(0.05) or len(first.assignment()) == 4, "the first member's partitions")
    second.subscribe([topic])

    def shared():
        first.poll(0.05)
        second.poll(0.05)
        return (len(first.assignment()), len(second.assignment())) == (2, 2)

    until(shared, "two partitions for each member")
    equal({partition.partition for partition in revoked}, {one.partition for one in second.assignment()})
    first.close()
    second.close()


@case("keeps a static member's partitions while it is restarted")
def static():
    topic = new_topic(2)
    name = unique("group")
    rebalances = []

    def member(instance):
        consumer = consumer_of(name, **{"group.instance.id": instance, "session.timeout.ms": 30000})
        consumer.subscribe([topic], on_assign=lambda _consumer, partitions: rebalances.append((instance, partitions)))
        return consumer

    first, second = member("one"), member("two")

    def settled():
        first.poll(0.05)
        second.poll(0.05)
        return len(first.assignment()) == 1 and len(second.assignment()) == 1

    until(settled, "a partition for each member")
    mine = first.assignment()
    rebalances.clear()
    first.close()
    first = member("one")
    until(settled, "the restarted member's partition")
    equal(first.assignment(), mine)
    equal([instance for instance, _partitions in rebalances], ["one"])

    described = result(admin.describe_consumer_groups([name]))
    equal(sorted(one.group_instance_id for one in described.members), ["one", "two"])

    usurper = member("one")
    fenced = []

    def is_fenced():
        usurper.poll(0.05)
        message = first.poll(0.05)
        if message is not None and message.error():
            fenced.append(message.error().code())
        return fenced

    until(is_fenced, "the end of who had the instance id before")
    equal(fenced[0] in (KafkaError.FENCED_INSTANCE_ID, KafkaError._FATAL), True)
    usurper.close()
    second.close()


@case("moves records and offsets in transactions, and hides aborted ones")
def transactions():
    source, target = new_topic(), new_topic()
    produce(source, [b"a", b"b", b"c"])
    name = unique("group")
    consumer = consumer_of(name, **{"enable.auto.commit": False})
    consumer.subscribe([source])
    producer = producer_of(**{"transactional.id": unique("tx")})
    producer.init_transactions(10)

    for end in (producer.abort_transaction, producer.commit_transaction):
        messages = read(consumer, 3)
        producer.begin_transaction()
        for message in messages:
            producer.produce(target, message.value() + end.__name__[:1].encode())
        # What still waits in the producer when a transaction is aborted is never sent.
        equal(producer.flush(10), 0)
        positions = consumer.position(consumer.assignment())
        producer.send_offsets_to_transaction(positions, consumer.consumer_group_metadata(), 10)
        end(10)
        committed = consumer.committed([TopicPartition(source, 0)], timeout=10)[0].offset
        equal(committed, 3 if end == producer.commit_transaction else -1001)
        consumer.seek(TopicPartition(source, 0, 0))

    consumer.close()
    equal(read_all(target, **{"isolation.level": "read_committed"}), [b"ac", b"bc", b"cc"])
    equal(read_all(target, **{"isolation.level": "read_uncommitted"}), [b"aa", b"ba", b"ca", b"ac", b"bc", b"cc"])


@case("does not read past an open transaction when it reads committed")
def open_transaction():
    topic = new_topic()
    producer = producer_of(**{"transactional.id": unique("tx")})
    producer.init_transactions(10)
    producer.begin_transaction()
    producer.produce(topic, b"open")
    equal(producer.flush(10), 0)
    produce(topic, [b"behind"])

    def latest(isolation):
        request = {TopicPartition(topic, 0): OffsetSpec.latest()}
        return result(admin.list_offsets(request, isolation_level=isolation)).offset

    equal(read_all(topic, **{"isolation.level": "read_committed"}), [])
    equal(latest(IsolationLevel.READ_COMMITTED), 0)
    equal(latest(IsolationLevel.READ_UNCOMMITTED), 2)
    producer.commit_transaction(10)
    equal(read_all(topic, **{"isolation.level": "read_committed"}), [b"open", b"behind"])


@case("fences a producer when another takes its transactional id")
def fencing():
    topic = new_topic()
    config = {"transactional.id": unique("tx")}
    zombie, heir = producer_of(**config), producer_of(**config)
    zombie.init_transactions(10)
    zombie.begin_transaction()
    zombie.produce(topic, b"zombie")
    equal(zombie.flush(10), 0)
    heir.init_transactions(10)
    heir.begin_transaction()
    heir.produce(topic, b"heir")
    heir.commit_transaction(10)
    error = raises(KafkaException, lambda: zombie.commit_transaction(10)).args[0]
    equal((error.code(), error.fatal()), (KafkaError._FENCED, True))
    equal(read_all(topic, **{"isolation.level": "read_committed"}), [b"heir"])


@case("lists, describes and deletes groups, and moves their offsets")
def groups():
    topic = new_topic()
    produce(topic, [b"a", b"b"])
    name = unique("group")
    consumer = consumer_of(name)
    consumer.subscribe([topic])
    read(consumer, 2)
    consumer.commit(asynchronous=False)

    def listed():
        return {group.group_id: group.state.name for group in admin.list_consumer_groups().result(10).valid}

    equal(listed()[name], "STABLE")
    described = result(admin.describe_consumer_groups([name]))
    equal(described.partition_assignor, "range")
    equal([str(one.topic) for one in described.members[0].assignment.topic_partitions], [topic])
    in_use = raises(KafkaException, lambda: result(admin.delete_consumer_groups([name]))).args[0]
    equal(in_use.code(), KafkaError.NON_EMPTY_GROUP)
    consumer.close()
    equal(listed()[name], "EMPTY")

    def offset():
        offsets = result(admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(name)]))
        return [(one.topic, one.partition, one.offset) for one in offsets.topic_partitions]

    equal(offset(), [(topic, 0, 2)])
    moved = ConsumerGroupTopicPartitions(name, [TopicPartition(topic, 0, 1)])
    result(admin.alter_consumer_group_offsets([moved]))
    equal(offset(), [(topic, 0, 1)])
    result(admin.delete_consumer_groups([name]))
    equal(name in listed(), False)
    unknown = raises(KafkaException, lambda: result(admin.delete_consumer_groups([name]))).args[0]
    equal(unknown.code(), KafkaError.GROUP_ID_NOT_FOUND)


@case("hears at once that the group protocol of KIP-848 is not served")
def group_protocol():
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": unique("group"), "group.protocol": "consumer"})
    consumer.subscribe([new_topic()])
    error = until(lambda: consumer.poll(0.1), "an error").error()
    equal(error.code(), KafkaError._FATAL)
    equal("API version not supported" in error.str(), True)
    consumer.close()
