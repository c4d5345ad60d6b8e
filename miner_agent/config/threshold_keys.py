"""The table of the configuration that says from which temperature on a sensor is to be told of."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from msgspec import Meta

from miner_agent.config.key_types import Entry, RigName, Text
from miner_agent.errors import ConfigError
from miner_agent.model.devices import DeviceKind
from miner_agent.model.temperature_limits import Sensor, SensorLimits, TemperatureRule

Celsius = Annotated[float, Meta(gt=0, le=150)]


class ThresholdEntry(Entry, frozen=True, kw_only=True):
    """``[[thresholds]]``: of a sensor of all devices, or of those that it names."""

    sensor: Sensor
    warning_celsius: Celsius | None = None
    critical_celsius: Celsius | None = None
    rig: RigName | None = None  # another machine that this agent reads; None: every one
    device: Text | None = None  # by its label in metrics
    model: Text | None = None  # as its name begins, or goes on at any of its words
    kind: Literal["gpu", "cpu", "hashboard"] | None = None

    @property
    def rule(self) -> TemperatureRule:
        """The same for the pipeline."""
        return TemperatureRule(
            sensor=self.sensor,
            limits=SensorLimits(warning_celsius=self.warning_celsius, critical_celsius=self.critical_celsius),
            rig=self.rig,
            device=self.device,
            model=self.model,
            kind=None if self.kind is None else DeviceKind(self.kind),
        )


def check_thresholds(entries: Iterable[ThresholdEntry]) -> None:
    """Refuse limits that say nothing, or of which the critical one comes first.

    Raises:
        ConfigError: with the place and what to write.
    """
    for flaw in (flaw for entry in entries for flaw in _flaws(entry)):
        raise ConfigError(flaw)


def _flaws(entry: ThresholdEntry) -> Iterator[str]:
    warning, critical = entry.warning_celsius, entry.critical_celsius
    if warning is None and critical is None:
        yield f"{entry.place}: it says no limit; write warning_celsius, critical_celsius or both"
    elif warning is not None and critical is not None and warning >= critical:
        yield (
            f"{entry.place}: warning_celsius = {warning:g} is not below critical_celsius = {critical:g}; "
            "write a lower one"
        )
