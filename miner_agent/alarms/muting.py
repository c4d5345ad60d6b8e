"""What keeps an alert from being told: a person's silence, and an alert that it follows from. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from exporters.alerts.alert_rule import AlertRule, Inhibition
from miner_agent.model.alerting import AlertKey, AlertStanding, Severity, Silence

LONGEST_HOLD_SECONDS = 300.0  # for which what may follow from a pending alert waits for that to fire


def is_matched(silence: Silence, key: AlertKey, severity: Severity) -> bool:
    """Whether every matcher fits; ``*`` in one stands for anything."""
    labels = dict(key.labels) | {"alertname": key.rule, "rig": key.rig, "severity": severity}
    return all(fnmatchcase(labels.get(name, ""), wanted) for name, wanted in silence.matchers)


def is_silenced(silences: Iterable[Silence], key: AlertKey, severity: Severity) -> bool:
    """Whether a person wants to hear nothing of it."""
    return any(is_matched(silence, key, severity) for silence in silences)


class Causes:
    """Alerts that others may follow from, as they stand now."""

    def __init__(self, standings: Iterable[AlertStanding], for_seconds: Mapping[str, float], seconds: float) -> None:
        """
        Args:
            standings: of all alerts.
            for_seconds: how long alerts of a rule are pending, by its name.
            seconds: now, by the alerts' own clock.
        """
        self._by_rule: dict[str, list[AlertStanding]] = {}
        for standing in standings:
            if standing.stage != "resolved":
                self._by_rule.setdefault(standing.key.rule, []).append(standing)
        self._for_seconds, self._seconds = for_seconds, seconds

    def inhibit(self, key: AlertKey, rules: Sequence[AlertRule]) -> bool:
        """Whether the alert follows from one that fires."""
        return any(cause.stage != "pending" for cause in self._of(key, rules))

    def may_inhibit(self, consequence: AlertStanding, rules: Sequence[AlertRule]) -> bool:
        """Whether it is to wait, since what it may follow from is pending and fires soon.

        It waits no longer than five minutes, and not for what would have fired by now.
        """
        if self._seconds - consequence.stage_seconds >= LONGEST_HOLD_SECONDS:
            return False
        pending = [cause for cause in self._of(consequence.key, rules) if cause.stage == "pending"]
        latest = consequence.stage_seconds + LONGEST_HOLD_SECONDS
        return any(cause.since_seconds + self._for_seconds.get(cause.key.rule, 0.0) <= latest for cause in pending)

    def _of(self, key: AlertKey, rules: Sequence[AlertRule]) -> Iterable[AlertStanding]:
        for inhibition in {inhibition for rule in rules for inhibition in rule.inhibited_by}:
            for cause in self._by_rule.get(inhibition.rule, ()):
                if cause.key != key and _is_about_the_same(cause.key, key, inhibition):
                    yield cause


def _is_about_the_same(cause: AlertKey, consequence: AlertKey, inhibition: Inhibition) -> bool:
    if cause.rig != consequence.rig and not inhibition.any_rig:
        return False
    mine, others = dict(consequence.labels), dict(cause.labels)
    return all(mine.get(label, "") == others.get(label, "") for label in inhibition.on)
