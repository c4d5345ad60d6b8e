"""Power at the wall: what the meter of the house counts, from what cards, processors and ASICs draw behind it.

Sources: the classes of 80 PLUS, https://www.clearesult.com/80plus; ISO/IEC 30134-2 defines PUE.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

Line = Literal["115v", "230v-eu", "230v-redundant"]
"""How a power supply was certified: at 115 V, at 230 V inside a desktop PC, at 230 V as one of several in a server."""

Certificate = Literal["white", "bronze", "silver", "gold", "platinum", "titanium"]
"""The 80 PLUS classes."""

EFFICIENCY: dict[str, dict[str, tuple[tuple[float, float], ...]]] = {
    "115v": {
        "white": ((0.2, 0.80), (0.5, 0.80), (1.0, 0.80)),
        "bronze": ((0.2, 0.82), (0.5, 0.85), (1.0, 0.82)),
        "silver": ((0.2, 0.85), (0.5, 0.88), (1.0, 0.85)),
        "gold": ((0.2, 0.87), (0.5, 0.90), (1.0, 0.87)),
        "platinum": ((0.2, 0.90), (0.5, 0.92), (1.0, 0.89)),
        "titanium": ((0.1, 0.90), (0.2, 0.92), (0.5, 0.94), (1.0, 0.90)),
    },
    "230v-eu": {
        "white": ((0.2, 0.82), (0.5, 0.85), (1.0, 0.82)),
        "bronze": ((0.2, 0.85), (0.5, 0.88), (1.0, 0.85)),
        "silver": ((0.2, 0.87), (0.5, 0.90), (1.0, 0.87)),
        "gold": ((0.2, 0.90), (0.5, 0.92), (1.0, 0.89)),
        "platinum": ((0.2, 0.92), (0.5, 0.94), (1.0, 0.90)),
        "titanium": ((0.1, 0.90), (0.2, 0.94), (0.5, 0.96), (1.0, 0.94)),
    },
    "230v-redundant": {
        "bronze": ((0.2, 0.81), (0.5, 0.85), (1.0, 0.81)),
        "silver": ((0.2, 0.85), (0.5, 0.89), (1.0, 0.85)),
        "gold": ((0.2, 0.88), (0.5, 0.92), (1.0, 0.88)),
        "platinum": ((0.2, 0.90), (0.5, 0.94), (1.0, 0.91)),
        "titanium": ((0.1, 0.90), (0.2, 0.94), (0.5, 0.96), (1.0, 0.91)),
    },
}
"""80 PLUS: the least efficiency that a class must show, at shares of its rated load (Wikipedia, "80 Plus")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerSupply:
    """One power supply as its label tells it."""

    rated_watts: float  # what it can give, all outputs together
    certificate: str  # one of Certificate
    line: str  # one of Line

    def __post_init__(self) -> None:
        if not (math.isfinite(self.rated_watts) and self.rated_watts > 0):
            raise ValueError(f"a power supply is rated for more than 0 W, not {self.rated_watts}")
        if self.line not in EFFICIENCY:
            raise ValueError(f"{self.line!r} is no line that 80 PLUS certifies for; one of {', '.join(get_args(Line))}")
        classes = EFFICIENCY[self.line]
        if self.certificate not in classes:
            raise ValueError(f"{self.certificate!r} is no 80 PLUS class at {self.line}; one of {', '.join(classes)}")


