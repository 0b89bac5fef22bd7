"""kafka-python, a client in Python alone: groups and transactions."""

from case_server import case, equal, patiently, raises, unique
from kafka import (
    OffsetAndMetadata,
    TopicPartition,
)
from kafka.admin import (
    MemberToRemove,
    OffsetSpec,
)
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.errors import (
    NoError,
    ProducerFencedError,
)
from kafka_python_clients import Member, admin, consumer_of, new_topic, produce, producer_of, read, read_all, share


@case("shares partitions between two members and resumes where they committed")
def group():
    topic = new_topic(4)
    name = unique("group")
    first, second = share(topic, name)
    with producer_of() as producer:
        for n in range(8):
            producer.send(topic, b"%d" % n, partition=n % 4).get(10)
    patiently(lambda: (len(first.values), len(second.values)) == (4, 4), "half of the records for each member")
    equal({*first.values, *second.values}, {b"%d" % n for n in range(8)})
    first.close()
    patiently(lambda: len(second.partitions) == 4, "all partitions for who is left")
    second.close()

    produce(topic, [b"news"])
    third = Member(topic, name)
    patiently(lambda: third.values == [b"news"], "what came after the last commit, and nothing else")
    third.close()


@case("moves only what must move when a member joins a cooperative group")
def cooperative():
    first, second = share(new_topic(4), unique("group"), partition_assignment_strategy=[CooperativeStickyAssignor])
    equal(first.revoked, second.partitions)
    first.close()
    second.close()


@case("keeps a static member's partitions while it is restarted, until it is removed")
def static():
    topic = new_topic(4)
    name = unique("group")
    first = Member(topic, name, group_instance_id="one")
    second = Member(topic, name, group_instance_id="two")
    patiently(lambda: (len(first.partitions), len(second.partitions)) == (2, 2), "two partitions for each member")
    mine = first.partitions
    first.close()
    second.revoked.clear()
    first = Member(topic, name, group_instance_id="one")
    patiently(lambda: first.partitions == mine, "the restarted member's partitions")
    equal(second.revoked, set())
    first.close()
    (removed,) = admin.remove_group_members(name, [MemberToRemove(group_instance_id="one")]).values()
    equal(removed, NoError)
    patiently(lambda: len(second.partitions) == 4, "all partitions for who is left")
    second.close()


@case("moves records and offsets in transactions, and hides aborted ones")
def transactions():
    source, target = new_topic(), new_topic()
    partition = TopicPartition(source, 0)
    produce(source, [b"a", b"b", b"c"])
    consumer = consumer_of(unique("group"))
    consumer.subscribe([source])
    producer = producer_of(transactional_id=unique("tx"), retry_backoff_ms=20)
    producer.init_transactions()

    for end, committed in ((producer.abort_transaction, None), (producer.commit_transaction, 3)):
        read_back = read(consumer, 3)
        producer.begin_transaction()
        for record in read_back:
            producer.send(target, record.value + end.__name__[:1].encode())
        producer.flush(10)
        offsets = {partition: OffsetAndMetadata(consumer.position(partition), "", -1)}
        producer.send_offsets_to_transaction(offsets, consumer.group_metadata())
        end()
        equal(consumer.committed(partition), committed)
        consumer.seek(partition, 0)

    consumer.close()
    producer.close()
    equal(read_all(target, isolation_level="read_committed"), [b"ac", b"bc", b"cc"])
    equal(read_all(target), [b"aa", b"ba", b"ca", b"ac", b"bc", b"cc"])


@case("fences a producer when another takes its transactional id")
def fencing():
    topic = new_topic()
    name = unique("tx")
    zombie, heir = producer_of(transactional_id=name), producer_of(transactional_id=name)
    zombie.init_transactions()
    zombie.begin_transaction()
    zombie.send(topic, b"zombie").get(10)
    heir.init_transactions()
    heir.begin_transaction()
    heir.send(topic, b"heir")
    heir.commit_transaction()
    raises(ProducerFencedError, zombie.commit_transaction)
    equal(read_all(topic, isolation_level="read_committed"), [b"heir"])
    zombie.close()
    heir.close()


@case("lists and describes transactions and their producers")
def hanging():
    topic = new_topic()
    name = unique("tx")
    producer = producer_of(transactional_id=name)
    producer.init_transactions()
    producer.begin_transaction()
    producer.send(topic, b"open").get(10)

    def state():
        return {one.transactional_id: one.state.value for one in admin.list_transactions()[1]}[name]

    equal(state(), "Ongoing")
    described = admin.describe_transactions([name])[name]
    equal(set(described.topic_partitions), {TopicPartition(topic, 0)})
    (producers,) = admin.describe_producers([TopicPartition(topic, 0)]).values()
    (active,) = producers.active_producers
    equal(active.producer_id, described.producer_id)
    producer.abort_transaction()
    patiently(lambda: state() == "CompleteAbort", "the end of the transaction")
    producer.close()


@case("lists, describes and deletes groups, and moves and deletes their offsets")
def groups():
    topic = new_topic()
    partition = TopicPartition(topic, 0)
    produce(topic, [b"a", b"b"])
    name = unique("group")
    consumer = consumer_of(name)
    consumer.subscribe([topic])
    read(consumer, 2)
    consumer.commit()

    def listed(**filters):
        return {group["group_id"]: group["group_state"] for group in admin.list_groups(**filters)}

    equal(listed()[name], "Stable")
    equal(name in listed(states_filter=["Empty"]), False)
    equal(name in listed(types_filter=["classic"]), True)
    equal(name in listed(types_filter=["consumer"]), False)
    described = admin.describe_groups([name])[name]
    equal((described["group_state"], described["protocol_data"]), ("Stable", "range"))
    equal(admin.delete_groups([name]), {name: "NonEmptyGroupError"})
    consumer.close()

    def offsets():
        return {one: offset.offset for one, offset in admin.list_group_offsets({name: None})[name].items()}

    equal(offsets(), {partition: 2})
    admin.alter_group_offsets(name, {partition: OffsetAndMetadata(1, "moved", -1)})
    equal(offsets(), {partition: 1})
    admin.reset_group_offsets(name, {partition: OffsetSpec.EARLIEST})
    equal(offsets(), {partition: 0})
    equal(admin.delete_group_offsets(name, [partition]), {partition: NoError})
    equal(offsets(), {})
    equal(admin.delete_groups([name]), {name: "OK"})
    equal(name in listed(), False)
