"""The simulated rig as one that the daemon can run."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import msgspec

from miner_agent import drivers
from miner_agent.assembly.parts import Parts, build
from miner_agent.collectors.nvml import nvml_cards
from miner_agent.config import loading
from miner_agent.config.configuration import AgentTable, CollectorsTable, Config, HostTable, Switch
from miner_agent.config.entries import Meter, Miner
from miner_agent.simulate.stand_ins import METER, SimulatedSources

INTERVAL_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class DemoRig:
    """Eight cards, two miners and a meter that do not exist; nothing of this machine is read."""

    is_invented: ClassVar[bool] = True

    state_directory: Path
    environment: Mapping[str, str]
    sources: SimulatedSources = field(default_factory=lambda: SimulatedSources(time.monotonic))

    def load(self) -> Config:
        loaded = loading.load((), environment=self.environment, known_drivers=drivers.names())
        return msgspec.structs.replace(
            loaded,
            agent=AgentTable(rig="demo", interval_seconds=INTERVAL_SECONDS, state_directory=self.state_directory),
            miners=tuple(_miner(name) for name in ("trex", "lolminer")),
            meters=(Meter(place="demo", name=METER, driver="shelly", address="127.0.0.1:1"),),
            discovery=Switch(enabled=False),
            collectors=CollectorsTable(host=HostTable(enabled=False)),
        )

    def build(self, loaded: Config, before: Parts | None = None) -> Parts:
        return build(
            loaded,
            self.environment,
            before,
            fetcher=self.sources,
            sensors=(self.sources, {"nvml": nvml_cards.NvmlTracker()}),
        )

    def look_again(self, loaded: Config) -> bool:  # noqa: ARG002
        return False


def _miner(name: str) -> Miner:
    return Miner(place="demo", name=name, driver=name, address="127.0.0.1:1")
