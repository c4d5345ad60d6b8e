"""What each part of a rig does on each algorithm and what it draws doing so, each figure with its source.

A rig is parts that mine at the same time: its cards of one model, its processors, its machines of one model, or what
one miner works with. Each part mines one thing at a time.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time

from calculators.earnings.sum_sheet import Term, identifier
from calculators.equipment.hardware import Benchmark, Hardware, HardwareKind
from miner_agent.profit.usual import usual_program_fee


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """What is drawn while it mines, by where it is drawn."""

    board_watts: float = 0  # behind a power supply
    wall_watts: float = 0  # at the wall: of machines that are rated so, or as a meter measures
    metered: bool = False  # a meter measured all of it: power supplies and the host are in it
    whole: bool = False  # all that the site draws for it: nothing is added, not even cooling


NO_POWER = Power(metered=True)
"""None that is ours to count, and no host beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One algorithm on one rig."""

    algorithm: str
    hashes_per_second: float
    power: Power | None  # None: not known
    program_fee_ratio: float = 0.0  # part of the time that its program usually keeps
    measured: bool = False
    likely_hashes_per_second: tuple[float, float] | None = None  # between what it is, where a model has it
    power_is_modelled: bool = False
    devices: str  # which of the rig's, for people
    count_terms: tuple[Term, ...] = ()  # how many there are, which the other lines multiply with
    hash_terms: tuple[Term, ...]  # end with hashes_per_second
    power_terms: tuple[Term, ...] = ()  # end with board_watts, wall_watts or both
    notes: tuple[str, ...] = ()
    running_ratios: Mapping[str, float] = field(default_factory=dict)  # of the time that a coin is mined, if not all
    second: "Work | None" = None  # a second algorithm on the same devices at the same time; its power is in this one's

    @property
    def mined_as(self) -> str:
        """Its algorithm, or both."""
        return "+".join(self.algorithms)

    @property
    def algorithms(self) -> tuple[str, ...]:
        """The one, or both."""
        return (self.algorithm,) if self.second is None else (self.algorithm, self.second.algorithm)


def as_second(work: Work) -> Work:
    """As the second of two algorithms that are mined at once: the power of both stands with the first."""
    line = Term(name="wall_watts", value=0, unit="W", source="in the power of the other algorithm")
    return replace(work, power=NO_POWER, power_terms=(line,))


@dataclass(frozen=True, slots=True, kw_only=True)
class BesidePart:
    """What the rest of the rig does while a part mines, as far as the part's sum depends on it."""

    watts: float = 0  # of the parts before it, where the price of energy goes by blocks of consumption
    hashes_per_second: Mapping[str, float] = field(default_factory=dict)  # on the same chains, by ticker


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptWork:
    """All that is left to a part to mine."""

    mined_as: str = ""  # a work's; empty: nothing at all
    coins: frozenset[str] = frozenset()


STANDS_STILL = KeptWork()


@dataclass(frozen=True, slots=True, kw_only=True)
class RigPart:
    """Devices that mine one thing at a time."""

    name: str  # for people; no other part of the rig has it
    slug: str  # for programs: without numbers that change
    works: tuple[Work, ...]  # one of each algorithm
    device_count: int = 1  # its share of what the rig pays for in common goes by it
    kind: HardwareKind | None = None  # of its devices; None: not known
    kept: KeptWork | None = None  # None: it may mine everything that is asked about
    beside: BesidePart | None = None  # None: by what the other parts choose

    @property
    def doing(self) -> Work | None:
        """What it does now, as it is measured; ``None``: nothing that is known."""
        return next((work for work in self.works if work.measured), None)

    @property
    def modelled(self) -> Mapping[str, tuple[float, float]]:
        """Between what its hashrate is on the algorithms for which it is a model's."""
        told = {work.mined_as: work.likely_hashes_per_second for work in self.works}
        return {name: likely for name, likely in told.items() if likely is not None}

    @property
    def most_board_watts(self) -> float:
        """What it draws behind a power supply at most."""
        return max((work.power.board_watts for work in self.works if work.power is not None), default=0.0)

    def running_ratio(self, algorithm: str, coin: str) -> float:
        """Of the time that it mines a coin, where it does: so much of it is part of the network. [1]"""
        works = (each for work in self.works for each in (work, work.second) if each is not None)
        return next((work.running_ratios.get(coin, 1.0) for work in works if work.algorithm == algorithm), 1.0)

    def may_mine(self, work: Work, coin: str) -> bool:
        """Whether a coin is left to it."""
        return self.kept is None or (work.mined_as == self.kept.mined_as and coin in self.kept.coins)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """What can mine, and what of it could not be understood."""

    name: str
    parts: tuple[RigPart, ...]
    problems: tuple[str, ...] = ()

    @property
    def works(self) -> tuple[Work, ...]:
        """What its parts can do."""
        return tuple(work for part in self.parts for work in part.works)

    @property
    def algorithms(self) -> frozenset[str]:
        """All that it has a figure for."""
        return frozenset(algorithm for work in self.works for algorithm in work.algorithms)

    def only_work(self, algorithm: str) -> Work | None:
        """What it does on an algorithm, for answers that follow one thing at a time; ``None`` where no figure is known.

        Raises:
            ValueError: several parts of it mine at the same time.
        """
        able = [(part, work) for part in self.parts for work in part.works if work.mined_as == algorithm]
        if able and len(self.parts) > 1:
            name = able[0][0].name
            raise ValueError(f"{self.name} mines several things at once; name one part alone, such as {name}")
        return able[0][1] if able else None

    def share(self, part: RigPart) -> float:
        """Of what the rig pays for in common: its host, and what is fixed. [1]"""
        return part.device_count / sum(each.device_count for each in self.parts)


