package clients;

import static clients.CaseServer.equal;
import static clients.CaseServer.raises;
import static clients.CaseServer.register;
import static clients.CaseServer.unique;
import static clients.CaseServer.until;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListGroupsOptions;
import org.apache.kafka.clients.admin.MemberToRemove;
import org.apache.kafka.clients.admin.RemoveMembersFromConsumerGroupOptions;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.RangeAssignor;
import org.apache.kafka.clients.consumer.RoundRobinAssignor;
import org.apache.kafka.clients.consumer.StickyAssignor;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ClassicGroupState;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.FencedInstanceIdException;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.GroupSubscribedToTopicException;
import org.apache.kafka.common.errors.UnsupportedVersionException;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Consumer groups of the classic protocol, and their admin. */
final class GroupCases {
    private GroupCases() {}

    static void registerAll() {
        for (var assignor : List.of(RangeAssignor.class, RoundRobinAssignor.class, StickyAssignor.class)) {
            var name = assignor.getSimpleName();
            register("shares partitions by the " + name + " and resumes where members committed", () -> eager(assignor));
        }
        register("moves only what must move when a member joins a cooperative group", GroupCases::cooperative);
        register("keeps a static member's partitions while it is restarted, until it is removed", GroupCases::statics);
        register("lists, describes and deletes groups, and moves and deletes their offsets", GroupCases::groups);
        register("hears that the group protocol of KIP-848 is not served", GroupCases::consumerProtocol);
    }

    /** A member with what was taken from it. */
    private record Member(KafkaConsumer<String, String> consumer, Set<TopicPartition> revoked)
            implements AutoCloseable {
        static Member of(String topic, String group, Map<String, Object> more) {
            var config = new HashMap<String, Object>(more);
            config.put("group.id", group);
            var member = new Member(Clients.consumer(config), new HashSet<>());
            member.consumer.subscribe(List.of(topic), new ConsumerRebalanceListener() {
                @Override public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                    member.revoked.addAll(partitions);
                }

                @Override public void onPartitionsAssigned(Collection<TopicPartition> partitions) {}
            });
            return member;
        }

        int poll() {
            consumer.poll(Duration.ofMillis(20));
            return consumer.assignment().size();
        }

