"""YAML that a person writes, read by a process of its own: its reader would stay in the memory of an agent for good."""

import json
from typing import Any

from miner_agent.errand_process import ErrandProcess
from miner_agent.errors import ConfigError

CHILD = "miner_agent.config.yaml_child"
READING_SECONDS = 20.0


def read_yaml(text: str, origin: str) -> dict[str, Any]:
    """What stands in a text. A value that cannot be is told by its line, never by itself: it may be a secret.

    Raises:
        ConfigError: it is no YAML, or no table of it.
        AgentError: the process that reads it could not be started, or took too long.
    """
    process = ErrandProcess(CHILD, that=f"reads {origin}", hears=False)
    errand = json.dumps({"text": text, "origin": origin}).encode()
    said: dict[str, Any] = json.loads(process.answer(errand, deadline_seconds=READING_SECONDS))
    if "refused" in said:
        raise ConfigError(said["refused"])
    table: dict[str, Any] = said["told"]
    return table