def one_part(works: Iterable[Work], *, name: str, device_count: int = 1) -> Rig:
    """A rig that mines one thing at a time."""
    return Rig(name=name, parts=(RigPart(name=name, slug=name, works=tuple(works), device_count=device_count),))


def rig_of(devices: Iterable[tuple[int, Hardware]], *, told_by: str = "rig") -> Rig:
    """A rig by the table of hardware: a part of each model.

    Args:
        devices: how many of which, as ``parse_rig`` gives them.
        told_by: who said which devices there are, as the source of their numbers.
    """
    counts: dict[str, tuple[int, Hardware]] = {}
    for count, device in devices:
        counts[device.slug] = (counts.get(device.slug, (0, device))[0] + count, device)
    parts = tuple(
        RigPart(
            name=_named(count, device),
            slug=device.slug,
            works=tuple(_work(figure, count, device, told_by) for figure in _figures(device)),
            device_count=count,
            kind=device.kind,
        )
        for count, device in counts.values()
    )
    return Rig(name=", ".join(part.name for part in parts), parts=parts)


def rented(algorithm: str, hashes_per_second: float, *, told_by: str) -> Rig:
    """Hashrate of other people's machines: its energy is theirs to pay."""
    work = Work(
        algorithm=algorithm,
        hashes_per_second=hashes_per_second,
        power=NO_POWER,
        devices="rented hashrate",
        hash_terms=(Term(name="hashes_per_second", value=hashes_per_second, unit="H/s", source=told_by),),
        power_terms=(Term(name="wall_watts", value=0, unit="W", source="not ours to pay"),),
    )
    return one_part([work], name="rented hashrate")


def _named(count: int, device: Hardware) -> str:
    return f"{count}x {device.name}"


def _figures(device: Hardware) -> Iterable[Benchmark]:
    """The first of each algorithm."""
    found: dict[str, Benchmark] = {}
    for figure in device.benchmarks:
        found.setdefault(figure.algorithm, figure)
    return found.values()


def _work(figure: Benchmark, count: int, device: Hardware, told_by: str) -> Work:
    name, total = identifier(device.slug), count * figure.hashes_per_second
    silent = figure.power_watts is None
    notes = [f"{device.name}: its source tells no watts on {figure.algorithm}; say them"] if silent else []
    return Work(
        algorithm=figure.algorithm,
        hashes_per_second=total,
        likely_hashes_per_second=_likely(figure, count),
        power_is_modelled=figure.power_is_modelled,
        power=_power(figure.power_watts, count, device),
        program_fee_ratio=usual_program_fee(device.kind),
        devices=_named(count, device),
        count_terms=(Term(name=f"count_of_{name}", value=count, unit="1", source=told_by),),
        hash_terms=(
            _figure_term(f"hashes_per_second_of_{name}", figure.hashes_per_second, "H/s", figure),
            Term(
                name="hashes_per_second",
                value=total,
                unit="H/s",
                formula=f"count_of_{name} * hashes_per_second_of_{name}",
            ),
        ),
        power_terms=tuple(_power_terms(figure, count, device)),
        notes=tuple(notes),
    )


def _power(watts: float | None, count: int, device: Hardware) -> Power | None:
    if watts is None:
        return None
    return Power(wall_watts=count * watts) if device.power_is == "wall" else Power(board_watts=count * watts)


def _power_terms(figure: Benchmark, count: int, device: Hardware) -> Iterator[Term]:
    if figure.power_watts is not None:
        name = identifier(device.slug)
        yield _figure_term(f"power_watts_of_{name}", figure.power_watts, "W", figure)
        yield Term(
            name=f"{device.power_is}_watts",
            value=count * figure.power_watts,
            unit="W",
            formula=f"count_of_{name} * power_watts_of_{name}",
        )


def _likely(figure: Benchmark, count: int) -> tuple[float, float] | None:
    """Between what devices with a modelled figure are: errors of one model go the same way, nothing cancels out."""
    told = figure.modelled
    return None if told is None else (count * told.hashes_per_second_from, count * told.hashes_per_second_to)


def _figure_term(name: str, value: float, unit: str, figure: Benchmark) -> Term:
    dated = datetime.combine(figure.dated, time(), UTC)
    return Term(name=name, value=value, unit=unit, source=figure.source, taken_at=dated)
