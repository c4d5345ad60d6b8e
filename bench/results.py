"""Figures of one run or several, with what they were when they were last kept, as one table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.figure import Figure
from bench.kept import WAVERS, Kept
from bench.machine import Machine
from bench.turns import compared, middle_run, spread

ON_REFERENCE = "*"
HEAD = ("figure", "ours", "peer", "peer's", "ratio", "limit", "spread", "before", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The figure in the middle of its runs, how far they lie apart (``None``: there was one), and what was kept of it."""

    figure: Figure
    spread: float | None
    kept: Kept | None
    is_missed: bool

    @property
    def is_worse(self) -> bool:
        return self.kept is not None and self.kept.is_worse(self.figure, self.spread or 0.0)

    @property
    def remark(self) -> str:
        wavers = self.spread is not None and self.spread > WAVERS
        said = (("MISSED", self.is_missed), ("WORSE", self.is_worse), ("wavers", wavers))
        return ", ".join(word for word, holds in said if holds)


def results(runs: Sequence[Sequence[Figure]], kept: Mapping[tuple[str, str], Kept], machine: Machine) -> list[Result]:
    """A result for each figure, in the order of the first run that has it."""
    by_key: dict[tuple[str, str], list[Figure]] = {}
    for run in runs:
        for figure in run:
            by_key.setdefault(figure.key, []).append(figure)
    return [_result(figures, kept.get(key), machine) for key, figures in by_key.items()]


def _result(figures: Sequence[Figure], kept: Kept | None, machine: Machine) -> Result:
    figure = middle_run(figures)
    apart = spread([compared(each) for each in figures]) if len(figures) > 1 else None
    return Result(figure=figure, spread=apart, kept=kept, is_missed=figure.is_missed_on(machine))


def table(found: Sequence[Result]) -> str:
    """The results as text, a row each."""
    rows = [HEAD, *(_row(result) for result in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    if any(ON_REFERENCE in row[HEAD.index("limit")] for row in rows):
        lines.append(f"{ON_REFERENCE} holds on a machine as fast as that of docs/performance.md")
    return "\n".join(lines)


def _row(result: Result) -> tuple[str, ...]:
    figure = result.figure
    return (
        figure.name,
        f"{figure.ours:.4g} {figure.unit}".rstrip(),
        figure.peer,
        "" if figure.peers is None else f"{figure.peers:.4g}",
        "" if figure.ratio is None else f"{figure.ratio:.3g} x",
        _limit(figure),
        "" if result.spread is None else f"{100 * result.spread:.0f} %",
        "" if result.kept is None else f"{result.kept.value:.3g}" + (" x" if figure.peer else ""),
        result.remark,
    )


def _limit(figure: Figure) -> str:
    sign = "≥" if figure.more_is_better else "≤"
    limits = []
    if figure.ratio_limit is not None:
        limits.append(f"{sign} {figure.ratio_limit:g} x")
    if figure.limit is not None:
        mark = ON_REFERENCE if figure.is_time else ""
        limits.append(f"{sign} {figure.limit:g} {figure.unit}".rstrip() + mark)
    return ", ".join(limits)
