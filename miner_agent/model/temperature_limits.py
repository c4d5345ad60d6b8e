"""From which temperature on a sensor is to be told of: as configured, as its card says, or as is usual for its kind."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import Any, Literal, TypeAlias

from miner_agent.model.called import goes_by
from miner_agent.model.devices import DeviceKind, DeviceReading
from miner_agent.model.made_in_c import made_in_c

Sensor: TypeAlias = Literal["core", "memory", "hotspot", "vrm", "inlet", "outlet", "board", "chip", "ambient", "liquid"]
"""What is measured. The last two are of a machine, the others of a device."""

WARNING_BELOW, CRITICAL_BELOW = 10.0, 4.0
"""So much below the temperature at which a device slows down by itself [K]."""
APART = WARNING_BELOW - CRITICAL_BELOW
_KEPT = 4096  # answers, by what sources say of themselves


def temperatures_of(device: DeviceReading) -> dict[Sensor, float | None]:
    """Each temperature of a device by what its sensor is called there."""
    is_board = device.kind is DeviceKind.HASHBOARD
    return {
        "board" if is_board else "core": device.core_temperature_celsius,
        "memory": device.memory_temperature_celsius,
        "chip" if is_board else "hotspot": device.hotspot_temperature_celsius,
        "vrm": device.vrm_temperature_celsius,
        "inlet": device.inlet_temperature_celsius,
        "outlet": device.outlet_temperature_celsius,
    }


def slowdowns_of(device: DeviceReading) -> dict[Sensor, float | None]:
    """Where the device slows down by itself, as far as its driver tells."""
    return {
        "core": device.slowdown_temperature_celsius,
        "memory": device.memory_slowdown_temperature_celsius,
        "hotspot": device.hotspot_slowdown_temperature_celsius,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorLimits:
    """Above which temperatures one sensor is to be told of; ``None``: nobody knows."""

    warning_celsius: float | None = None
    critical_celsius: float | None = None


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class TemperatureThreshold:
    """The limits of one sensor of one device or machine."""

    subject: str  # the device or the miner, by its name in metrics
    sensor: Sensor
    limits: SensorLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class TemperatureRule:
    """Limits of one sensor, and of what. ``None`` is whatever there is."""

    sensor: Sensor
    limits: SensorLimits
    rig: str | None = None
    device: str | None = None  # by its label
    model: str | None = None  # how a name begins, or goes on at any of its words: "RTX 3080", "Antminer S21"
    kind: DeviceKind | None = None

    @property
    def rank(self) -> tuple[bool, bool, int, bool]:
        """The more closely it says what it is of, the higher."""
        return self.device is not None, self.rig is not None, len(self.model or ""), self.kind is not None

    def is_of(self, sensed: "Sensed") -> bool:
        """Whether it speaks of that sensor."""
        return (
            self.sensor == sensed.sensor
            and self.rig in {None, sensed.rig}
            and self.device in {None, sensed.device}
            and self.kind in {None, sensed.kind}
            and (self.model is None or goes_by(sensed.called, self.model))
        )


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class Sensed:
    """One sensor, and all that tells it from others."""

    sensor: Sensor
    rig: str
    device: str | None = None  # None: it is the machine's
    kind: DeviceKind | None = None
    called: str = ""  # maker, name, machine and program, as they are told
    slowdown_celsius: float | None = None  # where the device slows down by itself


_FIELDS = attrgetter(*(one.name for one in fields(Sensed)))
_OF_MANY = attrgetter(*(one.name for one in fields(Sensed) if one.name not in {"rig", "device"}))


@dataclass(frozen=True, slots=True)
class TemperatureLimits:
    """All rules: those of the configuration, and those of what is usual. The closest holds, of several the last.

    Where the configuration's closest rule says one of the two limits, the next closest one says the other.
    """

    told: tuple[TemperatureRule, ...] = ()
    usual: tuple[TemperatureRule, ...] = ()
    _known: dict[tuple[object, ...], SensorLimits] = field(default_factory=dict, init=False, repr=False, compare=False)
    _key_of: Any = field(init=False, repr=False, compare=False)  # of a sensor, in what has been found

    def __post_init__(self) -> None:
        tells_apart = any(rule.rig is not None or rule.device is not None for rule in (*self.told, *self.usual))
        object.__setattr__(self, "_key_of", _FIELDS if tells_apart else _OF_MANY)

    def of(self, sensed: Sensed) -> SensorLimits:
        """The limits of one sensor; of each the configuration's, else the card's, else the usual ones."""
        key = self._key_of(sensed)  # found five times as fast as what it stands for
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= _KEPT:
                self._known.clear()
            known = self._known[key] = self._of(sensed)
        return known

    def _of(self, sensed: Sensed) -> SensorLimits:
        slowdown = sensed.slowdown_celsius
        if slowdown is not None:
            found = SensorLimits(warning_celsius=slowdown - WARNING_BELOW, critical_celsius=slowdown - CRITICAL_BELOW)
        else:
            found = next(iter(_fitting(self.usual, sensed)), SensorLimits())
        for told in reversed(_fitting(self.told, sensed)):
            found = _over(found, told)
        return found


NO_LIMITS = TemperatureLimits()
"""Only what cards say themselves."""


def _fitting(rules: Iterable[TemperatureRule], sensed: Sensed) -> list[SensorLimits]:
    """What rules say that speak of that sensor: the closest first, of equal ones the last."""
    fitting = [(rule.rank, position, rule.limits) for position, rule in enumerate(rules) if rule.is_of(sensed)]
    return [limits for *_, limits in sorted(fitting, key=lambda one: one[:2], reverse=True)]


def _over(found: SensorLimits, told: SensorLimits) -> SensorLimits:
    """What is told over what was found: where only one of the two is told, the other one keeps its distance."""
    warning, critical = told.warning_celsius, told.critical_celsius
    if warning is None and critical is not None:
        usual = found.warning_celsius
        warning = usual if usual is not None and usual < critical else critical - APART
    elif critical is None and warning is not None:
        usual = found.critical_celsius
        critical = usual if usual is not None and usual > warning else warning + APART
    return SensorLimits(warning_celsius=warning, critical_celsius=critical)
