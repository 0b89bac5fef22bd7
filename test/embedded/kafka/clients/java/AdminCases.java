package clients;

import static clients.CaseServer.equal;
import static clients.CaseServer.raises;
import static clients.CaseServer.register;
import static clients.CaseServer.unique;
import static clients.CaseServer.until;
import static java.util.stream.Collectors.toMap;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.AlterConfigOp.OpType;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConfigEntry.ConfigSource;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DescribeConfigsOptions;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewPartitionReassignment;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AclBindingFilter;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.ElectionNotNeededException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidReplicaAssignmentException;
import org.apache.kafka.common.errors.SecurityDisabledException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** The admin client: topics, configs, records, the cluster. */
final class AdminCases {
    private AdminCases() {}

    static void registerAll() {
        register("creates, describes and deletes topics", AdminCases::topics);
        register("changes configs of a topic one by one", AdminCases::configs);
        register("describes the cluster, the broker, its features and its log folders", AdminCases::cluster);
        register("finds offsets by time, and the newest record", AdminCases::offsets);
        register("deletes records", AdminCases::deletion);
        register("finds the leaders and the replicas where they must be", AdminCases::replicas);
        register("hears that there are no ACLs", AdminCases::acls);
    }

    private static void topics() throws Exception {
        var name = unique("topic");
        try (var admin = Clients.admin()) {
            var wanted = new NewTopic(name, 3, (short) 1).configs(Map.of("cleanup.policy", "compact"));
            admin.createTopics(List.of(wanted), new CreateTopicsOptions().validateOnly(true)).all().get();
            equal(admin.listTopics().names().get().contains(name), false);

            var created = admin.createTopics(List.of(wanted));
            created.all().get();
            equal(created.numPartitions(name).get(), 3);
            equal(created.replicationFactor(name).get(), 1);
            equal(created.config(name).get().get("cleanup.policy").value(), "compact");
            var id = created.topicId(name).get();
            raises(TopicExistsException.class, () -> admin.createTopics(List.of(wanted)).all().get());

            until("the topic", () -> admin.listTopics().names().get().contains(name));
            var described = admin.describeTopics(List.of(name)).allTopicNames().get().get(name);
            equal(described.topicId(), id);
            equal(described.partitions().stream().map(one -> one.leader().id()).toList(), List.of(1, 1, 1));
            var byId = admin.describeTopics(TopicCollection.ofTopicIds(List.of(id))).allTopicIds().get().get(id);
            equal(byId.name(), name);

            admin.createPartitions(Map.of(name, NewPartitions.increaseTo(5))).all().get();
            until("five partitions", () ->
                admin.describeTopics(List.of(name)).allTopicNames().get().get(name).partitions().size() == 5);
            admin.deleteTopics(TopicCollection.ofTopicIds(List.of(id))).all().get();
            until("the end of the topic", () -> !admin.listTopics().names().get().contains(name));
            raises(UnknownTopicOrPartitionException.class,
                () -> admin.describeTopics(List.of(name)).allTopicNames().get());
        }
    }

    private static void configs() throws Exception {
        var topic = Clients.newTopic(1, Map.of("cleanup.policy", "compact"));
        var resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
        try (var admin = Clients.admin()) {
            alter(admin, resource, "retention.ms", "60000", OpType.SET);
            alter(admin, resource, "cleanup.policy", "delete", OpType.APPEND);
            until("both configs", () -> changed(admin, resource).equals(
                Map.of("cleanup.policy", "compact,delete", "retention.ms", "60000")));
            alter(admin, resource, "cleanup.policy", "compact", OpType.SUBTRACT);
            alter(admin, resource, "retention.ms", null, OpType.DELETE);
            until("the rest", () -> changed(admin, resource).equals(Map.of("cleanup.policy", "delete")));

            raises(InvalidConfigurationException.class,
                () -> alter(admin, resource, "no.such", "1", OpType.SET));
            raises(InvalidConfigurationException.class,
                () -> alter(admin, resource, "retention.ms", "long", OpType.SET));

            var options = new DescribeConfigsOptions().includeSynonyms(true).includeDocumentation(true);
            var entry = admin.describeConfigs(List.of(resource), options).all().get().get(resource).get("retention.ms");
            equal(entry.type(), ConfigEntry.ConfigType.LONG);
            equal(entry.isDefault(), true);
            equal(entry.documentation().isEmpty(), false);
        }
    }

    private static void alter(
            Admin admin, ConfigResource resource, String name, String value, OpType type)
            throws Exception {
        var change = new AlterConfigOp(new ConfigEntry(name, value), type);
        admin.incrementalAlterConfigs(Map.of(resource, List.of(change))).all().get();
    }

