"""What a rule of the table of alerts is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from exporters.alerts.conditions import Condition, Labels, Series, series_of
from miner_agent.model.alerting import Severity

About = Literal["rig", "host", "device", "miner", "pool", "meter", "money", "books", "agent", "gateway", "scraper"]
Unit = Literal[
    "state", "count", "ratio", "seconds", "celsius", "watts", "rpm", "bytes", "moment", "volts", "hashes_per_second"
]
"""What a value is shown in. Of a state nothing is shown: it is 1 or 0."""


@dataclass(frozen=True, slots=True)
class AlertGuard:
    """A rule says nothing where this condition holds (``holds`` False), or says something only where it does (True)."""

    holds: bool
    condition: Condition
    on: Labels = ()


@dataclass(frozen=True, slots=True)
class Inhibition:
    """While that alert fires, with the same values of these labels, this one is its consequence and not told."""

    rule: str
    on: Labels = ()
    any_rig: bool = False  # also where it fires for the gateway that reads this rig


@dataclass(frozen=True, slots=True)
class KnownBy:
    """Where this metric is there, with the same values of these labels, an alert whose own metric is gone is over.

    There are metrics that go away when what they tell of has ended.
    """

    series: Series
    on: Labels


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """One alert: when it is one, how long that must last, and what a person is to do.

    ``summary`` may name labels of what it is about and ``{value}``.
    """

    name: str
    severity: Severity
    about: About
    condition: Condition
    for_seconds: float = 0.0
    keep_firing_seconds: float = 0.0
    guards: tuple[AlertGuard, ...] = ()
    inhibited_by: tuple[Inhibition, ...] = ()
    known_by: KnownBy | None = None
    summary: str
    what_to_do: str
    unit: Unit = "state"

    @property
    def subject(self) -> Series:
        """The metric that it is about: what it finds has the labels of this one."""
        return series_of(self.condition)[0]

    @property
    def asked(self) -> Iterator[Series]:
        """Every metric that it asks for, what it is about first."""
        yield from series_of(self.condition)
        for guard in self.guards:
            yield from series_of(guard.condition)
        if self.known_by is not None:
            yield self.known_by.series


def unless(*conditions: Condition, on: Labels = ()) -> tuple[AlertGuard, ...]:
    """Where one of these holds for the same values of the labels, the rule says nothing."""
    return tuple(AlertGuard(False, condition, on) for condition in conditions)


def only_if(*conditions: Condition, on: Labels = ()) -> tuple[AlertGuard, ...]:
    """The rule says something only where all of these hold for the same values of the labels."""
    return tuple(AlertGuard(True, condition, on) for condition in conditions)


def inhibited(*rules: str, on: Labels = (), any_rig: bool = False) -> tuple[Inhibition, ...]:
    """The alerts whose consequence it is, on the same values of the labels."""
    return tuple(Inhibition(rule, on, any_rig) for rule in rules)
