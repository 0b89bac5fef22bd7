"""The life of a connector through the PyPI package kafka-connect-py, as its users write it. One line of JSON per step."""

import json
import sys
import time

from kafka_connect import KafkaConnect

client = KafkaConnect(url=sys.argv[1])
config = json.loads(sys.argv[2])
name = config["name"]


def say(step, result):
    print(json.dumps({"step": step, "result": result}), flush=True)


def wait_for(state):
    """The client has no way to wait."""
    while client.get_connector_status(name)["connector"]["state"] != state:
        time.sleep(0.05)


say("cluster", client.get_cluster_info())
say("plugins", [plugin["class"] for plugin in client.list_connector_plugins()])
say("validate", client.validate_connector_config(config["connector.class"], config)["error_count"])
say("create", client.create_connector({"name": name, "config": config}))
wait_for("RUNNING")
say("list", client.list_connectors())
say("by state", sorted(client.list_connectors(expand="status", state="RUNNING")))
say("get", client.get_connector(name))
say("config", client.get_connector_config(name))
say("status", client.get_connector_status(name))
say("tasks", client.list_connector_tasks(name))
say("task", client.get_connector_task_status(name, 0))
client.pause_connector(name)
wait_for("PAUSED")
client.resume_connector(name)
wait_for("RUNNING")
say("update", client.update_connector(name, {**config, "tasks.max": "2"})["config"]["tasks.max"])
wait_for("RUNNING")
say("restart", client.restart_connector(name, include_tasks=True, only_failed=False)["connector"]["state"])
client.restart_connector_task(name, 0)
say("topics", sorted(client.list_connector_topics(name)))
client.reset_connector_topics(name)
client.stop_connector(name)
wait_for("STOPPED")
client.delete_connector(name)
say("gone", client.list_connectors())
try:
    client.get_connector(name)
except Exception as error:
    say("missing", error.response.json())