    private static Map<String, String> changed(Admin admin, ConfigResource resource)
            throws Exception {
        Config config = admin.describeConfigs(List.of(resource)).all().get().get(resource);
        return config.entries().stream()
            .filter(entry -> entry.source() == ConfigSource.DYNAMIC_TOPIC_CONFIG)
            .collect(toMap(ConfigEntry::name, ConfigEntry::value));
    }

    private static void cluster() throws Exception {
        var topic = Clients.newTopic();
        Clients.produce(topic, "x".repeat(100));
        try (var admin = Clients.admin()) {
            var cluster = admin.describeCluster();
            equal(cluster.nodes().get().stream().map(node -> node.id()).toList(), List.of(1));
            equal(cluster.controller().get().id(), 1);
            equal(cluster.clusterId().get().isEmpty(), false);
            var broker = new ConfigResource(ConfigResource.Type.BROKER, "1");
            var partitions = admin.describeConfigs(List.of(broker)).all().get().get(broker).get("num.partitions");
            equal(partitions.value(), "1");
            var folder = admin.describeLogDirs(List.of(1)).allDescriptions().get().get(1).values().iterator().next();
            equal(folder.replicaInfos().get(new TopicPartition(topic, 0)).size() > 100, true);
            // Which features there are is the broker's matter; that it says so is not.
            admin.describeFeatures().featureMetadata().get().finalizedFeatures();
        }
    }

    private static void offsets() throws Exception {
        var partition = new TopicPartition(Clients.newTopic(), 0);
        try (var producer = Clients.producer(Map.of()); var admin = Clients.admin()) {
            for (var time : List.of(1000L, 3000L, 2000L)) {
                producer.send(new ProducerRecord<>(partition.topic(), 0, time, "key", "value")).get();
            }
            equal(listed(admin, partition, OffsetSpec.earliest()), List.of(0L, -1L));
            equal(listed(admin, partition, OffsetSpec.latest()), List.of(3L, -1L));
            equal(listed(admin, partition, OffsetSpec.maxTimestamp()), List.of(1L, 3000L));
            equal(listed(admin, partition, OffsetSpec.forTimestamp(1500)), List.of(1L, 3000L));
            equal(listed(admin, partition, OffsetSpec.forTimestamp(5000)), List.of(-1L, -1L));
        }
        try (var consumer = Clients.consumer(Map.of())) {
            var found = consumer.offsetsForTimes(Map.of(partition, 1500L)).get(partition);
            equal(found, new OffsetAndTimestamp(1, 3000, found.leaderEpoch()));
            equal(consumer.offsetsForTimes(Map.of(partition, 5000L)).get(partition), null);
            equal(consumer.beginningOffsets(List.of(partition)), Map.of(partition, 0L));
            equal(consumer.endOffsets(List.of(partition)), Map.of(partition, 3L));
        }
    }

    private static List<Long> listed(
            Admin admin, TopicPartition partition, OffsetSpec spec) throws Exception {
        var options = new ListOffsetsOptions(IsolationLevel.READ_COMMITTED);
        var found = admin.listOffsets(Map.of(partition, spec), options).partitionResult(partition).get();
        return List.of(found.offset(), found.timestamp());
    }

    private static void deletion() throws Exception {
        var partition = new TopicPartition(Clients.newTopic(), 0);
        Clients.produce(partition.topic(), "a", "b", "c");
        try (var admin = Clients.admin(); var consumer = Clients.consumer(Map.of())) {
            var deleted = admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(2)));
            equal(deleted.lowWatermarks().get(partition).get().lowWatermark(), 2L);
            consumer.assign(List.of(partition));
            consumer.seek(partition, 0);
            equal(Clients.read(consumer, 1).get(0).value(), "c");
            admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(-1))).all().get();
            equal(consumer.beginningOffsets(List.of(partition)), Map.of(partition, 3L));
        }
    }

    private static void replicas() throws Exception {
        var partition = new TopicPartition(Clients.newTopic(), 0);
        try (var admin = Clients.admin()) {
            equal(admin.listPartitionReassignments().reassignments().get(), Map.of());
            var here = Optional.of(new NewPartitionReassignment(List.of(1)));
            admin.alterPartitionReassignments(Map.of(partition, here)).all().get();
            var elsewhere = Optional.of(new NewPartitionReassignment(List.of(2)));
            raises(InvalidReplicaAssignmentException.class,
                () -> admin.alterPartitionReassignments(Map.of(partition, elsewhere)).all().get());
            var elected = admin.electLeaders(ElectionType.PREFERRED, Set.of(partition)).partitions().get();
            equal(elected.get(partition).get().getClass(), ElectionNotNeededException.class);
        }
    }

    private static void acls() throws Exception {
        try (var admin = Clients.admin()) {
            raises(SecurityDisabledException.class,
                () -> admin.describeAcls(AclBindingFilter.ANY).values().get());
        }
    }
}
