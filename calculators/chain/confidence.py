"""How far something can be trusted: what speaks against it, how far two figures are apart, how old they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from calculators.given import above_zero

Level = Literal["high", "medium", "low", "refused"]
LEVELS: tuple[Level, ...] = ("high", "medium", "low", "refused")
REFUSED_APART = 0.30
LOW_APART = 0.20
MEDIUM_APART = 0.10
STALE = timedelta(minutes=30)
OLD = timedelta(days=1)
CLOCKS_DIFFER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confidence:
    """How far an estimate can be trusted, and every reason against it. A refused coin is shown, but not ranked."""

    level: Level
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that speaks against an estimate: the best level that it leaves, and the sentence."""

    level: Level
    reason: str


def judged(findings: Sequence[Finding]) -> Confidence:
    """All findings as one confidence: the worst level, the reasons in their order, each once.

    >>> judged([Finding(level="low", reason="stale"), Finding(level="medium", reason="one source")]).level
    'low'
    """
    worst = max((LEVELS.index(finding.level) for finding in findings), default=0)
    return Confidence(level=LEVELS[worst], reasons=tuple(dict.fromkeys(finding.reason for finding in findings)))


def apart(one: float, other: float) -> float:
    """How far two estimates are apart: the larger by the smaller, less one.

    Raises:
        ValueError: one is not finite or not above zero.

    >>> apart(2, 3)
    0.5
    """
    above_zero(one=one, other=other)
    return max(one, other) / min(one, other) - 1


def aged(*, what: str, taken_at: datetime, now: datetime) -> list[Finding]:
    """What an age speaks against: over 30 minutes is stale, over a day is old, and the future is a wrong clock.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> [finding.reason for finding in aged(what="ETC: the price", taken_at=noon, now=noon + timedelta(hours=2))]
    ['ETC: the price is 2 h old']
    """
    age = now - taken_at
    if age < -CLOCKS_DIFFER:
        return [Finding(level="low", reason=f"{what} is of {taken_at:%Y-%m-%d %H:%M} UTC, which is yet to come")]
    if age <= STALE:
        return []
    return [Finding(level="low" if age > OLD else "medium", reason=f"{what} is {span(age)} old")]


def span(age: timedelta) -> str:
    """A time in the unit that people would use."""
    minutes = age / timedelta(minutes=1)
    if minutes < 100:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.0f} h" if minutes < 48 * 60 else f"{minutes / 60 / 24:.0f} days"
