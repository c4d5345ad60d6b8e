"""Mining programs and machines."""

from collections.abc import Iterator
from datetime import datetime

from exporters.metric_table import Labels, Section, by, info, one, outcomes_of, states, timestamp
from miner_agent.errors import MINER_REASONS
from miner_agent.model.readings import MinerSnapshot, Outcome, Reading, boards_there
from miner_agent.model.snapshot import MinerWorkload, RigSnapshot


def _readings(snapshot: RigSnapshot) -> Iterator[tuple[Labels, MinerSnapshot]]:
    for outcome in snapshot.outcomes:
        if isinstance(outcome.reading, MinerSnapshot):
            yield (outcome.source,), outcome.reading


MINER_ANSWERS: Section[Outcome[Reading]] = Section(
    title="Miners",
    keys=("miner",),
    subjects=outcomes_of("miner"),
    specs=(
        one(
            "rig_miner_up", "gauge", "1 if the miner's API answered and was understood.", lambda o: int(o.error is None)
        ),
        states(
            "reason",
            "rig_miner_error",
            "Why the miner gave no reading; all 0 if it did.",
            MINER_REASONS,
            lambda o: () if o.error is None else (o.error.kind,),
        ),
    ),
)

PROGRAMS: Section[MinerWorkload] = Section(
    title="Miners",
    keys=("miner",),
    told_by="miner",
    subjects=lambda s: (((w.miner,), w) for w in s.inventory.workloads),
    specs=(
        info(
            "rig_miner_info",
            "The mining program and what it works on; algorithm_told is its own word for the algorithm.",
            ("software", "version", "algorithm", "algorithm_told", "coin"),
            lambda w: (
                *(w.snapshot.software, w.snapshot.software_version),
                *(w.algorithm, w.workload.algorithm_told, w.workload.coin),
            ),
        ),
    ),
)

MACHINES: Section[MinerSnapshot] = Section(
    title="Miners",
    keys=("miner",),
    told_by="miner",
    subjects=lambda s: ((key, miner) for key, miner in _readings(s) if miner.product is not None),
    specs=(
        info(
            "rig_miner_machine_info",
            "The machine, where the program is its firmware.",
            ("product",),
            lambda m: (m.product,),
        ),
    ),
)

STARTS: Section[datetime] = Section(
    title="Miners",
    keys=("miner",),
    told_by="miner",
    subjects=lambda s: (((miner,), moment) for miner, moment in s.miners_started_at.items()),
    specs=(one("rig_miner_start_time_seconds", "gauge", "When the mining program started.", timestamp),),
)

RESTARTED: Section[int] = Section(
    title="Miners",
    keys=("miner",),
    told_by="miner",
    subjects=lambda s: (((miner,), total) for miner, total in s.miner_restarts_total.items()),
    specs=(
        one(
            "rig_miner_restarts_total",
            "counter",
            "How often the mining program was found to be started anew, also while the agent was off. It goes on over "
            "restarts of the agent.",
            lambda total: total,
        ),
    ),
)

MINERS: Section[MinerSnapshot] = Section(
    title="Miners",
    keys=("miner",),
    told_by="miner",
    subjects=_readings,
    specs=(
        by(
            "reason",
            "rig_miner_paused",
            "gauge",
            "1 if the miner is paused.",
            lambda m: {} if m.paused is None else {"user": int(m.paused)},
        ),
        one(
            "rig_miner_pool_connection_seconds",
            "gauge",
            "Age of the connection to the pool; 0 is not connected.",
            lambda m: m.pool_connection_seconds,
        ),
        one(
            "rig_miner_workers_connected",
            "gauge",
            "Miners that are connected to a proxy, or to a pool of one's own.",
            lambda m: m.workers_connected,
        ),
        one(
            "rig_miner_power_watts",
            "gauge",
            "Power draw of the whole machine, as its firmware says.",
            lambda m: m.power_watts,
        ),
        by(
            "fan",
            "rig_miner_fan_speed_rpm",
            "gauge",
            "Measured speed of the machine's fans, in the order of its firmware.",
            lambda m: {str(fan): speed for fan, speed in enumerate(m.fan_speeds_rpm)},
        ),
        one(
            "rig_miner_ambient_temperature_celsius",
            "gauge",
            "Temperature of the room, as the machine measures it.",
            lambda m: m.ambient_temperature_celsius,
        ),
        one(
            "rig_miner_liquid_temperature_celsius",
            "gauge",
            "Temperature of the liquid that cools the machine, where it is told without its place.",
            lambda m: m.liquid_temperature_celsius,
        ),
        one(
            "rig_miner_boards_expected",
            "gauge",
            "Hashboards that the machine was built with, or should have as configured (miners.boards).",
            lambda m: m.boards_expected,
        ),
        one(
            "rig_miner_boards",
            "gauge",
            "Hashboards that the machine's firmware tells of and does not call lost. Absent where it tells of none.",
            boards_there,
        ),
        one(
            "rig_miner_fans_expected",
            "gauge",
            "Fans of the machine that should turn: as configured (miners.fans), else all that have turned, over "
            "restarts of the agent too.",
            lambda m: m.fans_expected,
        ),
    ),
)
