"""Drawings of estimates, as SVG: bars with whiskers, tornado, break-even map, cash flow. Alone, or in a page.

No script, no font and no picture from elsewhere. Who does not see colours finds the same in shapes and words: loss is
hatched, and every mark tells its value in a ``title``.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from exporters.drawing_paper import (
    ALONE,
    BOTTOM,
    ROW,
    TITLE_MAX,
    Ink,
    Look,
    Scale,
    block,
    drawing,
    every,
    grid,
    label,
    line,
    number,
    rectangle,
    refuse_empty,
    short,
    text,
    tick_line,
    whisker,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One value and between what it lies."""

    label: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Swing:
    """What the result becomes when one input goes to its lower and to its upper end."""

    label: str
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """The values of one input, evenly spaced."""

    label: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What comes in (or goes out) in one period."""

    label: str
    amount: float


def bars(*, title: str, unit: str, rows: Sequence[Bar], look: Look = ALONE) -> str:
    """Horizontal bars from zero, in the order given, with whiskers where a range is known."""
    refuse_empty(rows)
    values = [v for row in rows for v in (row.value, row.low, row.high) if v is not None]
    scale = _across(look, [*values, 0.0])
    height = look.top + ROW * len(rows) + BOTTOM
    body = [*grid(look, scale, height, unit)]
    for position, row in enumerate(rows):
        y = look.top + ROW * position
        told = f"{row.label}: {number(row.value)} {unit}"
        if row.low is not None and row.high is not None:
            told += f" ({number(row.low)} to {number(row.high)})"
        body.append(label(look, row.label, y + ROW / 2))
        body.append(block(look, scale.x(0), scale.x(row.value), y + 6, ROW - 12, row.value, told))
        if row.low is not None and row.high is not None:
            body.append(whisker(look, scale.x(row.low), scale.x(row.high), y + ROW / 2))
    return drawing(look, title, height, body)


def tornado(*, title: str, unit: str, base: float, rows: Sequence[Swing], look: Look = ALONE) -> str:
    """How far each input moves the result from ``base``, the strongest first."""
    refuse_empty(rows)
    ordered = sorted(rows, key=lambda row: abs(row.high - row.low), reverse=True)
    scale = _across(look, [base, *(v for row in ordered for v in (row.low, row.high))])
    height = look.top + ROW * len(ordered) + BOTTOM
    body = [*grid(look, scale, height, unit)]
    for position, row in enumerate(ordered):
        y = look.top + ROW * position
        told = f"{row.label}: {number(row.low)} to {number(row.high)} {unit}"
        body.append(label(look, row.label, y + ROW / 2))
        body += [
            block(look, scale.x(base), scale.x(end), y + 6, ROW - 12, end - base, told) for end in (row.low, row.high)
        ]
    middle = scale.x(base)
    body.append(line(look, (middle, look.top - 4), (middle, height - BOTTOM), "ink", 2))
    body.append(text(middle, look.top - 10, number(base) if look.is_narrow else f"{number(base)} {unit}", "middle"))
    return drawing(look, title, height, body)


def break_even_map(
    *,
    title: str,
    unit: str,
    across: Axis,
    up: Axis,
    rows: Sequence[Sequence[float]],
    here: tuple[float, float] | None = None,
    look: Look = ALONE,
) -> str:
    """Gain and loss over two inputs; the line between them is where it breaks even.

    Args:
        title: of all of it.
        unit: of the results.
        across: the input that goes to the right.
        up: the other one.
        rows: for each value of ``up``, from its first, the result for each value of ``across``.
        here: where somebody stands, by a value of ``across`` and one of ``up``; marked where both are there.
        look: of the drawing.
    """
    if not across.values or not up.values or [len(row) for row in rows] != [len(across.values)] * len(up.values):
        raise ValueError(f"{len(up.values)} rows of {len(across.values)} values are needed")
    left, top = look.axis_left, look.top
    cell_height = max(12, min(26, 400 // len(up.values)))
    cell_width = (look.width - left - look.right) / len(across.values)
    height = top + cell_height * len(up.values) + BOTTOM
    most = max((abs(value) for row in rows for value in row), default=0.0) or 1.0
    body = []
    for place, row in enumerate(rows):
        y = top + cell_height * (len(rows) - 1 - place)
        for column, value in enumerate(row):
            box = (
                f'x="{left + cell_width * column:.1f}" y="{y:.1f}" width="{cell_width + 0.5:.1f}" '
                f'height="{cell_height + 0.5:.1f}"'
            )
            strength = 0.15 + 0.85 * abs(value) / most
            told = (
                f"{across.label} {number(across.values[column])}, {up.label} {number(up.values[place])}: "
                f"{number(value)} {unit}"
            )
            ink: Ink = "gain" if value >= 0 else "loss"
            body.append(
                f'<rect {box} {look.fill(ink)} fill-opacity="{strength:.2f}">'
                f"<title>{escape(short(told, TITLE_MAX), quote=False)}</title></rect>"
            )
            if value < 0:
                body.append(f'<rect {box} fill="url(#{look.hatched})" pointer-events="none"/>')
        if place % every(len(rows), 12) == 0:
            body.append(text(left - 8, y + cell_height / 2 + 4, number(up.values[place]), "end"))
    body += _border(look, rows, cell_width, cell_height)
    if here is not None and here[0] in across.values and here[1] in up.values:
        x = left + cell_width * (across.values.index(here[0]) + 0.5)
        y = top + cell_height * (len(rows) - up.values.index(here[1]) - 0.5)
        body.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="none" {look.stroke("ink")} stroke-width="2.5">'
            "<title>you are here</title></circle>"
        )
    for column in range(0, len(across.values), every(len(across.values), look.numbers_across)):
        x = left + cell_width * (column + 0.5)
        body.append(text(x, height - BOTTOM + 16, number(across.values[column]), "middle"))
    body.append(text((left + look.width - look.right) / 2, height - 10, across.label, "middle"))
    if look.is_narrow:
        body.append(text(4, top - 10, up.label, "start"))
    else:
        body.append(text(left - 8, top - 10, up.label, "end"))
        legend = f"hatched: loss; the line: break-even ({unit})"
        body.append(text(look.width - look.right, top - 10, legend, "end"))
    return drawing(look, title, height, body)


def cash_flow(*, title: str, unit: str, flows: Sequence[Flow], look: Look = ALONE) -> str:
    """What every period brings, and the sum so far; the sum crosses zero where the money is back."""
    refuse_empty(flows)
    sums, total = [], 0.0
    for flow in flows:
        total += flow.amount
        sums.append(total)
    height, bottom = 380, 380 - BOTTOM
    left, right = look.axis_left, look.width - look.right
    scale = Scale([0.0, *sums, *(flow.amount for flow in flows)], first=bottom, last=look.top)
    width = (right - left) / len(flows)
    body = []
    for tick in scale.ticks:
        y = scale.x(tick)
        body.append(tick_line(look, tick, (left, y), (right, y)))
        body.append(text(left - 8, y + 4, number(tick), "end"))
    points = []
    for position, (flow, so_far) in enumerate(zip(flows, sums, strict=True)):
        x = left + width * position
        top, end = sorted((scale.x(0), scale.x(flow.amount)))
        told = f"{flow.label}: {number(flow.amount)} {unit}, together {number(so_far)} {unit}"
        body.append(rectangle(look, x + width * 0.15, top, width * 0.7, end - top, flow.amount, told))
        points.append(f"{x + width / 2:.1f},{scale.x(so_far):.1f}")
        if position % every(len(flows), look.numbers_across) == 0:
            body.append(text(x + width / 2, bottom + 16, flow.label, "middle"))
    body.append(f'<polyline points="{" ".join(points)}" fill="none" {look.stroke("ink")} stroke-width="2"/>')
    if not look.is_narrow:
        body.append(text(right, look.top - 10, f"bars: each period; line: together ({unit})", "end"))
    return drawing(look, title, height, body)


def _across(look: Look, values: list[float]) -> Scale:
    return Scale(values, first=look.left, last=look.width - look.right, ticks=look.ticks)


def _border(look: Look, rows: Sequence[Sequence[float]], cell_width: float, cell_height: float) -> Iterator[str]:
    """The line between gain and loss, along the edges of the cells."""
    count = len(rows)
    for place, row in enumerate(rows):
        y = look.top + cell_height * (count - 1 - place)
        for column, value in enumerate(row):
            x = look.axis_left + cell_width * column
            if column + 1 < len(row) and (value < 0) != (row[column + 1] < 0):
                yield line(look, (x + cell_width, y), (x + cell_width, y + cell_height), "ink", 2.5)
            if place + 1 < count and (value < 0) != (rows[place + 1][column] < 0):
                yield line(look, (x, y), (x + cell_width, y), "ink", 2.5)
