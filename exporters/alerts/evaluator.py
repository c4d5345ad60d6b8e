"""Evaluates rules over the pages of one rig, without Prometheus. It keeps no clock and no page, only windows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import msgspec

from exporters.alerts.alert_rule import AlertRule
from exporters.alerts.conditions import Labels, Windowed
from exporters.alerts.judging import Judged, SeenPage, Verdicts, judge, windows_of
from exporters.alerts.sliding_windows import KeptWindow, SlidingWindow
from exporters.alerts.vectors import Row, Vector, by_name, picker
from exporters.metric_table import Family
from miner_agent.model.alerting import AlertFinding, AlertKey


@dataclass(frozen=True, slots=True)
class Found:
    """A finding, and by which rule: several have one name where a configuration tells some devices from others."""

    rule: AlertRule
    finding: AlertFinding


class Looked:
    """What one look at a page gave."""

    def __init__(
        self,
        found: Sequence[Found],
        held: Sequence[Found],
        judged: Mapping[str, Sequence[Verdicts]],
        there: Mapping[str, tuple[Labels, frozenset[Row]]],
    ) -> None:
        self.found = found
        """Conditions that hold."""
        self.held = held
        """Conditions that do not hold, and have not yet passed the bound at which an alert that fires would clear."""
        self._judged, self._there = judged, there
        self._known: dict[str, frozenset[tuple[tuple[str, str], ...]]] = {}

    def knows(self, key: AlertKey) -> bool:
        """Whether the page says anything of what the alert is about. If not, nobody knows whether it is over."""
        if key.rule not in self._known:
            told = self._judged.get(key.rule, ())
            self._known[key.rule] = frozenset(
                _labels(verdicts.names, row) for verdicts in told for row in verdicts.told
            )
        return key.labels in self._known[key.rule] or self._is_there(key)

    def _is_there(self, key: AlertKey) -> bool:
        labels, rows = self._there.get(key.rule, ((), frozenset()))
        own = dict(key.labels)
        return tuple(own.get(label, "") for label in labels) in rows


class Evaluator:
    """Rules, the pages of one rig, and what their windows remember of earlier ones."""

    def __init__(self, rules: Sequence[AlertRule], *, rig: str = "", kept: bytes | None = None) -> None:
        """
        Args:
            rules: what to look for.
            rig: whose pages they are: it stands in the keys of what is found.
            kept: what ``kept`` said at the end of an earlier run. What does not belong to a rule any more is forgotten.
        """
        self._rules, self._rig = tuple(rules), rig
        asked, self._names, self._subjects = _asked(self._rules)
        self._windows = [SlidingWindow(window) for window in asked]
        for window in _decoded(kept):
            any(mine.restore(window) for mine in self._windows)

    def look(self, families: Iterable[Family], *, now_seconds: float, steady_seconds: float) -> Looked:
        """What holds on this page.

        Args:
            families: the page. What is not on it is not known.
            now_seconds: since 1970, for ages.
            steady_seconds: of a clock that nobody sets and that goes on over restarts, for windows.
        """
        page = by_name(families, self._names)
        windows: dict[Windowed, Vector] = {}
        looked_at = SeenPage(page, windows, now_seconds)
        for window in self._windows:
            windows[window.asked] = window.look(looked_at.chosen(window.asked.of), steady_seconds)
        found, held, judged = list[Found](), list[Found](), dict[str, list[Verdicts]]()
        for rule, subject in self._subjects:
            if subject not in page:
                continue
            verdicts = judge(rule.condition, looked_at)
            judged.setdefault(rule.name, []).append(verdicts)
            for row, each in _let_through(rule, verdicts, looked_at):
                key = AlertKey(rule.name, self._rig, _labels(verdicts.names, row))
                finding = AlertFinding(key=key, value=each.value, threshold=each.threshold)
                (found if each.holds else held).append(Found(rule, finding))
        there = {
            rule.name: (rule.known_by.on, frozenset(looked_at.chosen(rule.known_by.series).on(rule.known_by.on)))
            for rule in self._rules
            if rule.known_by is not None
        }
        return Looked(found, held, judged, there)

    def kept(self) -> bytes:
        """What its windows remember, for an evaluator that goes on after a restart."""
        return msgspec.json.encode([window.kept() for window in self._windows])


@lru_cache(maxsize=8)
def _asked(
    rules: tuple[AlertRule, ...],
) -> tuple[Sequence[Windowed], frozenset[str], Sequence[tuple[AlertRule, str]]]:
    """What rules ask for, windows and names of metrics, and of which one each is: the same for a thousand rigs."""
    conditions = [each for rule in rules for each in (rule.condition, *(guard.condition for guard in rule.guards))]
    windows = dict.fromkeys(window for condition in conditions for window in windows_of(condition))
    subjects = tuple((rule, rule.subject.name) for rule in rules)
    return tuple(windows), frozenset(series.name for rule in rules for series in rule.asked), subjects


def _let_through(rule: AlertRule, verdicts: Verdicts, page: SeenPage) -> Iterator[tuple[Row, Judged]]:
    """What holds, or is held, and passes the rule's guards."""
    left = verdicts.rows
    for guard in rule.guards:
        if not left:
            break
        told, pick = judge(guard.condition, page).holding(guard.on), picker(verdicts.names, guard.on)
        left = {row: each for row, each in left.items() if (pick(row) in told) is guard.holds}
    yield from left.items()


def _labels(names: Labels, row: Row) -> tuple[tuple[str, str], ...]:
    """What tells a finding from others. The severity of an alert stands in the place of a metric's own."""
    told = ((name, str(value)) for name, value in zip(names, row, strict=True) if value and name != "severity")
    return tuple(sorted(told))  # str: some of the page's are members of an enumeration


def _decoded(kept: bytes | None) -> Sequence[KeptWindow]:
    try:
        return () if kept is None else msgspec.json.decode(kept, type=tuple[KeptWindow, ...])
    except msgspec.DecodeError:
        return ()  # of another version: windows begin anew