        @Override public void close() {
            consumer.close();
        }
    }

    private static void share(Member first, Member second) throws Exception {
        until("the first member's partitions", () -> first.poll() == 4);
        until("two partitions for each member", () -> first.poll() == 2 & second.poll() == 2);
    }

    private static void eager(Class<?> assignor) throws Exception {
        var topic = Clients.newTopic(4, Map.of());
        var group = unique("group");
        var config = Map.<String, Object>of("partition.assignment.strategy", assignor.getName());
        try (var first = Member.of(topic, group, config); var second = Member.of(topic, group, config)) {
            share(first, second);
            try (var producer = Clients.producer(Map.of())) {
                for (var n = 0; n < 8; n++) producer.send(new ProducerRecord<>(topic, n % 4, null, "" + n)).get();
            }
            var values = new HashSet<String>();
            Clients.read(first.consumer, 4).forEach(record -> values.add(record.value()));
            Clients.read(second.consumer, 4).forEach(record -> values.add(record.value()));
            equal(values, Set.of("0", "1", "2", "3", "4", "5", "6", "7"));
            first.consumer.commitSync();
            second.consumer.commitSync();
            first.consumer.close();
            until("all partitions for who is left", () -> second.poll() == 4);
        }
        Clients.produce(topic, "news");
        try (var third = Member.of(topic, group, config)) {
            equal(Clients.read(third.consumer, 1).get(0).value(), "news");
        }
    }

    private static void cooperative() throws Exception {
        var topic = Clients.newTopic(4, Map.of());
        var group = unique("group");
        var config = Map.<String, Object>of("partition.assignment.strategy", CooperativeStickyAssignor.class.getName());
        try (var first = Member.of(topic, group, config); var second = Member.of(topic, group, config)) {
            share(first, second);
            equal(first.revoked, second.consumer.assignment());
        }
    }

    private static void statics() throws Exception {
        var topic = Clients.newTopic(4, Map.of());
        var group = unique("group");
        var one = Map.<String, Object>of("group.instance.id", "one");
        var first = Member.of(topic, group, one);
        try (var second = Member.of(topic, group, Map.of("group.instance.id", "two")); var admin = Clients.admin()) {
            share(first, second);
            var mine = first.consumer.assignment();
            first.close();
            second.revoked.clear();
            var again = Member.of(topic, group, one);
            until("the restarted member's partitions", () -> {
                second.poll();
                return again.poll() == 2;
            });
            equal(again.consumer.assignment(), mine);
            equal(second.revoked, Set.of());

            var usurper = Member.of(topic, group, one);
            raises(FencedInstanceIdException.class, () -> until("the end of who was there", () -> {
                usurper.poll();
                second.poll();
                again.poll();
                return false;
            }));
            usurper.close();
            var removal = new RemoveMembersFromConsumerGroupOptions(Set.of(new MemberToRemove("one")));
            admin.removeMembersFromConsumerGroup(group, removal).all().get();
            until("all partitions for who is left", () -> second.poll() == 4);
            again.close();
        }
    }

    private static void groups() throws Exception {
        var topic = Clients.newTopic();
        var other = Clients.newTopic();
        var partition = new TopicPartition(topic, 0);
        var elsewhere = new TopicPartition(other, 0);
        var group = unique("group");
        Clients.produce(topic, "a", "b");
        try (var admin = Clients.admin()) {
            try (var member = Member.of(topic, group, Map.of())) {
                Clients.read(member.consumer, 2);
                var note = new OffsetAndMetadata(2, "note");
                member.consumer.commitSync(Map.of(partition, note, elsewhere, new OffsetAndMetadata(0)));
                var all = admin.listGroups().all().get();
                var listing = all.stream().filter(one -> one.groupId().equals(group)).findFirst().get();
                equal(listing.groupState().get(), GroupState.STABLE);
                equal(listing.type().get(), GroupType.CLASSIC);
                var onlyEmpty = new ListGroupsOptions().inGroupStates(Set.of(GroupState.EMPTY));
                var empty = admin.listGroups(onlyEmpty).all().get();
                equal(empty.stream().anyMatch(one -> one.groupId().equals(group)), false);
                var described = admin.describeConsumerGroups(List.of(group)).all().get().get(group);
                equal(described.partitionAssignor(), "range");
                equal(described.members().iterator().next().assignment().topicPartitions(), Set.of(partition));
                var classic = admin.describeClassicGroups(List.of(group)).all().get().get(group);
                equal(classic.state(), ClassicGroupState.STABLE);
                raises(GroupNotEmptyException.class, () -> admin.deleteConsumerGroups(List.of(group)).all().get());
                raises(GroupSubscribedToTopicException.class,
                    () -> admin.deleteConsumerGroupOffsets(group, Set.of(partition)).all().get());
                admin.deleteConsumerGroupOffsets(group, Set.of(elsewhere)).all().get();
            }
            equal(offsets(admin, group), Map.of(partition, new OffsetAndMetadata(2, "note")));
            admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(1))).all().get();
            equal(offsets(admin, group), Map.of(partition, new OffsetAndMetadata(1)));
            admin.deleteConsumerGroupOffsets(group, Set.of(partition)).all().get();
            equal(offsets(admin, group), Map.of());
            admin.alterConsumerGroupOffsets(group, Map.of(partition, new OffsetAndMetadata(0))).all().get();
            admin.deleteConsumerGroups(List.of(group)).all().get();
            raises(GroupIdNotFoundException.class, () -> admin.deleteConsumerGroups(List.of(group)).all().get());
            raises(GroupIdNotFoundException.class, () -> admin.describeConsumerGroups(List.of(group)).all().get());
        }
    }

    private static Map<TopicPartition, OffsetAndMetadata> offsets(Admin admin, String group) throws Exception {
        return admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
    }

    private static void consumerProtocol() throws Exception {
        var topic = Clients.newTopic();
        var config = Clients.properties(Map.of("group.id", unique("group"), "group.protocol", "consumer"));
        try (var consumer = new KafkaConsumer<>(config, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(topic));
            var error = raises(UnsupportedVersionException.class, () -> until("an error", () -> {
                consumer.poll(Duration.ofMillis(50));
                return false;
            }));
            equal(error.getMessage().contains("group.protocol=classic"), true);
        }
    }
}
