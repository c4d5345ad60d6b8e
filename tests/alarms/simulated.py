"""A simulated rig for the life cycle of alerts: pages of a few values, on a clock that jumps. Rules and names are invented."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from exporters.alerts.alert_rule import AlertRule, inhibited, unless
from exporters.alerts.conditions import above, is_not_so, is_so, series
from exporters.metric_table import Family, MetricSpec
from miner_agent.alarms.alert_book import AlertBook
from miner_agent.alarms.life_cycle import AlertMoment
from miner_agent.model.alerting import Notice

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
EVERY_SECONDS = 15.0
RIG = "rig-1"

Values = Mapping[str, Mapping[str, float] | float | None]
"""By metric: a value, or one by device. ``None``: not on the page."""


def rule(name: str, **changes: Any) -> AlertRule:
    """A rule that finds what is 1 of the metric with its name in small letters."""
    told: dict[str, Any] = {
        "name": name,
        "severity": "warning",
        "about": "device",
        "condition": is_so(f"rig_{name.lower()}"),
        "summary": f"{name} of {{device}}",
        "what_to_do": "Look at it.",
    }
    return AlertRule(**told | changes)


HOT = rule(
    "Hot",
    condition=above(series("rig_degrees"), 80, clears=75),
    for_seconds=60,
    keep_firing_seconds=120,
    unit="celsius",
    summary="{device} is at {value}",
)
DOWN = rule(
    "Down",
    severity="critical",
    condition=is_not_so("rig_up"),
    for_seconds=60,
    guards=unless(is_so("rig_maintenance"), is_so("rig_planned_off")),
)
LOST = rule("Lost", severity="critical")
SLOW = rule("Slow", inhibited_by=inhibited("Lost", on=("device",)))


def page(values: Values) -> list[Family]:
    """A page of metrics."""
    return [_family(name, each) for name, each in values.items() if each is not None]


def _family(name: str, values: Mapping[str, float] | float) -> Family:
    spec: MetricSpec[object] = MetricSpec(name, "gauge", "Invented.", (), lambda _: [])
    if isinstance(values, int | float):
        return Family(spec, (), [((), (), values)])
    return Family(spec, ("device",), [((device,), (), value) for device, value in values.items()])


class Simulation:
    """Looks at pages at even steps, and notes what is told and when."""

    def __init__(self, *rules: AlertRule, book: AlertBook | None = None, seconds: float = 0.0) -> None:
        self.book = book or AlertBook(rules, group_wait_seconds=0.0)
        self.seconds, self.ahead = seconds, timedelta()  # of the wall clock
        self.told: list[tuple[float, str, str, str]] = []  # when, state, rule, device
        self.notices: list[Notice] = []

    @property
    def at(self) -> AlertMoment:
        return AlertMoment(now=START + self.ahead + timedelta(seconds=self.seconds), seconds=self.seconds)

    def look(self, values: Values | None, *, rigs: Sequence[str] = (RIG,), every: float = EVERY_SECONDS) -> None:
        """One look at a page of each rig, or at none."""
        for rig in rigs:
            if values is None:
                self.book.miss(rig, self.at)
            else:
                self.book.look(rig, page(values), self.at, interval_seconds=EVERY_SECONDS)
        self.book.tell(self.at)
        for notice in self.book.taken().notices:
            self.told.append((self.seconds, notice.state, notice.key.rule, dict(notice.key.labels).get("device", "")))
            self.notices.append(notice)
        self.seconds += every

    def run(self, seconds: float, values: Values | None, *, every: float = EVERY_SECONDS) -> "Simulation":
        """The same page for so long."""
        until = self.seconds + seconds
        while self.seconds < until:
            self.look(values, every=every)
        return self

    @property
    def states(self) -> list[str]:
        return [state for _, state, _, _ in self.told]
