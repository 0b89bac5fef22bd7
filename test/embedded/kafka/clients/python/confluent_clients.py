"""Clients of librdkafka that are quick to try again, and what the cases do with them again and again."""

from case_server import bootstrap, equal, unique, until
from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    KafkaError,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import (
    AdminClient,
    NewTopic,
)

admin = AdminClient({"bootstrap.servers": bootstrap})


def result(futures):
    """What the one future of an admin call ends with."""
    (future,) = futures.values()
    return future.result(10)


def new_topic(partitions=1, config=None):
    topic = unique("topic")
    result(admin.create_topics([NewTopic(topic, partitions, 1, config=config or {})]))
    return topic


def producer_of(**config):
    return Producer({"bootstrap.servers": bootstrap, "linger.ms": 5, **config})


def produce(topic, values, producer=None, **arguments):
    producer = producer or producer_of()
    errors = []
    for value in values:
        producer.produce(topic, value, on_delivery=lambda error, _message: error and errors.append(error), **arguments)
    equal(producer.flush(10), 0)
    equal(errors, [])


def consumer_of(group=None, **config):
    return Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group or unique("group"),
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 50,
            "heartbeat.interval.ms": 100,
            **config,
        }
    )


def read(consumer, count):
    """The next messages; an error among them fails the case."""
    messages = []

    def enough():
        message = consumer.poll(0.1)
        if message is not None:
            if message.error():
                raise KafkaException(message.error())
            messages.append(message)
        return len(messages) >= count

    until(enough, f"{count} messages")
    return messages


def read_all(topic, **config):
    """The values of the whole of a topic's first partition."""
    consumer = consumer_of(**{"enable.partition.eof": True, **config})
    consumer.assign([TopicPartition(topic, 0, OFFSET_BEGINNING)])
    values = []

    def ended():
        message = consumer.poll(0.1)
        if message is None:
            return False
        if message.error():
            if message.error().code() != KafkaError._PARTITION_EOF:
                raise KafkaException(message.error())
            return True
        values.append(message.value())
        return False

    until(ended, "the end of the partition")
    consumer.close()
    return values
