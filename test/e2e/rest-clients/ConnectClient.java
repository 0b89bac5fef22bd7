import java.util.Map;
import java.util.TreeMap;
import org.sourcelab.kafka.connect.apiclient.Configuration;
import org.sourcelab.kafka.connect.apiclient.KafkaConnectClient;
import org.sourcelab.kafka.connect.apiclient.request.dto.ConnectorPluginConfigDefinition;
import org.sourcelab.kafka.connect.apiclient.request.dto.NewConnectorDefinition;
import org.sourcelab.kafka.connect.apiclient.rest.exceptions.ResourceNotFoundException;

/** The life of a connector through org.sourcelab:kafka-connect-client, as its users write it. One line per step. */
public class ConnectClient {
  private static KafkaConnectClient client;
  private static String name;

  public static void main(String[] args) throws Exception {
    client = new KafkaConnectClient(new Configuration(args[0]));
    name = args[1];
    Map<String, String> config = new TreeMap<>();
    for (int i = 2; i + 1 < args.length; i += 2) config.put(args[i], args[i + 1]);

    say("cluster", client.getConnectServerVersion().getKafkaClusterId().isEmpty());
    say("plugins", client.getConnectorPlugins().stream().map(plugin -> plugin.getClassName()).sorted().toList());
    Map<String, String> named = new TreeMap<>(config);
    named.put("name", name);
    var definition = new ConnectorPluginConfigDefinition(config.get("connector.class"), named);
    say("validate", client.validateConnectorPluginConfig(definition).getErrorCount());
    say("create", client.addConnector(new NewConnectorDefinition(name, config)).getName());
    waitFor("RUNNING");
    say("list", client.getConnectors());
    say("expanded", client.getConnectorsWithAllExpandedMetadata().getAllDefinitions().size());
    say("type", client.getConnector(name).getType());
    say("config", client.getConnectorConfig(name).get("topic"));
    say("tasks", client.getConnectorTasks(name).size());
    say("task", client.getConnectorTaskStatus(name, 0).getState());
    say("pause", client.pauseConnector(name));
    waitFor("PAUSED");
    say("resume", client.resumeConnector(name));
    waitFor("RUNNING");
    config.put("tasks.max", "2");
    say("update", client.updateConnectorConfig(name, config).getConfig().get("tasks.max"));
    waitFor("RUNNING");
    say("restart", client.restartConnector(name));
    say("restart task", client.restartConnectorTask(name, 0));
    say("topics", client.getConnectorTopics(name).getName());
    say("reset topics", client.resetConnectorTopics(name));
    say("delete", client.deleteConnector(name));
    try {
      client.getConnector(name);
    } catch (ResourceNotFoundException error) {
      say("missing", error.getMessage());
    }
  }

  private static void waitFor(String state) throws InterruptedException {
    while (!client.getConnectorStatus(name).getConnector().get("state").equals(state)) {
      Thread.sleep(50);
    }
  }

  private static void say(String step, Object result) {
    System.out.println(step + ": " + result);
  }
}
