"""The table of the configuration that says what this machine should have."""

from typing import Annotated

from msgspec import Meta

from miner_agent.config.key_types import Table, Text
from miner_agent.model.devices import DeviceKind
from miner_agent.model.expected import PowerLimitRule

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


class ExpectedTable(Table, frozen=True):
    """``[expected]``: what is left away is remembered."""

    gpus: Devices | None = None
    cpus: Devices | None = None
    hashboards: Devices | None = None
    power_limits: tuple[PowerLimit, ...] = ()

    @property
    def devices(self) -> dict[DeviceKind, int]:
        """How many of each kind, as far as it is said."""
        told = {DeviceKind.GPU: self.gpus, DeviceKind.CPU: self.cpus, DeviceKind.HASHBOARD: self.hashboards}
        return {kind: count for kind, count in told.items() if count is not None}
