"""What a whole rig draws, by each source that says so."""

import msgspec

from miner_agent.model.snapshot import RigSnapshot, preferred_power
from miner_agent.views.figures import Circumstances, Figure, figure

NO_POWER = "no meter, no firmware and no card tells what the rig draws"


class PowerView(msgspec.Struct, frozen=True, kw_only=True):
    """What everything goes by, and what each source says: the best one first."""

    power_watts: Figure
    by_source: dict[str, Figure]
    lacks: list[str]  # devices that draw what nobody tells, and sources that did not answer


def power_view(snapshot: RigSnapshot, at: Circumstances) -> PowerView:
    """The draw of the rig at the wall, as far as it is known."""
    said: dict[str, Figure] = {
        one.source: figure("power_watts", one.power_watts, source=one.source, taken_at=snapshot.taken_at, at=at)
        for one in snapshot.power
    }
    best = preferred_power(snapshot.power)
    nothing = figure("power_watts", None, source=None, taken_at=None, at=at, reason=NO_POWER)
    partial = snapshot.partial_power
    return PowerView(
        power_watts=nothing if best is None else said[best.source],
        by_source=said,
        lacks=[] if partial is None else list(partial.lacks),
    )
