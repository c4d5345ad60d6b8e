"""What holds where a configuration says nothing: what this machine is called, and who looks for its alerts."""

import socket

from miner_agent.config.configuration import Config
from miner_agent.model.alerts_status import AlertsOwner
from miner_agent.text import clean_or_none


def rig_name(loaded: Config) -> str:
    """What people call this machine."""
    return clean_or_none(loaded.agent.rig) or clean_or_none(socket.gethostname()) or "rig"


def alerts_owner(loaded: Config) -> AlertsOwner:
    """Who looks for alerts and tells people: where nothing is said, the agent itself if it has a channel."""
    return loaded.alerts.owner or ("local" if loaded.alerts.channels else "prometheus")
