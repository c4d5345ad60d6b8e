"""Where the agent keeps its state."""

from collections.abc import Mapping
from pathlib import Path

from miner_agent.config.configuration import Config
from miner_agent.config.environment import whole_path_in
from miner_agent.errors import ConfigError


def state_directory(loaded: Config, environment: Mapping[str, str]) -> Path:
    """The configured directory, else systemd's, else the user's."""
    if loaded.agent.state_directory is not None:
        return loaded.agent.state_directory
    if environment.get("STATE_DIRECTORY"):
        return Path(environment["STATE_DIRECTORY"].partition(":")[0])
    if folder := whole_path_in(environment, "XDG_STATE_HOME"):
        return folder / "miner-agent"
    if home := whole_path_in(environment, "HOME"):
        return home / ".local" / "state" / "miner-agent"
    raise ConfigError("no place for the agent's state: set [agent] state_directory")
