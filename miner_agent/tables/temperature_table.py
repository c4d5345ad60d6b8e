"""Reads which temperatures are usual limits, by kind and model of a device."""

import functools
from typing import Annotated

from msgspec import Meta

from miner_agent.config.key_types import Table
from miner_agent.model.devices import DeviceKind
from miner_agent.model.temperature_limits import Sensor, SensorLimits, TemperatureRule
from miner_agent.tables.users_file import Line, built_in

Celsius = Annotated[float, Meta(gt=0, le=150)]


class TemperatureRow(Table, frozen=True):
    """``[[limits]]``"""

    sensor: Sensor
    warning_celsius: Celsius
    critical_celsius: Celsius
    source: Line
    kind: DeviceKind | None = None
    models: tuple[Line, ...] = ()  # none: every one of its kind


class TemperaturesFile(Table, frozen=True):
    """``temperatures.toml``"""

    limits: tuple[TemperatureRow, ...]


@functools.cache
def load_temperatures() -> tuple[TemperatureRule, ...]:
    """Every usual limit."""
    return tuple(
        TemperatureRule(
            sensor=row.sensor,
            limits=SensorLimits(warning_celsius=row.warning_celsius, critical_celsius=row.critical_celsius),
            kind=row.kind,
            model=model,
        )
        for row in built_in("temperatures.toml", TemperaturesFile).limits
        for model in (row.models or (None,))
    )
