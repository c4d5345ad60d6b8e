"""What the whole machine draws, and the meters at the wall."""

from collections.abc import Iterator

from exporters.metric_table import Labels, Section, by, one, outcomes_of, states
from miner_agent.errors import MINER_REASONS
from miner_agent.model.readings import MeterReading, Outcome, Reading
from miner_agent.model.snapshot import PartialPower, RigEnergy, RigPower, RigSnapshot, power_difference_watts


def _readings(snapshot: RigSnapshot) -> Iterator[tuple[Labels, MeterReading]]:
    for outcome in snapshot.outcomes:
        if isinstance(outcome.reading, MeterReading):
            yield (outcome.source,), outcome.reading


POWER: Section[tuple[RigPower, ...]] = Section(
    title="Power of the whole machine",
    keys=(),
    subjects=lambda s: (((), s.power),),
    specs=(
        by(
            "source",
            "rig_host_power_watts",
            "gauge",
            "Power of the whole machine: the sum of its meters (meter), what its firmware says (psu), or the sum of "
            "its cards and processors (estimate: the wall gives more). Absent where a part of the sum is not known.",
            lambda powers: {power.source: power.power_watts for power in powers},
        ),
        one(
            "rig_host_power_difference_watts",
            "gauge",
            "What the meters measure beyond the sum of cards and processors: mainboard, fans, losses of power "
            "supplies.",
            power_difference_watts,
        ),
    ),
)

RIG_ENERGY: Section[tuple[RigEnergy, ...]] = Section(
    title="Power of the whole machine",
    keys=(),
    subjects=lambda s: (((), s.rig_energy),),
    specs=(
        by(
            "source",
            "rig_host_energy_joules_total",
            "counter",
            "Energy that the whole machine drew while the agent ran, by who told it. A meter's own counter bridges "
            "readings that failed; what is integrated from power does not.",
            lambda energies: {energy.source: energy.joules_total for energy in energies},
        ),
    ),
)

PARTIAL_POWER: Section[PartialPower] = Section(
    title="Power of the whole machine",
    keys=(),
    subjects=lambda s: () if s.partial_power is None else (((), s.partial_power),),
    specs=(
        one(
            "rig_host_power_part_watts",
            "gauge",
            "Power of those cards, boards and processors that tell it, while others do not: a part of the machine, "
            "never all of it.",
            lambda partial: partial.power_watts,
        ),
        by(
            "part",
            "rig_host_power_lacks",
            "gauge",
            "1 for each device that draws what nobody tells, and for each source that did not answer: what "
            "rig_host_power_part_watts and the estimate lack.",
            lambda partial: dict.fromkeys(partial.lacks, 1),
        ),
    ),
)

METER_ANSWERS: Section[Outcome[Reading]] = Section(
    title="Meters",
    keys=("meter",),
    subjects=outcomes_of("meter"),
    specs=(
        one("rig_meter_up", "gauge", "1 if the meter answered and was understood.", lambda o: int(o.error is None)),
        states(
            "reason",
            "rig_meter_error",
            "Why the meter gave no reading; all 0 if it did.",
            MINER_REASONS,
            lambda o: () if o.error is None else (o.error.kind,),
        ),
    ),
)

METERS: Section[MeterReading] = Section(
    title="Meters",
    keys=("meter",),
    subjects=_readings,
    specs=(
        one(
            "rig_meter_power_watts",
            "gauge",
            "Power behind the meter, of its configured channel or of all; below zero if more is fed in than drawn.",
            lambda m: m.power_watts,
        ),
        one("rig_meter_voltage_volts", "gauge", "Voltage, where it is that of one channel.", lambda m: m.voltage_volts),
        one(
            "rig_meter_current_amperes",
            "gauge",
            "Current, where it is that of one channel.",
            lambda m: m.current_amperes,
        ),
    ),
)
