"""The table of the configuration that says what this machine should have."""

from collections.abc import Collection
from typing import Annotated

from msgspec import Meta

from calculators.nearest_words import suggestion
from miner_agent.config.key_types import SourceName, Table, Text
from miner_agent.config.words import printable
from miner_agent.errors import ConfigError
from miner_agent.model.devices import DeviceKind
from miner_agent.model.expected import PowerLimitRule
from miner_agent.model.hashrate_expectations import HashrateRule

Devices = Annotated[int, Meta(ge=0, le=1024)]


class PowerLimit(Table, frozen=True, kw_only=True):
    """One of ``[[expected.power_limits]]``"""

    watts: Annotated[float, Meta(gt=0, le=3000)]
    device: Text | None = None  # by its label in metrics
    model: Text | None = None  # as its name begins, or goes on at any of its words

    @property
    def rule(self) -> PowerLimitRule:
        """The same for the pipeline."""
        return PowerLimitRule(power_limit_watts=self.watts, device=self.device, model=self.model)


class HashrateToExpect(Table, frozen=True, kw_only=True):
    """One of ``[[expected.hashrates]]``"""

    algorithm: Text
    hashes_per_second: Annotated[float, Meta(gt=0, le=1e24)]
    miner: SourceName | None = None  # all of it together
    device: Text | None = None  # by its label in metrics
    model: Text | None = None  # as its name begins, or goes on at any of its words

    @property
    def rule(self) -> HashrateRule:
        """The same for the pipeline."""
        return HashrateRule(
            algorithm=self.algorithm,
            hashes_per_second=self.hashes_per_second,
            miner=self.miner,
            device=self.device,
            model=self.model,
        )


class ExpectedTable(Table, frozen=True):
    """``[expected]``: what is left away is remembered."""

    gpus: Devices | None = None
    cpus: Devices | None = None
    hashboards: Devices | None = None
    power_limits: tuple[PowerLimit, ...] = ()
    hashrates: tuple[HashrateToExpect, ...] = ()

    @property
    def devices(self) -> dict[DeviceKind, int]:
        """How many of each kind, as far as it is said."""
        told = {DeviceKind.GPU: self.gpus, DeviceKind.CPU: self.cpus, DeviceKind.HASHBOARD: self.hashboards}
        return {kind: count for kind, count in told.items() if count is not None}


def check_expected(table: ExpectedTable, *, miners: Collection[str], origins: str) -> None:
    """Refuse a hashrate of a miner and of a device at once, or of a miner that is not configured.

    Args:
        table: what is configured.
        miners: names of those that are; none: they are found where they run.
        origins: where all of it is from.

    Raises:
        ConfigError: with the place and what to write.
    """
    for number, one in enumerate(table.hashrates, start=1):
        place = f"{origins}: [[expected.hashrates]] {number} ({printable(one.algorithm)})"
        if one.miner is None:
            continue
        if one.device is not None or one.model is not None:
            raise ConfigError(f"{place}: miner is all of its devices together; leave it away, or device and model")
        if miners and one.miner not in miners:
            hint = suggestion(one.miner, miners)
            raise ConfigError(f'{place}: miner = "{one.miner}" is none of [[miners]]; {hint}')
