"""What the agent and the process that computes for pages say to each other."""

from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from miner_agent.config import loading
from miner_agent.config.configuration import Config
from miner_agent.config.entries import FeedEntry
from miner_agent.config.rendered import render
from miner_agent.economy.messages import Return
from miner_agent.profit.rig_figures import Rig
from miner_agent.supposing.supposed_inputs import SupposedInputs


class SupposingErrand(Struct, frozen=True, kw_only=True):
    """A question, and all that it is computed from."""

    inputs: SupposedInputs
    configuration: str  # as TOML
    credentials: str | None  # the folder of systemd's
    rig: Rig  # as it was measured
    returns: tuple[Return, ...]  # what feeds said last
    now: datetime

    @classmethod
    def of(
        cls,
        inputs: SupposedInputs,
        loaded: Config,
        *,
        credentials: str | None,
        rig: Rig,
        returns: tuple[tuple[FeedEntry, Return], ...],
        now: datetime,
    ) -> "SupposingErrand":
        """The errand about a rig, by a configuration."""
        bare = msgspec.structs.replace(loaded, miners=(), meters=())
        return cls(
            inputs=inputs,
            configuration=render(bare),
            credentials=credentials,
            rig=rig,
            returns=tuple(said for _, said in returns),
            now=now,
        )

    def loaded(self) -> Config:
        """The configuration. Raises ConfigError where a file that it names is gone."""
        credentials = None if self.credentials is None else Path(self.credentials)
        return loading.reread(self.configuration, credentials=credentials)

    def answered(self, loaded: Config) -> tuple[tuple[FeedEntry, Return], ...]:
        """What feeds said last, each with its entry in the configuration."""
        entries = {entry.name: entry for entry in loaded.feeds}
        return tuple((entries[said.name], said) for said in self.returns if said.name in entries)


def supposing_bytes(errand: SupposingErrand) -> bytes:
    """For the pipe to the process."""
    return msgspec.msgpack.encode(errand)


def supposing_errand_of(raw: bytes) -> SupposingErrand:
    """What stands in the pipe."""
    return msgspec.msgpack.decode(raw, type=SupposingErrand)
