"""The figures that were kept last, in ``bench/figures.toml``: what later runs are compared with.

Kept are ratios to a peer and what is no time. A time by itself tells as much of the machine, and is not.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from bench.figure import Figure

FILE = Path(__file__).with_name("figures.toml")
WAVERS = 0.1
"""So much of a figure changes from run to run, and says nothing."""

_HEAD = "# Written by `python -m bench --keep`; what a later run is compared with. A ratio where there is a peer, else a size.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """``value`` is a ratio where there is a peer, else a size in ``unit``; ``spread`` that of its runs, 0 for one run."""

    name: str
    peer: str
    value: float
    unit: str
    spread: float
    on: date
    machine: str

    @property
    def key(self) -> tuple[str, str]:
        return self.name, self.peer

    def is_worse(self, figure: Figure, spread: float) -> bool:
        """Whether the figure is worse by more than what wavers: a tenth, or as much as the runs lay apart, then or now.

        A size that is next to nothing, like a growth, may change by a tenth of its limit.
        """
        now = figure.told
        if now is None:
            return False
        room = max(WAVERS, self.spread, spread) * abs(self.value)
        if figure.peers is None and figure.limit is not None:
            room = max(room, WAVERS * abs(figure.limit))
        return (self.value - now if figure.more_is_better else now - self.value) > room


def load(file: Path) -> dict[tuple[str, str], Kept]:
    """By name and peer; nothing where no figures were kept."""
    if not file.exists():
        return {}
    found = [Kept(**each) for each in tomllib.loads(file.read_text())["figure"]]
    return {each.key: each for each in found}


def merged(
    before: Mapping[tuple[str, str], Kept], figures: Iterable[tuple[Figure, float | None]], *, on: date, machine: str
) -> list[Kept]:
    """What was kept, with these figures, each with its spread, in the place of what they were."""
    new = {
        figure.key: Kept(
            name=figure.name, peer=figure.peer, value=float(f"{figure.told:.4g}"), unit="" if figure.peer else figure.unit,
            spread=round(spread or 0.0, 3), on=on, machine=machine,
        )
        for figure, spread in figures
        if figure.told is not None
    }  # fmt: skip
    return [kept for _, kept in sorted({**before, **new}.items())]


def save(kept: Iterable[Kept], file: Path) -> None:
    file.write_text(_HEAD + "".join(f"\n[[figure]]\n{_rows(each)}" for each in kept))


def _rows(kept: Kept) -> str:
    return "".join(f"{name} = {_spelled(value)}\n" for name, value in asdict(kept).items())


def _spelled(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else json.dumps(value, ensure_ascii=False)
