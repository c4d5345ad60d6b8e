"""One figure: ours, the peer's from the same run, their ratio, and the limit that holds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """``limit`` is the most that ours may be, or the least where ``more_is_better``."""

    name: str
    unit: str
    ours: float
    limit: float | None
    peer: str = ""
    peers: float | None = None
    more_is_better: bool = False

    @property
    def holds(self) -> bool:
        if self.limit is None:
            return True
        return self.ours >= self.limit if self.more_is_better else self.ours <= self.limit


def table(figures: list[Figure]) -> str:
    """The figures as text, a row each."""
    head = ("figure", "ours", "limit", "peer", "peer's", "ratio", "")
    rows = [head, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _row(figure: Figure) -> tuple[str, ...]:
    sign = "≥" if figure.more_is_better else "≤"
    ratio = "" if not figure.peers or not figure.ours else f"{figure.peers / figure.ours:.3g}"
    if ratio and figure.more_is_better:
        ratio = f"{figure.ours / (figure.peers or 1):.3g}"
    return (
        figure.name,
        f"{figure.ours:.4g} {figure.unit}",
        "" if figure.limit is None else f"{sign} {figure.limit:g}",
        figure.peer,
        "" if figure.peers is None else f"{figure.peers:.4g}",
        ratio,
        "" if figure.holds else "MISSED",
    )
