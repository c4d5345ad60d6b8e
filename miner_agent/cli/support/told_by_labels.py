"""Answers of a Prometheus by the values of some labels; a label that one lacks counts as empty."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from calculators.units import SECONDS_PER_DAY
from miner_agent.look.asked_prometheus import AskedPrometheus, ToldCourse, ToldValue
from miner_agent.text import natural_key

COURSE_STEPS = 24

Course = tuple[float | None, ...]


def by_labels(told: Iterable[ToldValue], *names: str) -> dict[tuple[str, ...], float]:
    """What each is now, by its values of these labels."""
    return {_key(one, names): one.value for one in told}


def summed_by_labels(told: Iterable[ToldValue], *names: str) -> dict[tuple[str, ...], float]:
    """The same, where several have the same values: their sum."""
    sums = defaultdict[tuple[str, ...], float](float)
    for one in told:
        sums[_key(one, names)] += one.value
    return dict(sums)


def courses_by_labels(
    prometheus: AskedPrometheus, query: str, *names: str, seconds: float = SECONDS_PER_DAY
) -> dict[tuple[str, ...], Course]:
    """What was in so many seconds until now, by the values of these labels. [s]"""
    told = prometheus.over(query, seconds=seconds, steps=COURSE_STEPS)
    return {_key(one, names): one.values for one in told}


def in_natural_order(item: tuple[tuple[str, ...], float]) -> tuple[object, ...]:
    """Sorts what ``by_labels`` gives as people count."""
    return tuple(natural_key(value) for value in item[0])


def _key(one: ToldValue | ToldCourse, names: Sequence[str]) -> tuple[str, ...]:
    return tuple(one.labels.get(name, "") for name in names)


def whole(value: float | None) -> int | None:
    """A count, as one."""
    return None if value is None else round(value)
