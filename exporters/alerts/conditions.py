"""What a rule can ask of the published metrics: the kinds of condition, as data.

``promql`` writes each as an expression, ``judging`` looks at a page with it. Both must say the same: a test holds them
to each other on Prometheus itself.

A window is asked with nothing but its lowest value. ``increase()`` extrapolates, and every engine does so in its own
way; ``m - min_over_time(m[1h])`` is the same number everywhere, also of a series that is younger than its window. Where
a counter was reset it tells what has come since, so that a restart is never taken for a thousand errors.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Self, TypeAlias

Labels: TypeAlias = tuple[str, ...]
Words: TypeAlias = tuple[str, ...]
Together = Literal["max", "min", "sum", "above_zero"]
"""How series are taken together; the last one counts those whose value is above zero."""
Operator = Literal[">", ">=", "<", "<=", "=="]


@dataclass(frozen=True, slots=True)
class Series:
    """A metric, as far as its labels hold these words."""

    name: str
    where: tuple[tuple[str, Words], ...] = ()
    but: tuple[tuple[str, Words], ...] = ()
    together: Together | None = None
    over: Labels = ()  # labels by which series are not told apart

    def excluding(self, **words: str | Words) -> Self:
        """Without those whose label holds one of these words."""
        return replace(self, but=_held(words))

    def over_all(self, together: Together, *labels: str) -> Self:
        """One for all values of ``labels``."""
        return replace(self, together=together, over=labels)


def series(name: str, **where: str | Words) -> Series:
    """A metric whose labels hold these words; several to a label: one of them."""
    return Series(name, _held(where))


def _held(words: dict[str, str | Words]) -> tuple[tuple[str, Words], ...]:
    return tuple((label, (each,) if isinstance(each, str) else each) for label, each in words.items())


@dataclass(frozen=True, slots=True)
class AgeOf:
    """Seconds since the moment that a metric tells; below zero where that is still to come."""

    of: Series


@dataclass(frozen=True, slots=True)
class Grown:
    """By how much a counter stands above its lowest value within the window."""

    of: Series
    within_seconds: float
    a_second: bool = False  # divided by the length of the window


@dataclass(frozen=True, slots=True)
class Fallen:
    """By how much a value stands below its highest one within the window."""

    of: Series
    within_seconds: float


@dataclass(frozen=True, slots=True)
class Highest:
    """The highest value within the window."""

    of: Series
    within_seconds: float


@dataclass(frozen=True, slots=True)
class ChangesOf:
    """How often a value was another one than before, within the window."""

    of: Series
    within_seconds: float


@dataclass(frozen=True, slots=True)
class Quotient:
    """One metric as a part of another, which is joined on these labels. There is none where the other is zero."""

    of: Series
    by: Series
    on: Labels = ()


@dataclass(frozen=True, slots=True)
class Apart:
    """How far two metrics are apart, whichever is larger."""

    of: Series
    other: Series
    on: Labels = ()


Windowed: TypeAlias = Grown | Fallen | Highest | ChangesOf
Term: TypeAlias = Series | AgeOf | Windowed | Quotient | Apart


@dataclass(frozen=True, slots=True)
class Scaled:
    """A bound that another metric tells, joined on these labels: ``metric * times + plus``, or ``at_least``."""

    of: Series
    on: Labels = ()
    times: float = 1.0
    plus: float = 0.0
    at_least: float | None = None


Bound: TypeAlias = float | Scaled


@dataclass(frozen=True, slots=True)
class Compare:
    """A term that stands above, below or at a bound.

    ``clears``: the bound that it must pass on its way back, where that is not the same one: an alert that fires goes on
    until then.
    """

    term: Term
    operator: Operator
    bound: Bound
    clears: Bound | None = None


@dataclass(frozen=True, slots=True)
class TooFew:
    """Fewer events counted than expected, beyond chance, in one of the windows.

    Counted n of E expected, ``n / E < ratio - sigmas * sqrt(ratio / E)``: what comes at random (a Poisson process) with
    a mean of ``ratio * E`` stays above that but for once in 30,000 times at four sigmas.
    """

    counted: Series
    expected: Series  # with the same labels
    ratio: float
    sigmas: float
    windows_seconds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class TooMany:
    """One kind of events a larger part of both than ``ratio``, and beyond chance more than ``surely``."""

    part: Series
    rest: Series  # with the same labels
    ratio: float
    surely: float
    sigmas: float
    within_seconds: float


Condition: TypeAlias = Compare | TooFew | TooMany


def above(term: Term, bound: Bound, *, clears: Bound | None = None) -> Compare:
    """It stands above the bound."""
    return Compare(term, ">", bound, clears)


def below(term: Term, bound: Bound, *, clears: Bound | None = None) -> Compare:
    """It stands below the bound."""
    return Compare(term, "<", bound, clears)


def at_least(term: Term, bound: Bound) -> Compare:
    """It stands at the bound or above."""
    return Compare(term, ">=", bound)


def equal(term: Term, bound: Bound) -> Compare:
    """It stands at the bound."""
    return Compare(term, "==", bound)


def is_so(name: str, **where: str | Words) -> Compare:
    """A metric that tells of a state by 1 or 0 says 1."""
    return Compare(series(name, **where), "==", 1)


def is_not_so(name: str, **where: str | Words) -> Compare:
    """It says 0."""
    return Compare(series(name, **where), "==", 0)


def series_of(condition: Condition) -> Sequence[Series]:
    """Every metric that the condition asks for, what it is about first."""
    match condition:
        case TooFew(counted=first, expected=second) | TooMany(part=first, rest=second):
            return first, second
        case Compare(term=term):
            bounds = (condition.bound, condition.clears)
            return (*series_of_term(term), *(bound.of for bound in bounds if isinstance(bound, Scaled)))


def series_of_term(term: Term) -> Sequence[Series]:
    """Every metric of a term, what it is about first."""
    match term:
        case Series():
            return (term,)
        case Quotient(of=first, by=second) | Apart(of=first, other=second):
            return first, second
        case AgeOf() | Grown() | Fallen() | Highest() | ChangesOf():
            return (term.of,)
