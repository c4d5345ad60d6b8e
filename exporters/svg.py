"""Drawings of estimates, as SVG that stands alone: bars with whiskers, tornado, break-even map, cash flow.

No script, no font and no picture from elsewhere. Who does not see colours finds the same in shapes and words: loss is
hatched, and every mark tells its value in a ``title``.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH = 760
LEFT, RIGHT, TOP, BOTTOM = 170, 40, 56, 48
ROW = 30
GAIN, LOSS, INK, FAINT, PAPER = "#2b6cb0", "#c05621", "#1a202c", "#a0aec0", "#ffffff"
TEXT_MAX = 60


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


def bars(*, title: str, unit: str, rows: Sequence[Bar]) -> str:
    """Horizontal bars from zero, in the order given, with whiskers where a range is known."""
    _refuse_empty(rows)
    scale = _Scale([v for row in rows for v in (row.value, row.low, row.high) if v is not None] + [0.0])
    height = TOP + ROW * len(rows) + BOTTOM
    body = [*_grid(scale, height, unit)]
    for position, row in enumerate(rows):
        y = TOP + ROW * position
        told = f"{row.label}: {_number(row.value)} {unit}"
        if row.low is not None and row.high is not None:
            told += f" ({_number(row.low)} to {_number(row.high)})"
        body.append(_label(row.label, y + ROW / 2))
        body.append(_block(scale.x(0), scale.x(row.value), y + 6, ROW - 12, row.value, told))
        if row.low is not None and row.high is not None:
            body.append(_whisker(scale.x(row.low), scale.x(row.high), y + ROW / 2))
    return _drawing(title, height, body)


def tornado(*, title: str, unit: str, base: float, rows: Sequence[Swing]) -> str:
    """How far each input moves the result from ``base``, the strongest first."""
    _refuse_empty(rows)
    ordered = sorted(rows, key=lambda row: abs(row.high - row.low), reverse=True)
    scale = _Scale([base, *(v for row in ordered for v in (row.low, row.high))])
    height = TOP + ROW * len(ordered) + BOTTOM
    body = [*_grid(scale, height, unit)]
    for position, row in enumerate(ordered):
        y = TOP + ROW * position
        told = f"{row.label}: {_number(row.low)} to {_number(row.high)} {unit}"
        body.append(_label(row.label, y + ROW / 2))
        body += [_block(scale.x(base), scale.x(end), y + 6, ROW - 12, end - base, told) for end in (row.low, row.high)]
    body.append(_line(scale.x(base), TOP - 4, scale.x(base), height - BOTTOM, INK, 2))
    body.append(_text(scale.x(base), TOP - 10, f"{_number(base)} {unit}", "middle"))
    return _drawing(title, height, body)


def break_even_map(*, title: str, unit: str, across: Axis, up: Axis, rows: Sequence[Sequence[float]]) -> str:
    """Gain and loss over two inputs; the line between them is where it breaks even.

    Args:
        rows: for each value of ``up``, from its first, the result for each value of ``across``.
    """
    if not across.values or not up.values or [len(row) for row in rows] != [len(across.values)] * len(up.values):
        raise ValueError(f"{len(up.values)} rows of {len(across.values)} values are needed")
    cell_height = max(12, min(26, 400 // len(up.values)))
    cell_width = (WIDTH - LEFT - RIGHT) / len(across.values)
    height = TOP + cell_height * len(up.values) + BOTTOM
    most = max((abs(value) for row in rows for value in row), default=0.0) or 1.0
    body = []
    for place, row in enumerate(rows):
        y = TOP + cell_height * (len(rows) - 1 - place)
        for column, value in enumerate(row):
            x = LEFT + cell_width * column
            strength = 0.15 + 0.85 * abs(value) / most
            told = (
                f"{across.label} {_number(across.values[column])}, {up.label} {_number(up.values[place])}: "
                f"{_number(value)} {unit}"
            )
            fill = GAIN if value >= 0 else LOSS
            body.append(
                f'<rect x="{x:.1f}" y="{y:.1f}" width="{cell_width + 0.5:.1f}" height="{cell_height + 0.5:.1f}" '
                f'fill="{fill}" fill-opacity="{strength:.2f}"><title>{escape(_short(told, 200))}</title></rect>'
            )
            if value < 0:
                body.append(
                    f'<rect x="{x:.1f}" y="{y:.1f}" width="{cell_width + 0.5:.1f}" '
                    f'height="{cell_height + 0.5:.1f}" fill="url(#loss)" pointer-events="none"/>'
                )
        if place % _every(len(rows), 12) == 0:
            body.append(_text(LEFT - 8, y + cell_height / 2 + 4, _number(up.values[place]), "end"))
    body += _border(rows, cell_width, cell_height)
    for column in range(0, len(across.values), _every(len(across.values), 10)):
        x = LEFT + cell_width * (column + 0.5)
        body.append(_text(x, height - BOTTOM + 16, _number(across.values[column]), "middle"))
    body.append(_text((LEFT + WIDTH - RIGHT) / 2, height - 10, across.label, "middle"))
    body.append(_text(LEFT - 8, TOP - 10, up.label, "end"))
    body.append(_text(WIDTH - RIGHT, TOP - 10, f"hatched: loss; the line: break-even ({unit})", "end"))
    return _drawing(title, height, body)


def cash_flow(*, title: str, unit: str, flows: Sequence[Flow]) -> str:
    """What every period brings, and the sum so far; the sum crosses zero where the money is back."""
    _refuse_empty(flows)
    sums, total = [], 0.0
    for flow in flows:
        total += flow.amount
        sums.append(total)
    height, bottom = 380, 380 - BOTTOM
    scale = _Scale([0.0, *sums, *(flow.amount for flow in flows)], first=bottom, last=TOP)
    width = (WIDTH - LEFT - RIGHT) / len(flows)
    body = []
    for tick in scale.ticks:
        y = scale.x(tick)
        body.append(_line(LEFT, y, WIDTH - RIGHT, y, INK if tick == 0 else FAINT, 1 if tick == 0 else 0.5))
        body.append(_text(LEFT - 8, y + 4, _number(tick), "end"))
    points = []
    for position, (flow, so_far) in enumerate(zip(flows, sums, strict=True)):
        x = LEFT + width * position
        top, end = sorted((scale.x(0), scale.x(flow.amount)))
        told = f"{flow.label}: {_number(flow.amount)} {unit}, together {_number(so_far)} {unit}"
        body.append(_rectangle(x + width * 0.15, top, width * 0.7, end - top, flow.amount, told))
        points.append(f"{x + width / 2:.1f},{scale.x(so_far):.1f}")
        if position % _every(len(flows), 10) == 0:
            body.append(_text(x + width / 2, bottom + 16, flow.label, "middle"))
    body.append(f'<polyline points="{" ".join(points)}" fill="none" stroke="{INK}" stroke-width="2"/>')
    body.append(_text(WIDTH - RIGHT, TOP - 10, f"bars: each period; line: together ({unit})", "end"))
    return _drawing(title, height, body)


class _Scale:
    """From values to places on the paper, with round ticks."""

    def __init__(self, values: Iterable[float], *, first: float = LEFT, last: float = WIDTH - RIGHT) -> None:
        given = list(values)
        if not all(math.isfinite(value) for value in given):
            raise ValueError("only finite values can be drawn")
        low, high = min(given), max(given)
        if low == high:
            low, high = low - 1, high + 1
        step = _round_step((high - low) / 5)
        self._low, self._high = math.floor(low / step) * step, math.ceil(high / step) * step
        self._first, self._last = first, last
        count = round((self._high - self._low) / step)
        self.ticks = [round(self._low / step + position) * step for position in range(count + 1)]

    def x(self, value: float) -> float:
        return self._first + (value - self._low) / (self._high - self._low) * (self._last - self._first)


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)


def _every(count: int, shown: int) -> int:
    return max(1, math.ceil(count / shown))


def _grid(scale: _Scale, height: float, unit: str) -> Iterator[str]:
    for tick in scale.ticks:
        x = scale.x(tick)
        yield _line(x, TOP, x, height - BOTTOM, INK if tick == 0 else FAINT, 1 if tick == 0 else 0.5)
        yield _text(x, height - BOTTOM + 16, _number(tick), "middle")
    yield _text((LEFT + WIDTH - RIGHT) / 2, height - 10, unit, "middle")


def _border(rows: Sequence[Sequence[float]], cell_width: float, cell_height: float) -> Iterator[str]:
    """The line between gain and loss, along the edges of the cells."""
    count = len(rows)
    for place, row in enumerate(rows):
        y = TOP + cell_height * (count - 1 - place)
        for column, value in enumerate(row):
            x = LEFT + cell_width * column
            if column + 1 < len(row) and (value < 0) != (row[column + 1] < 0):
                yield _line(x + cell_width, y, x + cell_width, y + cell_height, INK, 2.5)
            if place + 1 < count and (value < 0) != (rows[place + 1][column] < 0):
                yield _line(x, y, x + cell_width, y, INK, 2.5)


def _block(start: float, end: float, y: float, height: float, value: float, told: str) -> str:
    return _rectangle(min(start, end), y, abs(end - start), height, value, told)


def _rectangle(x: float, y: float, width: float, height: float, value: float, told: str) -> str:
    box = f'x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{max(height, 0.5):.1f}"'
    title = f"<title>{escape(_short(told, 200))}</title>"
    if value >= 0:
        return f'<rect {box} fill="{GAIN}">{title}</rect>'
    return f'<rect {box} fill="{LOSS}">{title}</rect><rect {box} fill="url(#loss)" pointer-events="none"/>'


def _whisker(low: float, high: float, y: float) -> str:
    path = f"M{low:.1f},{y - 5:.1f}v10M{low:.1f},{y:.1f}H{high:.1f}M{high:.1f},{y - 5:.1f}v10"
    return f'<path d="{path}" stroke="{INK}" stroke-width="1.5" fill="none"/>'


def _line(x1: float, y1: float, x2: float, y2: float, colour: str, width: float) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" '
        f'stroke-width="{width:g}" stroke-linecap="square"/>'
    )


def _label(text: str, y: float) -> str:
    return _text(LEFT - 8, y + 4, _short(text, 24), "end")


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(_short(text, TEXT_MAX))}</text>'


def _short(text: str, length: int) -> str:
    """Text on one line that XML can hold, no longer than its place."""
    kept = "".join(character if character.isprintable() else " " for character in text)
    return kept if len(kept) <= length else kept[: length - 1] + "…"


def _number(value: float) -> str:
    """Three digits and thousands in groups.

    >>> _number(1234567.0), _number(-0.01234), _number(0), _number(12.5)
    ('1,234,567', '-0.0123', '0', '12.5')
    """
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def _refuse_empty(rows: Sequence[object]) -> None:
    if not rows:
        raise ValueError("there is nothing to draw")


def _drawing(title: str, height: float, body: Iterable[str]) -> str:
    head = _short(title, 100)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" width="{WIDTH}" height="{height:g}" '
        f'role="img" font-family="DejaVu Sans, Verdana, sans-serif" font-size="12" fill="{INK}">\n'
        f"<title>{escape(head)}</title>\n"
        '<defs><pattern id="loss" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        f'<line x1="0" y1="0" x2="0" y2="6" stroke="{PAPER}" stroke-width="2" stroke-opacity="0.55"/>'
        "</pattern></defs>\n"
        f'<rect width="100%" height="100%" fill="{PAPER}"/>\n'
        f'<text x="{WIDTH / 2:g}" y="24" text-anchor="middle" font-size="15" font-weight="bold">{escape(head)}</text>\n'
        + "\n".join(body)
        + "\n</svg>\n"
    )
