"""What keeps an alert from being told: a person's silence, and an alert that it follows from. Pure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TypeAlias

from exporters.alerts.alert_rule import AlertRule, Inhibition
from exporters.alerts.judging import windows_of
from miner_agent.model.alerting import AlertKey, AlertStanding, Severity, Silence

LONGEST_HOLD_SECONDS = 300.0  # for which what may follow from a pending alert waits for that to fire
AFTERMATH_SECONDS = 1800.0  # for which what followed from an alert is not told behind the end of that, at least


def is_fitting(text: str, wanted: str) -> bool:
    """Whether a text is what a matcher wants: ``*`` stands for anything, and every other letter for itself.

    >>> is_fitting("left-3", "left-*"), is_fitting("card [0]", "card [0]"), is_fitting("left-3", "left-?")
    (True, True, False)
    """
    return fnmatchcase(text, wanted.replace("[", "[[]").replace("?", "[?]"))


def is_matched(silence: Silence, key: AlertKey, severity: Severity) -> bool:
    """Whether every matcher fits."""
    labels = dict(key.labels) | {"alertname": key.rule, "rig": key.rig, "severity": severity}
    return all(is_fitting(labels.get(name, ""), wanted) for name, wanted in silence.matchers)


def aftermath_seconds(rule: AlertRule) -> float:
    """For how long an alert that followed from another one may go on behind the end of that. [s]

    What was cooled takes its time, and a window remembers as much as it is long.
    """
    return max((window.within_seconds for window in windows_of(rule.condition)), default=0.0) + AFTERMATH_SECONDS


def is_silenced(silences: Iterable[Silence], key: AlertKey, severity: Severity) -> bool:
    """Whether a person wants to hear nothing of it."""
    return any(is_matched(silence, key, severity) for silence in silences)


_Subject: TypeAlias = tuple[str | None, ...]


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
        self._sorted: dict[Inhibition, dict[_Subject, list[AlertStanding]]] = {}  # once somebody asks
        self._for_seconds, self._seconds = for_seconds, seconds

    def inhibit(self, key: AlertKey, rule: AlertRule) -> bool:
        """Whether the alert follows from one that fires."""
        return any(cause.stage != "pending" for cause in self._of(key, rule))

    def may_inhibit(self, consequence: AlertStanding, rule: AlertRule) -> bool:
        """Whether it is to wait, since what it may follow from is pending and fires soon.

        It waits no longer than five minutes, and not for what would have fired by now.
        """
        if self._seconds - consequence.stage_seconds >= LONGEST_HOLD_SECONDS:
            return False
        pending = [cause for cause in self._of(consequence.key, rule) if cause.stage == "pending"]
        latest = consequence.stage_seconds + LONGEST_HOLD_SECONDS
        return any(cause.since_seconds + self._for_seconds.get(cause.key.rule, 0.0) <= latest for cause in pending)

    def _of(self, key: AlertKey, rule: AlertRule) -> Iterator[AlertStanding]:
        for inhibition in rule.inhibited_by:
            if inhibition.rule in self._by_rule:
                for cause in self._by_subject(inhibition).get(_subject(key, inhibition), ()):
                    if cause.key != key:
                        yield cause

    def _by_subject(self, inhibition: Inhibition) -> Mapping[_Subject, Sequence[AlertStanding]]:
        """The causes that it names: a thousand rigs may have as many, and each of their alerts asks."""
        found = self._sorted.get(inhibition)
        if found is None:
            found = self._sorted[inhibition] = {}
            for cause in self._by_rule[inhibition.rule]:
                found.setdefault(_subject(cause.key, inhibition), []).append(cause)
        return found


def _subject(key: AlertKey, inhibition: Inhibition) -> _Subject:
    """Rig and labels by which cause and consequence are about the same."""
    labels = dict(key.labels) if inhibition.on else {}
    return (None if inhibition.any_rig else key.rig, *[labels.get(label, "") for label in inhibition.on])
