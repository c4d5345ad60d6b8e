"""What a face tells from: one immutable value a tick."""

from dataclasses import dataclass

from miner_agent.config.configuration import Config
from miner_agent.model.snapshot import RigSnapshot


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Known:
    """What a tick gave, and the configuration that it went by."""

    snapshot: RigSnapshot
    loaded: Config
