"""From findings to what fires, as Prometheus does it: ``for``, ``keep_firing_for`` and a bound at which it clears."""

from collections.abc import Iterable
from dataclasses import dataclass

from exporters.alerts.evaluator import Looked
from miner_agent.model.alerting import AlertKey


@dataclass
class _Alert:
    since_seconds: float
    keep_firing_seconds: float
    firing: bool = False
    over_seconds: float | None = None


class Firing:
    """What fires, step by step."""

    def __init__(self) -> None:
        self._alerts: dict[AlertKey, _Alert] = {}

    def after(self, looked: Looked, seconds: float) -> set[AlertKey]:
        """The alerts that fire after this look."""
        held = {each.finding.key: each.rule for each in looked.held if self._fires(each.finding.key)}
        holding = {each.finding.key: each.rule for each in looked.found} | held
        for key, rule in holding.items():
            alert = self._alerts.setdefault(key, _Alert(seconds, rule.keep_firing_seconds))
            alert.over_seconds = None
            alert.firing = alert.firing or seconds - alert.since_seconds >= rule.for_seconds
        self._end(self._alerts.keys() - holding.keys(), seconds)
        return {key for key, alert in self._alerts.items() if alert.firing}

    def _fires(self, key: AlertKey) -> bool:
        return key in self._alerts and self._alerts[key].firing

    def _end(self, keys: Iterable[AlertKey], seconds: float) -> None:
        for key in keys:
            alert = self._alerts[key]
            if alert.over_seconds is None:
                alert.over_seconds = seconds
            if not alert.firing or seconds - alert.over_seconds >= alert.keep_firing_seconds:
                del self._alerts[key]
