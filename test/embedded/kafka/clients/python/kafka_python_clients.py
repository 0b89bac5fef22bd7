"""Clients of kafka-python that are quick to try again, and what the cases do with them again and again."""

import threading

from case_server import bootstrap, patiently, unique, until
from kafka import (
    ConsumerRebalanceListener,
    KafkaAdminClient,
    KafkaConsumer,
    KafkaProducer,
    TopicPartition,
)
from kafka.admin import NewTopic

admin = KafkaAdminClient(bootstrap_servers=bootstrap)


def new_topic(partitions=1, config=None):
    topic = unique("topic")
    admin.create_topics([NewTopic(topic, partitions, 1, topic_configs=config)])
    return topic


def producer_of(**config):
    return KafkaProducer(bootstrap_servers=bootstrap, **config)


def produce(topic, values):
    with producer_of() as producer:
        for sent in [producer.send(topic, value) for value in values]:
            sent.get(10)


def consumer_of(group=None, **config):
    defaults = {
        "bootstrap_servers": bootstrap,
        "group_id": group,
        "auto_offset_reset": "earliest",
        "enable_auto_commit": False,
        "fetch_max_wait_ms": 50,
        "heartbeat_interval_ms": 100,
        "retry_backoff_ms": 20,
    }
    return KafkaConsumer(**(defaults | config))


def read(consumer, count):
    """The next records. The polls are long, as those of a Member."""
    records = []

    def enough():
        for some in consumer.poll(2000).values():
            records.extend(some)
        return len(records) >= count

    until(enough, f"{count} records")
    return records


def read_all(topic, **config):
    """The values of the whole of a topic's first partition."""
    partition = TopicPartition(topic, 0)
    consumer = consumer_of(**config)
    consumer.assign([partition])
    end = consumer.end_offsets([partition])[partition]
    consumer.seek_to_beginning(partition)
    values = []

    def ended():
        for some in consumer.poll(100).values():
            values.extend(record.value for record in some)
        return consumer.position(partition) >= end

    until(ended, "the end of the partition")
    consumer.close()
    return values


class Member(ConsumerRebalanceListener):
    """
    A consumer that polls in a thread of its own and commits what it has read. Its polls are long: kafka-python 3.0
    loses the assignment, on every broker, when a poll ends in the middle of a join.
    """

    def __init__(self, topic, group, **config):
        self.consumer = consumer_of(group, **config)
        self.consumer.subscribe([topic], listener=self)
        self.values, self.revoked, self.error = [], set(), None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def partitions(self):
        if self.error is not None:
            raise self.error
        return self.consumer.assignment()

    def on_partitions_revoked(self, revoked):
        self.revoked |= set(revoked)

    def on_partitions_assigned(self, assigned):
        pass

    def close(self):
        self._stopping.set()
        self._thread.join()

    def _run(self):
        try:
            while not self._stopping.is_set():
                for records in self.consumer.poll(500).values():
                    self.values.extend(record.value for record in records)
                    self.consumer.commit()
            self.consumer.close()
        except Exception as error:
            self.error = error


def share(topic, group, **config):
    """Two members of a group on a topic of four partitions, when each has two."""
    first = Member(topic, group, **config)
    patiently(lambda: len(first.partitions) == 4, "the first member's partitions")
    second = Member(topic, group, **config)
    patiently(lambda: (len(first.partitions), len(second.partitions)) == (2, 2), "two partitions for each member")
    return first, second
