"""The meters at the wall."""

import msgspec

from miner_agent.model.devices import meter_label
from miner_agent.model.readings import MeterReading, Outcome, Reading
from miner_agent.model.snapshot import DeviceEnergy, RigSnapshot
from miner_agent.views.figures import Circumstances, Figure, Moment, figure, figures_of

NO_READING = "the meter gave no reading"
NO_ENERGY = "what it has measured is not known"
NO_COUNTER = "it has no counter"


class MeterView(msgspec.Struct, frozen=True, kw_only=True):
    """One meter: everything behind it together."""

    meter: str
    up: bool
    reason: str | None  # why it is not up, as a word
    taken_at: Moment
    stale: bool
    product: str | None
    power_watts: Figure  # below zero: more is fed in than drawn
    voltage_volts: Figure
    current_amperes: Figure
    energy_joules_total: Figure  # since it was first seen, over all restarts of the agent
    counter_energy_joules_total: Figure  # of its own counter, as it stands


def meter_views(snapshot: RigSnapshot, at: Circumstances) -> list[MeterView]:
    """Every meter that was asked."""
    energy = {one.device: one for one in snapshot.meter_energy}
    return [_meter_view(one, energy, at) for one in snapshot.outcomes if one.kind == "meter"]


def _meter_view(outcome: Outcome[Reading], energies: dict[str, DeviceEnergy], at: Circumstances) -> MeterView:
    told = outcome.reading if isinstance(outcome.reading, MeterReading) else None
    energy = energies.get(meter_label(outcome.source)) or energies.get(outcome.source)
    figures = figures_of(
        MeterView,
        told or MeterReading(),
        source=outcome.source,
        taken_at=outcome.asked_at,
        at=at,
        reason=NO_READING if told is None else None,
    )
    figures["energy_joules_total"] = figure(
        "energy_joules_total",
        None if energy is None else energy.joules_total,
        source=None if energy is None else energy.source,
        taken_at=outcome.asked_at,
        at=at,
        reason=NO_ENERGY,
    )
    figures["counter_energy_joules_total"] = figure(
        "counter_energy_joules_total",
        None if told is None else told.energy_joules_total,
        source=outcome.source,
        taken_at=outcome.asked_at,
        at=at,
        reason=NO_READING if told is None else NO_COUNTER,
    )
    return MeterView(
        meter=outcome.source,
        up=outcome.error is None,
        reason=None if outcome.error is None else outcome.error.kind,
        taken_at=outcome.asked_at,
        stale=at.stale,
        product=None if told is None else told.product,
        **figures,
    )
