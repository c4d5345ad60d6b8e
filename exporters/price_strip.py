"""The price of energy at which to stop, and the one of now, on one strip: on which side of it the rig stands."""

from decimal import Decimal

from calculators.told_figures import digits
from exporters.drawing_paper import ALONE, Look, Scale, block, drawing, line, number, text

_HEIGHT, _BAR_TOP, _BAR = 104, 42, 18
_BEYOND = 1.35  # so much of the larger price is shown


def price_strip(*, title: str, unit: str, now: float, stop: float, look: Look = ALONE) -> str:
    """Where mining pays, where it does not, and where it stands.

    Args:
        title: of all of it.
        unit: of the prices.
        now: the price of energy. [currency/kWh] May be negative.
        stop: above it, every hour costs more than it brings. [currency/kWh] May be negative.
        look: of the drawing.
    """
    left, right = 12.0, look.width - 12.0
    top = look.top - 28  # where a page has its heading there is none here
    values = [0.0, min(now, stop, 0.0) * _BEYOND, max(now, stop, 0.0) * _BEYOND or 1.0]
    scale = Scale(values, first=left, last=right, ticks=look.ticks)
    begin, end = scale.ticks[0], scale.ticks[-1]
    bar, here, limit = top + _BAR_TOP, scale.x(now), scale.x(stop)
    pays = f"up to {_price(stop)} {unit} mining brings more than it costs"
    costs = f"above {_price(stop)} {unit} it costs more than it brings"
    corners = f"{here:.1f},{bar + 2:.1f} {here - 7:.1f},{bar - 10:.1f} {here + 7:.1f},{bar - 10:.1f}"
    body = [
        block(look, scale.x(begin), limit, bar, _BAR, 1, pays),
        block(look, limit, scale.x(end), bar, _BAR, -1, costs),
        line(look, (limit, bar - 6), (limit, bar + _BAR + 6), "ink", 2),
        text(_within(look, limit, 76), bar + _BAR + 34, f"stop at {_price(stop)}", "middle"),
        f'<polygon points="{corners}" {look.fill("ink")}/>',
        text(_within(look, here, 100), bar - 16, f"you are here: {_price(now)}", "middle"),
    ]
    for tick in scale.ticks:
        x = scale.x(tick)
        if abs(x - limit) > 1:
            body.append(line(look, (x, bar + _BAR), (x, bar + _BAR + 4), "faint", 1))
        body.append(text(_within(look, x, 20), bar + _BAR + 17, number(tick), "middle"))
    return drawing(look, title, top + _HEIGHT, body)


def _within(look: Look, x: float, half: float) -> float:
    """A middle at which letters of that width do not run over the edge."""
    return min(max(x, half * 0.62), look.width - half * 0.62)


def _price(value: float) -> str:
    """As the page tells it beside the strip."""
    return digits(Decimal(value))
