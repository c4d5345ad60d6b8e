"""From what cards draw to what the meter of the house counts, with every step as a line of the sum."""

from dataclasses import dataclass

from calculators.earnings.sum_sheet import Term
from calculators.electricity.power import PowerSupply, supply_input_watts
from miner_agent.profit.rig_figures import Power

LEAST_RATED_WATTS = 1.0
NOT_TOLD = "not told, so taken as none"
ASSUMED_HOST = "not told, so taken for what is usual"


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """What stands between the cards and the wall. ``source`` says who told it."""

    certificate: str | None = "gold"  # 80 PLUS class; None: boards already draw from the wall
    line: str = "230v-eu"  # one of calculators.electricity.power.Line
    rated_watts: float | None = None  # of all power supplies together; None: loaded in full, where they waste most
    host_watts: float = 0  # at the wall, all day: board, fans, disks, what the cards' own sensors do not count
    cooling_factor: float = 1  # power of the site for each watt of the rig
    source: str = "assumed"
    host_source: str = NOT_TOLD

    def __post_init__(self) -> None:
        if self.certificate is not None:
            PowerSupply(rated_watts=self.rated_watts or LEAST_RATED_WATTS, certificate=self.certificate, line=self.line)
        if not 0 <= self.host_watts <= 1e9:
            raise ValueError(f"host_watts is {self.host_watts}; expected a power of 0 W or more")
        if not 1 <= self.cooling_factor <= 10:
            raise ValueError(f"cooling_factor is {self.cooling_factor}; expected 1 to 10: 1.1 adds a tenth for cooling")


@dataclass(frozen=True, slots=True, kw_only=True)
class AtTheWall:
    """Power at the wall on average over the day, and how it came about."""

    watts: float
    peak_watts: float  # while it mines
    terms: tuple[Term, ...]  # end with power_watts


def at_the_wall(*, power: Power, power_terms: tuple[Term, ...], supply: Supply, uptime_ratio: float) -> AtTheWall:
    """Power at the wall, on average: the host draws all day, the rest while it mines.

    Args:
        power: what is drawn while it mines.
        power_terms: how that came about.
        supply: the power supply and what else draws.
        uptime_ratio: share of the day in which it mines; its line of the sum stands above these.

    Raises:
        ValueError: the boards draw more than the power supply is rated for.
    """
    terms = list(power_terms)
    parts, watts = [], 0.0
    if power.wall_watts or not power.board_watts:
        parts.append("wall_watts")
        watts += power.wall_watts
    if power.board_watts:
        efficiency = _efficiency(power.board_watts, supply)
        terms.append(Term(name="psu_efficiency_ratio", value=efficiency, unit="1", source=_told(supply)))
        parts.append("board_watts / psu_efficiency_ratio")
        watts += power.board_watts / efficiency
    counted = power.metered or power.whole
    host_watts = 0.0 if counted else supply.host_watts
    host_source = "in the watts at the wall" if counted else supply.host_source
    cooling_factor = 1.0 if power.whole else supply.cooling_factor
    terms += [
        Term(name="host_watts", value=host_watts, unit="W", source=host_source),
        Term(
            name="cooling_factor",
            value=cooling_factor,
            unit="1",
            source="[power]" if cooling_factor != 1 else "in the watts at the wall" if power.whole else "none",
        ),
    ]
    total = (watts * uptime_ratio + host_watts) * cooling_factor
    formula = f"(({' + '.join(parts)}) * uptime_ratio + host_watts) * cooling_factor"
    terms.append(Term(name="power_watts", value=total, unit="W", formula=formula))
    return AtTheWall(watts=total, peak_watts=(watts + host_watts) * cooling_factor, terms=tuple(terms))


def assumption(supply: Supply, power: Power) -> str | None:
    """What was taken for granted of a rig's power, for people; ``None`` where nothing was."""
    if power.metered or power.whole or not power.board_watts:
        return None
    taken = []
    if supply.source == "assumed":
        told = f"a power supply taken for 80 PLUS {(supply.certificate or 'none').capitalize()} at full load"
        taken.append(f"the boards' watts through {told}")
    if supply.host_source == ASSUMED_HOST:
        taken.append(f"{supply.host_watts:.3g} W of the computer around them")
    return f"power at the wall is computed: {', and '.join(taken)}" if taken else None


def _efficiency(board_watts: float, supply: Supply) -> float:
    if supply.certificate is None:
        return 1.0
    rated = PowerSupply(rated_watts=supply.rated_watts or board_watts, certificate=supply.certificate, line=supply.line)
    return board_watts / supply_input_watts(output_watts=board_watts, supply=rated)


def _told(supply: Supply) -> str:
    if supply.certificate is None:
        return f"{supply.source}: none"
    load = "full load" if supply.rated_watts is None else f"{supply.rated_watts:g} W rated"
    return f"{supply.source}: 80 PLUS {supply.certificate.capitalize()}, {supply.line}, {load}"
