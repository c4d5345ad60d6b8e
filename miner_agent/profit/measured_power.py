"""What the devices of a rig draw, as they, their machines and the meter at the wall say it."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from calculators.earnings.sum_sheet import Term
from miner_agent.model.readings import MeterReading
from miner_agent.model.snapshot import Device, RigSnapshot
from miner_agent.profit.rig_figures import Power

MEASURED = "measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What some devices draw."""

    board_watts: float = 0
    wall_watts: float = 0
    unknown: str | None = None  # what of it is not known

    @property
    def watts(self) -> float:
        return self.board_watts + self.wall_watts


def drawn_by(
    miner: str, labels: Collection[str], devices: Mapping[str, Device], *, machine_watts: float | None, part: float
) -> Drawn:
    """What a miner's devices draw.

    Args:
        miner: its name.
        labels: which devices.
        devices: all of the rig.
        machine_watts: what the miner says of the whole machine. [W] ``None``: nothing.
        part: of the machine's watts that are these devices'. [1]
    """
    if machine_watts is not None:
        return Drawn(wall_watts=machine_watts * part)
    watts = {label: devices[label].reading.power_watts for label in labels}
    silent = sorted(label for label, value in watts.items() if value is None)
    if not watts or silent:
        which = f"of {', '.join(silent)}" if silent else "of what it mines with"
        return Drawn(unknown=f"{miner} mines it, and no power {which} is known; say the watts at the wall")
    return Drawn(board_watts=math.fsum(value for value in watts.values() if value is not None))


def summed(drawn: Sequence[Drawn]) -> Drawn:
    """What several draw together."""
    return Drawn(
        board_watts=math.fsum(each.board_watts for each in drawn),
        wall_watts=math.fsum(each.wall_watts for each in drawn),
        unknown=next((each.unknown for each in drawn if each.unknown is not None), None),
    )


def metered(snapshot: RigSnapshot, drawn: Sequence[Drawn]) -> tuple[list[float] | None, str | None]:
    """What a meter at the wall measures of each: all of it where there is one, else by what the boards draw."""
    watts = [
        outcome.reading.power_watts
        for outcome in snapshot.outcomes
        if isinstance(outcome.reading, MeterReading) and outcome.reading.power_watts is not None
    ]
    if not watts or not drawn:
        return None, None
    total = math.fsum(watts)
    if total <= 0:
        return None, "the meter shows that nothing is drawn from the grid; its reading is not used"
    if len(drawn) == 1:
        return [total], None
    boards = math.fsum(each.watts for each in drawn)
    if boards <= 0 or any(each.unknown for each in drawn):
        return None, "the meter's watts cannot be shared out: what the single algorithms draw is not known"
    return [total * each.watts / boards for each in drawn], None


def power_of(drawn: Drawn, metered_watts: float | None) -> Power | None:
    """By the meter where there is one; ``None`` where a part of it is not known."""
    if metered_watts is not None:
        return Power(wall_watts=metered_watts, metered=True)
    if drawn.unknown is not None:
        return None
    return Power(board_watts=drawn.board_watts, wall_watts=drawn.wall_watts)


def power_terms(power: Power | None, snapshot: RigSnapshot) -> tuple[Term, ...]:
    """Its lines of the sum."""
    if power is None:
        return ()
    source = f"{MEASURED}: {'meter at the wall' if power.metered else 'drivers and miners'}"
    return tuple(
        Term(name=name, value=watts, unit="W", source=source, taken_at=snapshot.taken_at)
        for name, watts in (("board_watts", power.board_watts), ("wall_watts", power.wall_watts))
        if watts or (name == "wall_watts" and not power.board_watts)
    )
