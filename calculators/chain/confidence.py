"""How far something can be trusted: what speaks against it, how far two figures are apart, how old they are."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from calculators.given import above_zero
from calculators.units import DAYS_PER_YEAR

Level = Literal["high", "medium", "low", "refused"]
Kind = Literal[
    "disagreement",
    "one_estimate",
    "age",
    "unit",
    "reward",
    "fees",
    "price",
    "rare_blocks",
    "own_share",
    "modelled",
    "chain",
    "left_out",
]
"""What a finding is about, in few words: for metrics, whose labels must not hold ages and amounts."""
LEVELS: tuple[Level, ...] = ("high", "medium", "low", "refused")
REFUSED_APART = 0.30
LOW_APART = 0.20
MEDIUM_APART = 0.10
STALE = timedelta(minutes=30)
OLD = timedelta(days=1)
TOLD_IN_YEARS = 10
CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """How far an estimate can be trusted, and every reason against it. A refused coin is shown, but not ranked."""

    level: Level
    reasons: tuple[str, ...] = ()  # the weightiest first
    kinds: tuple[Kind, ...] = field(default=(), compare=False)  # what each reason is about
    but_for_age: Level | None = field(
        default=None, compare=False
    )  # what it would be if nothing were old; None: no age lowers it

    @property
    def of_its_day(self) -> Level:
        """How far the figures could be trusted when they were taken: tells coins of one old market apart."""
        return self.level if self.but_for_age is None else self.but_for_age

    @property
    def kind(self) -> Kind | None:
        """What the weightiest reason is about."""
        return self.kinds[0] if self.kinds else None

    @property
    def beside_age(self) -> str | None:
        """Where age is the weightiest reason, the weightiest of the others: it holds when the figures are new too."""
        others = (reason for reason, kind in zip(self.reasons, self.kinds, strict=True) if kind != "age")
        return next(others, None) if self.kind == "age" else None

    def lowered(self, finding: "Finding") -> "Confidence":
        """With one thing more that speaks against it."""
        level, of_its_day = _worse(self.level, finding.level), _worse(self.of_its_day, finding.level)
        worse = level != self.level
        return Confidence(
            level=level,
            reasons=(finding.reason, *self.reasons) if worse else (*self.reasons, finding.reason),
            kinds=(finding.kind, *self.kinds) if worse else (*self.kinds, finding.kind),
            but_for_age=None if of_its_day == level else of_its_day,
        )

    @property
    def told(self) -> str:
        """The level with its weightiest reason, and where that is an age with the weightiest one beside it, for people.

        >>> judged([Finding(level="low", reason="ETC: the price is 3 days old", kind="age")]).told
        'low (ETC: the price is 3 days old)'
        """
        if not self.reasons:
            return self.level
        beside = "" if self.beside_age is None else f"; {self.beside_age}"
        return f"{self.level} ({self.reasons[0]}{beside})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that speaks against an estimate: the best level that it leaves, and the sentence."""

    level: Level
    reason: str
    kind: Kind


def judged(findings: Sequence[Finding]) -> Confidence:
    """All findings as one confidence: the worst level, the reasons each once, the weightiest first.

    >>> alone = Finding(level="medium", reason="one", kind="one_estimate")
    >>> judged([alone, Finding(level="low", reason="old", kind="age")])
    Confidence(level='low', reasons=('old', 'one'), kinds=('age', 'one_estimate'), but_for_age='medium')
    """
    by_weight = sorted(findings, key=lambda finding: -LEVELS.index(finding.level))
    if not by_weight:
        return Confidence(level=LEVELS[0])
    kinds: dict[str, Kind] = {}
    for finding in by_weight:
        kinds.setdefault(finding.reason, finding.kind)
    worst = by_weight[0].level
    of_its_day = next((finding.level for finding in by_weight if finding.kind != "age"), LEVELS[0])
    return Confidence(
        level=worst,
        reasons=tuple(kinds),
        kinds=tuple(kinds.values()),
        but_for_age=None if of_its_day == worst else of_its_day,
    )


def of_all(together: Confidence, parts: Sequence[Confidence]) -> Confidence:
    """The confidence of several with what it would be if nothing of any of them were old.

    >>> old = Confidence(level="low", reasons=("ETC: the price is 2 days old",), but_for_age="high")
    >>> of_all(Confidence(level="low"), [old, Confidence(level="high")]).of_its_day
    'high'
    """
    of_its_day = max((part.of_its_day for part in parts), key=LEVELS.index, default=LEVELS[0])
    return replace(together, but_for_age=None if of_its_day == together.level else of_its_day)


def findings_of(confidence: Confidence, *, level: Level | None = None) -> list[Finding]:
    """Every reason of a confidence as a finding again, for a sum of several.

    Args:
        confidence: of one of them.
        level: that each of them leaves; ``None``: the confidence's own.

    >>> low = Confidence(level="low", reasons=("one source", "a thin market"), kinds=("one_estimate", "price"))
    >>> [(each.level, each.reason) for each in findings_of(low, level="medium")]
    [('medium', 'one source'), ('medium', 'a thin market')]
    """
    given = level or confidence.level
    told = zip(confidence.reasons, confidence.kinds, strict=True)
    return [Finding(level=given, reason=reason, kind=kind) for reason, kind in told]


def _worse(one: Level, other: Level) -> Level:
    return max(one, other, key=LEVELS.index)


def apart(one: float, other: float) -> float:
    """How far two estimates are apart: the larger by the smaller, less one. [1]

    Args:
        one: an estimate. [of any unit]
        other: another of the same. [of the same unit]

    Raises:
        ValueError: one is not finite or not above zero.

    >>> apart(2, 3)
    0.5
    """
    above_zero(one=one, other=other)
    return max(one, other) / min(one, other) - 1


def aged(*, what: str, taken_at: datetime | None, now: datetime) -> list[Finding]:
    """What an age speaks against: over 30 minutes is stale, over a day is old, and the future is a wrong clock.

    What tells no time (``None``) may be of any.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> [finding.reason for finding in aged(what="ETC: the price", taken_at=noon, now=noon + timedelta(hours=2))]
    ['ETC: the price is 2 h old']
    """
    if taken_at is None:
        return [Finding(level="low", reason=f"{what} does not say of when it is", kind="age")]
    age = now - taken_at
    if age < -CLOCKS_DIFFER:
        return [
            Finding(level="low", reason=f"{what} is of {taken_at:%Y-%m-%d %H:%M} UTC, which is yet to come", kind="age")
        ]
    if age <= STALE:
        return []
    return [Finding(level="low" if age > OLD else "medium", reason=f"{what} is {span(age)} old", kind="age")]


def span(age: timedelta) -> str:
    """A time in the unit that people would use.

    >>> span(timedelta(hours=30)), span(timedelta(days=996)), span(timedelta(days=32_987))
    ('30 h', '996 days', '90 years')
    """
    minutes, days = age / timedelta(minutes=1), age / timedelta(days=1)
    if minutes < 100:
        return f"{minutes:.0f} min"
    if days < 2:
        return f"{minutes / 60:.0f} h"
    return f"{days:.0f} days" if days < TOLD_IN_YEARS * DAYS_PER_YEAR else f"{days / DAYS_PER_YEAR:,.0f} years"