def supply_input_watts(*, output_watts: float, supply: PowerSupply) -> float:
    """What one power supply draws from the wall while it gives this power.

    Between the points of its certificate the efficiency is interpolated. Below the lowest point nothing is certified:
    its losses are held at what they are at that point, so that small loads are rather overestimated. A good supply
    does better than its certificate; a measured power is better still.

    Args:
        output_watts: direct current drawn from it, all outputs together. [W]
        supply: its rating, class and line.

    Returns:
        Power at the wall. [W]

    Raises:
        ValueError: the power is negative, not finite, or above what the supply is rated for.

    >>> gold = PowerSupply(rated_watts=1000, certificate="gold", line="115v")
    >>> round(supply_input_watts(output_watts=500, supply=gold), 2)  # 500 / 0.90
    555.56
    """
    _not_negative("output_watts", output_watts)
    points = EFFICIENCY[supply.line][supply.certificate]
    load = output_watts / supply.rated_watts
    if load > 1 + 1e-9:  # a share of a sum may come out a rounding above full load
        raise ValueError(
            f"{output_watts:g} W is {load:.0%} of the {supply.rated_watts:g} W that the power supply is rated for;"
            " name all power supplies, or the right rating"
        )
    lowest_load, lowest_efficiency = points[0]
    if load < lowest_load:
        return output_watts + lowest_load * supply.rated_watts * (1 / lowest_efficiency - 1)
    (low, low_efficiency), (high, high_efficiency) = next(
        (below, above) for below, above in pairwise(points) if load <= above[0] or above is points[-1]
    )
    share = (load - low) / (high - low)
    return output_watts / (low_efficiency + share * (high_efficiency - low_efficiency))


@dataclass(frozen=True, slots=True, kw_only=True)
class WallPower:
    """Power at the wall, and how it came to be known."""

    watts: float
    basis: Literal["measured", "nameplate", "computed"]


def wall_power(
    *,
    measured_watts: float | None = None,
    nameplate_watts: float | None = None,
    board_watts: Sequence[float] = (),
    supplies: Sequence[PowerSupply] = (),
    host_watts: float = 0.0,
    cooling_factor: float = 1.0,
) -> WallPower:
    """What a rig draws from the wall, from the best that is known of it: measured before nameplate before computed.

    What the cards draw is never called wall power: without a power supply named, it cannot be computed. Energy that the
    meter counts for others is not in it.

    Args:
        measured_watts: at the wall by a meter, host and power supplies in it. [W]
        nameplate_watts: of ASICs, at the wall as their makers tell it: no power supply's loss is added. [W]
        board_watts: direct current of each card, processor and disk. [W]
        supplies: the power supplies that share them, each by its rating.
        host_watts: at the wall beside that, unless it was measured: fans, a switch, a host with its own supply. [W]
        cooling_factor: power of the whole site for each watt of the rig (PUE). [1] 1 and above.

    Raises:
        ValueError: nothing is known, both nameplate and boards are told, a power is negative or not finite, a cooling
            factor is below 1, or the boards draw more than the supplies are rated for.

    >>> wall_power(nameplate_watts=3250, host_watts=50, cooling_factor=1.25).watts
    4125.0
    """
    _not_negative("host_watts", host_watts)
    if not (math.isfinite(cooling_factor) and cooling_factor >= 1):
        raise ValueError(f"a cooling factor is 1 or above, not {cooling_factor}: 1.1 adds a tenth for cooling")
    basis: Literal["measured", "nameplate", "computed"]
    if measured_watts is not None:
        _not_negative("measured_watts", measured_watts)
        basis, watts = "measured", measured_watts
    elif nameplate_watts is not None:
        _not_negative("nameplate_watts", nameplate_watts)
        if board_watts:
            raise ValueError("nameplate_watts is at the wall and board_watts behind a power supply; compute them apart")
        basis, watts = "nameplate", nameplate_watts + host_watts
    else:
        basis, watts = "computed", _behind(supplies, board_watts) + host_watts
    return WallPower(watts=watts * cooling_factor, basis=basis)


def _behind(supplies: Sequence[PowerSupply], board_watts: Sequence[float]) -> float:
    if not supplies or not board_watts:
        raise ValueError("no power at the wall: give a measured power, a nameplate, or board powers and a power supply")
    for watts in board_watts:
        _not_negative("board_watts", watts)
    load = math.fsum(board_watts) / math.fsum(supply.rated_watts for supply in supplies)
    return math.fsum(supply_input_watts(output_watts=load * each.rated_watts, supply=each) for each in supplies)


def _not_negative(name: str, watts: float) -> None:
    if not (math.isfinite(watts) and watts >= 0):
        raise ValueError(f"{name} is {watts}; expected a finite power of 0 W or more")
