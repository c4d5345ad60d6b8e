"""What a whole rig draws and has drawn, by each source that says so."""

import msgspec

from miner_agent.model.snapshot import RigSnapshot, power_difference_watts, preferred_power
from miner_agent.views.figures import Circumstances, Figure, figure

NO_POWER = "no meter, no firmware and no card tells what the rig draws"
NO_PART = "nothing is known to be missing"
NO_DIFFERENCE = "that takes a meter, and all cards and processors to tell their power"
NOT_ON_DISK = "it is not known what was counted before"


class PowerView(msgspec.Struct, frozen=True, kw_only=True):
    """What everything goes by, and what each source says."""

    power_watts: Figure  # at the wall, by the best source
    by_source: dict[str, Figure]
    difference_watts: Figure  # what the meters measure beyond cards and processors
    part_watts: Figure  # of those that tell it, where something lacks
    lacks: list[str]  # devices that draw what nobody tells, and sources that did not answer
    energy_joules_total: dict[str, Figure]  # by source


def power_view(snapshot: RigSnapshot, at: Circumstances) -> PowerView:
    """The draw of the rig at the wall, as far as it is known."""
    taken_at = snapshot.taken_at
    said: dict[str, Figure] = {
        one.source: figure("power_watts", one.power_watts, source=one.source, taken_at=taken_at, at=at)
        for one in snapshot.power
    }
    energy: dict[str, Figure] = {
        one.source: figure(
            "energy_joules", one.joules_total, source=one.source, taken_at=taken_at, at=at, reason=NOT_ON_DISK
        )
        for one in snapshot.rig_energy
    }
    partial = snapshot.partial_power
    difference_watts = power_difference_watts(snapshot.power)
    part_watts = None if partial is None else partial.power_watts
    return PowerView(
        power_watts=power_figure(snapshot, at),
        by_source=said,
        difference_watts=figure(
            "difference_watts", difference_watts, source="meter", taken_at=taken_at, at=at, reason=NO_DIFFERENCE
        ),
        part_watts=figure("part_watts", part_watts, source="estimate", taken_at=taken_at, at=at, reason=NO_PART),
        lacks=[] if partial is None else list(partial.lacks),
        energy_joules_total=energy,
    )


def power_figure(snapshot: RigSnapshot, at: Circumstances) -> Figure:
    """What everything goes by."""
    best = preferred_power(snapshot.power)
    if best is None:
        return figure("power_watts", None, source=None, taken_at=None, at=at, reason=NO_POWER)
    return figure("power_watts", best.power_watts, source=best.source, taken_at=snapshot.taken_at, at=at)
