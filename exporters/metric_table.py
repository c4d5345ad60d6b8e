"""What a metric and a section of the page are. The sections themselves are the public contract: ``exporters/sections``.

The domain's word and the metric's word differ in places; a section is the one place that knows both. A value that was
not read gives no sample: never zero, never NaN. Labels are short and bounded; ``rig`` and ``site`` are set by whoever
scrapes, not here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, NamedTuple, TypeAlias, TypeVar

from miner_agent.model.finances import Economy
from miner_agent.model.readings import Outcome, Reading, SourceKind
from miner_agent.model.snapshot import RigSnapshot

Kind = Literal["gauge", "counter", "info", "stateset"]
Labels: TypeAlias = tuple[str, ...]
Samples = Iterable[tuple[Labels, float | int | None]]
Sample: TypeAlias = tuple[Labels, Labels, float | int]
"""What tells the subject, what further labels hold, and a value."""
Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True)
class MetricSpec(Generic[Subject]):
    """One metric: its name, what it means, and how its samples are read off all subjects of a section."""

    name: str
    kind: Kind
    help: str
    labels: Labels
    samples: Callable[[Iterable[tuple[Labels, Subject]]], list[Sample]]


class Family(NamedTuple):
    """One metric of a page and its samples. There are a hundred a page, and a tuple is made in half the time."""

    spec: MetricSpec[Any]
    keys: Labels
    samples: Sequence[Sample]
    told_by: str | None = None
    private: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Section(Generic[Subject]):
    """Metrics of one kind of subject: which label keys tell subjects apart, and where a snapshot holds them."""

    title: str
    keys: Labels
    subjects: Callable[[RigSnapshot], Iterable[tuple[Labels, Subject]]]
    specs: tuple[MetricSpec[Subject], ...]
    told_by: str | None = None  # the key that leads to the source whose budget these series are held to; None: to none
    private: bool = False  # money and books: shown to those alone who may see them

    def families(self, snapshot: RigSnapshot) -> Iterator[Family]:
        """One family a row that has a sample."""
        subjects = tuple(self.subjects(snapshot))
        if not subjects:
            return
        for spec in self.specs:
            samples = spec.samples(subjects)
            if samples:
                yield Family(spec, self.keys, samples, self.told_by, self.private)


def one(name: str, kind: Kind, help_: str, value: Callable[[Subject], float | int | None]) -> MetricSpec[Subject]:
    """A metric with one sample a subject."""

    def samples(subjects: Iterable[tuple[Labels, Subject]]) -> list[Sample]:
        return [(key, (), number) for key, subject in subjects if (number := value(subject)) is not None]

    return MetricSpec(name, kind, help_, (), samples)


def by(
    label: str,
    name: str,
    kind: Kind,
    help_: str,
    values: Callable[[Subject], Mapping[Any, float | int | None]],
) -> MetricSpec[Subject]:
    """A metric with a sample for each value of one more label: a text, or a word of an enumeration."""

    def samples(subjects: Iterable[tuple[Labels, Subject]]) -> list[Sample]:
        return [
            (key, (held,), number)
            for key, subject in subjects
            for held, number in values(subject).items()
            if number is not None
        ]

    return MetricSpec(name, kind, help_, (label,), samples)


def several(
    name: str, kind: Kind, help_: str, labels: Labels, values: Callable[[Subject], Samples]
) -> MetricSpec[Subject]:
    """A metric with a sample for each combination of further labels that a subject has."""

    def samples(subjects: Iterable[tuple[Labels, Subject]]) -> list[Sample]:
        return [
            (key, held, number) for key, subject in subjects for held, number in values(subject) if number is not None
        ]

    return MetricSpec(name, kind, help_, labels, samples)


def info(
    name: str, help_: str, labels: Labels, values: Callable[[Subject], Iterable[str | int | None]]
) -> MetricSpec[Subject]:
    """A metric that is always 1 and carries what a subject is in its labels."""

    def samples(subjects: Iterable[tuple[Labels, Subject]]) -> list[Sample]:
        return [
            (key, tuple(["" if value is None else str(value) for value in values(subject)]), 1)
            for key, subject in subjects
        ]

    return MetricSpec(name, "info", help_, labels, samples)


def states(
    label: str,
    name: str,
    help_: str,
    possible: Iterable[str],
    current: Callable[[Subject], Iterable[str] | None],
) -> MetricSpec[Subject]:
    """A metric with a sample for each possible state: 1 where it holds, 0 where not, none where unknown."""
    every = tuple((state,) for state in possible)

    def samples(subjects: Iterable[tuple[Labels, Subject]]) -> list[Sample]:
        found: list[Sample] = []
        for key, subject in subjects:
            holding = current(subject)
            if holding is not None:
                held = frozenset(holding)
                found += [(key, state, int(state[0] in held)) for state in every]
        return found

    return MetricSpec(name, "stateset", help_, (label,), samples)


def timestamp(moment: datetime | None) -> float | None:
    """Seconds since 1970."""
    return None if moment is None else moment.timestamp()


def flag(value: bool | None) -> int | None:  # noqa: FBT001
    """1 for what holds, 0 for what does not."""
    return None if value is None else int(value)


def outcomes_of(kind: SourceKind) -> Callable[[RigSnapshot], Iterator[tuple[Labels, Outcome[Reading]]]]:
    """The subjects of a section: what asking each source of that kind gave."""
    return lambda snapshot: (((outcome.source,), outcome) for outcome in snapshot.outcomes if outcome.kind == kind)


def economies(snapshot: RigSnapshot) -> Iterator[tuple[Labels, Economy]]:
    """The same for what is known of money: one or none."""
    if snapshot.economy is not None:
        yield (), snapshot.economy
