"""What a rig does on each algorithm and what it draws doing so, each figure with its source."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time

from calculators.earnings.sum_sheet import Term, identifier
from calculators.equipment.hardware import Benchmark, Hardware


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """What is drawn while it mines, by where it is drawn."""

    board_watts: float = 0  # behind a power supply
    wall_watts: float = 0  # at the wall: of machines that are rated so, or as a meter measures
    metered: bool = False  # a meter measured all of it: power supplies and the host are in it
    whole: bool = False  # all that the site draws for it: nothing is added, not even cooling


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One algorithm on one rig."""

    algorithm: str
    hashes_per_second: float
    power: Power | None  # None: not known
    measured: bool = False
    likely_hashes_per_second: tuple[float, float] | None = None  # between what it is, where a model has it
    power_is_modelled: bool = False
    devices: str  # which of the rig's, for people
    count_terms: tuple[Term, ...] = ()  # how many there are, which the other lines multiply with
    hash_terms: tuple[Term, ...]  # end with hashes_per_second
    power_terms: tuple[Term, ...] = ()  # end with board_watts, wall_watts or both
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """What can mine, and what of it could not be understood."""

    name: str
    works: tuple[Work, ...]  # one of each algorithm
    problems: tuple[str, ...] = ()

    def work(self, algorithm: str) -> Work | None:
        """What it does on an algorithm; ``None`` where no figure is known."""
        return next((work for work in self.works if work.algorithm == algorithm), None)


def rig_of(devices: Iterable[tuple[int, Hardware]], *, told_by: str = "rig") -> Rig:
    """A rig by the table of hardware. What has no figure for an algorithm stands still while the others mine it.

    Args:
        devices: how many of which, as ``parse_rig`` gives them.
        told_by: who said which devices there are, as the source of their numbers.
    """
    counts: dict[str, tuple[int, Hardware]] = {}
    for count, device in devices:
        counts[device.slug] = (counts.get(device.slug, (0, device))[0] + count, device)
    owned = tuple(counts.values())
    algorithms = dict.fromkeys(figure.algorithm for _, device in owned for figure in device.benchmarks)
    works = tuple(_work(algorithm, owned, told_by) for algorithm in algorithms)
    return Rig(name=_named(owned), works=works)


def rented(algorithm: str, hashes_per_second: float, *, told_by: str) -> Rig:
    """Hashrate of other people's machines: its energy is theirs to pay."""
    work = Work(
        algorithm=algorithm,
        hashes_per_second=hashes_per_second,
        power=Power(metered=True),
        devices="rented hashrate",
        hash_terms=(Term(name="hashes_per_second", value=hashes_per_second, unit="H/s", source=told_by),),
        power_terms=(Term(name="wall_watts", value=0, unit="W", source="not ours to pay"),),
    )
    return Rig(name="rented hashrate", works=(work,))


def _named(devices: Iterable[tuple[int, Hardware]]) -> str:
    return ", ".join(f"{count}x {device.name}" for count, device in devices)


def _work(algorithm: str, owned: Sequence[tuple[int, Hardware]], told_by: str) -> Work:
    able = [(count, device, figure) for count, device in owned if (figure := _figure(device, algorithm)) is not None]
    count_terms = tuple(
        Term(name=f"count_of_{identifier(device.slug)}", value=count, unit="1", source=told_by)
        for count, device, _ in able
    )
    hash_terms = [
        _figure_term(f"hashes_per_second_of_{identifier(device.slug)}", figure.hashes_per_second, "H/s", figure)
        for _, device, figure in able
    ]
    products = [f"count_of_{(name := identifier(device.slug))} * hashes_per_second_of_{name}" for _, device, _ in able]
    total = math.fsum(count * figure.hashes_per_second for count, _, figure in able)
    hash_terms.append(Term(name="hashes_per_second", value=total, unit="H/s", formula=" + ".join(products)))
    silent = [device for _, device, figure in able if figure.power_watts is None]
    alone = _named((count, device) for count, device, _ in able)
    notes = [f"{algorithm} is mined by {alone} alone; the rest stands still"] if len(able) < len(owned) else []
    notes += [f"{device.name}: its source tells no watts on {algorithm}; say them" for device in silent]
    return Work(
        algorithm=algorithm,
        hashes_per_second=total,
        likely_hashes_per_second=_likely(able),
        power_is_modelled=any(figure.power_is_modelled for _, _, figure in able),
        power=None if silent else _power(able),
        devices=alone,
        count_terms=count_terms,
        hash_terms=tuple(hash_terms),
        power_terms=() if silent else tuple(_power_terms(able)),
        notes=tuple(notes),
    )


_Able = Sequence[tuple[int, Hardware, Benchmark]]


def _likely(able: _Able) -> tuple[float, float] | None:
    """Between what a rig with modelled figures is. Errors of one model go the same way: nothing of them cancels out."""
    if all(figure.modelled is None for _, _, figure in able):
        return None
    least = most = 0.0
    for count, _, figure in able:
        told = figure.modelled
        least += count * (figure.hashes_per_second if told is None else told.hashes_per_second_from)
        most += count * (figure.hashes_per_second if told is None else told.hashes_per_second_to)
    return least, most


def _power(able: _Able) -> Power:
    watts = {"board": 0.0, "wall": 0.0}
    for count, device, figure in able:
        watts[device.power_is] += count * (figure.power_watts or 0)
    return Power(board_watts=watts["board"], wall_watts=watts["wall"])


def _power_terms(able: _Able) -> Iterator[Term]:
    for place in ("board", "wall"):
        products, total = [], 0.0
        for count, device, figure in able:
            if device.power_is == place and figure.power_watts is not None:
                name = identifier(device.slug)
                yield _figure_term(f"power_watts_of_{name}", figure.power_watts, "W", figure)
                products.append(f"count_of_{name} * power_watts_of_{name}")
                total += count * figure.power_watts
        if products:
            yield Term(name=f"{place}_watts", value=total, unit="W", formula=" + ".join(products))


def _figure(device: Hardware, algorithm: str) -> Benchmark | None:
    return next((figure for figure in device.benchmarks if figure.algorithm == algorithm), None)


def _figure_term(name: str, value: float, unit: str, figure: Benchmark) -> Term:
    dated = datetime.combine(figure.dated, time(), UTC)
    return Term(name=name, value=value, unit=unit, source=figure.source, taken_at=dated)
