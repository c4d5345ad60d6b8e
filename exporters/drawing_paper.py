"""What drawings are made of: the paper with its look, lines, letters and blocks on it, and a scale onto it."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal, TypeAlias

BOTTOM = 48
ROW = 30
TEXT_MAX = 60
TITLE_MAX = 200

Ink: TypeAlias = Literal["gain", "loss", "ink", "faint", "hatch"]
COLOURS: dict[Ink, str] = {
    "gain": "#2b6cb0",
    "loss": "#c05621",
    "ink": "#1a202c",
    "faint": "#a0aec0",
    "hatch": "#ffffff",
}
PAPER = "#ffffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How wide a drawing is, and whether it stands alone, in colours and under a heading of its own.

    In a page it has none: classes that are called as the inks are, for the page's style to colour.
    """

    width: float = 760
    left: float = 170  # room for the names of rows
    axis_left: float = 170  # room for the numbers of an axis that goes up
    right: float = 40
    label_letters: int = 24
    ticks: int = 5  # of an axis, about
    numbers_across: int = 10  # below an axis, at most
    name: str = ""  # in its page, where no two have the same one; empty: it stands alone

    @property
    def top(self) -> float:
        return 28 if self.name else 56

    @property
    def is_narrow(self) -> bool:
        """There is no room for what the page can say around it."""
        return self.width < 500

    def fill(self, ink: Ink) -> str:
        return f'class="{ink}"' if self.name else f'fill="{COLOURS[ink]}"'

    def stroke(self, ink: Ink) -> str:
        return f'class="{ink}"' if self.name else f'stroke="{COLOURS[ink]}"'

    @property
    def hatched(self) -> str:
        """The id of the pattern of what is a loss."""
        return f"loss-{self.name}" if self.name else "loss"


ALONE = Look()


def in_page(name: str) -> Look:
    """Of a drawing in a page on a desk."""
    return Look(name=name)


def in_narrow_page(name: str) -> Look:
    """Of the same one on a phone, where its letters are as large as the others."""
    return Look(
        width=340, left=112, axis_left=48, right=14, label_letters=15, ticks=3, numbers_across=5, name=f"{name}-narrow"
    )


class Scale:
    """From values to places on the paper, with round ticks."""

    def __init__(self, values: Iterable[float], *, first: float, last: float, ticks: int = 5) -> None:
        given = list(values)
        if not all(math.isfinite(value) for value in given):
            raise ValueError("only finite values can be drawn")
        low, high = min(given), max(given)
        if low == high:
            low, high = low - 1, high + 1
        step = _round_step((high - low) / ticks)
        self._low, self._high = math.floor(low / step) * step, math.ceil(high / step) * step
        self._first, self._last = first, last
        count = round((self._high - self._low) / step)
        self.ticks = [round(self._low / step + position) * step for position in range(count + 1)]

    def x(self, value: float) -> float:
        return self._first + (value - self._low) / (self._high - self._low) * (self._last - self._first)


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= rough * 0.999)


def every(count: int, shown: int) -> int:
    """Each how many-th of ``count`` is shown, so that these are."""
    return max(1, math.ceil(count / shown))


def grid(look: Look, scale: Scale, height: float, unit: str) -> Iterator[str]:
    """Upright lines with their numbers, and the unit below them."""
    for tick in scale.ticks:
        x = scale.x(tick)
        yield tick_line(look, tick, (x, look.top), (x, height - BOTTOM))
        yield text(x, height - BOTTOM + 16, number(tick), "middle")
    yield text((look.left + look.width - look.right) / 2, height - 10, unit, "middle")


def tick_line(look: Look, tick: float, start: tuple[float, float], end: tuple[float, float]) -> str:
    """The line of one number of an axis: that of zero is stronger."""
    return line(look, start, end, "ink" if tick == 0 else "faint", 1 if tick == 0 else 0.5)


def block(look: Look, start: float, end: float, y: float, height: float, value: float, told: str) -> str:
    """A bar from one place to another; a loss is hatched."""
    return rectangle(look, min(start, end), y, abs(end - start), height, value, told)


def rectangle(look: Look, x: float, y: float, width: float, height: float, value: float, told: str) -> str:
    """One that tells its value; a loss is hatched."""
    box = f'x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.5):.1f}" height="{max(height, 0.5):.1f}"'
    title = f"<title>{escape(short(told, TITLE_MAX), quote=False)}</title>"
    if value >= 0:
        return f"<rect {box} {look.fill('gain')}>{title}</rect>"
    hatching = f'<rect {box} fill="url(#{look.hatched})" pointer-events="none"/>'
    return f"<rect {box} {look.fill('loss')}>{title}</rect>{hatching}"


def whisker(look: Look, low: float, high: float, y: float) -> str:
    """Between what a value lies."""
    path = f"M{low:.1f},{y - 5:.1f}v10M{low:.1f},{y:.1f}H{high:.1f}M{high:.1f},{y - 5:.1f}v10"
    return f'<path d="{path}" {look.stroke("ink")} stroke-width="1.5" fill="none"/>'


def line(look: Look, start: tuple[float, float], end: tuple[float, float], ink: Ink, width: float) -> str:
    """A straight one."""
    return (
        f'<line x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}" {look.stroke(ink)} '
        f'stroke-width="{width:g}" stroke-linecap="square"/>'
    )


def label(look: Look, told: str, y: float) -> str:
    """The name of a row."""
    return text(look.left - 8, y + 4, short(told, look.label_letters), "end")


def text(x: float, y: float, told: str, anchor: str) -> str:
    """Letters at a place."""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(short(told, TEXT_MAX), quote=False)}</text>'


def short(told: str, length: int) -> str:
    """Text on one line that XML can hold, no longer than its place."""
    kept = "".join(character if character.isprintable() else " " for character in told)
    return kept if len(kept) <= length else kept[: length - 1] + "…"


def number(value: float) -> str:
    """Three digits and thousands in groups.

    >>> number(1234567.0), number(-0.01234), number(0), number(12.5)
    ('1,234,567', '-0.0123', '0', '12.5')
    """
    if value == 0:
        return "0"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def refuse_empty(rows: Sequence[object]) -> None:
    """Raises ValueError where there is no row."""
    if not rows:
        raise ValueError("there is nothing to draw")


def drawing(look: Look, title: str, height: float, body: Iterable[str]) -> str:
    """The whole of it."""
    head = escape(short(title, 100), quote=False)
    pattern = (
        f'<defs><pattern id="{look.hatched}" width="6" height="6" patternUnits="userSpaceOnUse" '
        f'patternTransform="rotate(45)"><line x1="0" y1="0" x2="0" y2="6" {look.stroke("hatch")} stroke-width="2" '
        'stroke-opacity="0.55"/></pattern></defs>'
    )
    box = f'viewBox="0 0 {look.width:g} {height:g}" width="{look.width:g}" height="{height:g}"'
    if look.name:
        opened = f'<svg xmlns="http://www.w3.org/2000/svg" class="drawing" {box} role="img" font-size="12">'
        before = [opened, f"<title>{head}</title>", pattern]
    else:
        family = 'font-family="DejaVu Sans, Verdana, sans-serif" font-size="12"'
        before = [
            f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" {family} {look.fill("ink")}>',
            f"<title>{head}</title>",
            pattern,
            f'<rect width="100%" height="100%" fill="{PAPER}"/>',
            f'<text x="{look.width / 2:g}" y="24" text-anchor="middle" font-size="15" font-weight="bold">{head}</text>',
        ]
    return "\n".join([*before, *body, "</svg>", ""])
