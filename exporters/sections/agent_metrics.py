"""The agent itself, its databases, and how its reading of other machines goes."""

from collections.abc import Iterator
from datetime import datetime

from exporters.metric_table import Labels, Section, by, flag, info, one, timestamp
from miner_agent.model.planned import PlannedState
from miner_agent.model.snapshot import RigSnapshot, TickClock
from miner_agent.model.status import AgentStatus, DatabaseStatus, GatewayStatus


def _agents(snapshot: RigSnapshot) -> Iterator[tuple[Labels, AgentStatus]]:
    if snapshot.agent is not None:
        yield (), snapshot.agent


def _gateways(snapshot: RigSnapshot) -> Iterator[tuple[Labels, GatewayStatus]]:
    for key, agent in _agents(snapshot):
        if agent.gateway is not None:
            yield key, agent.gateway


AGENT: Section[AgentStatus] = Section(
    title="The agent",
    keys=(),
    subjects=_agents,
    specs=(
        info(
            "rig_agent_build_info",
            "The agent that wrote this page.",
            ("version", "python_version"),
            lambda a: (a.version, a.python_version),
        ),
        one(
            "rig_agent_config_last_reload_successful",
            "gauge",
            "1 if the last reload took the new configuration.",
            lambda a: int(a.config_reload_ok),
        ),
        one(
            "rig_agent_config_last_reload_success_timestamp_seconds",
            "gauge",
            "When the configuration in force was loaded.",
            lambda a: timestamp(a.config_loaded_at),
        ),
        one(
            "rig_agent_render_failures_total",
            "counter",
            "Times this page could not be built; it then holds the agent's own series alone.",
            lambda a: a.render_failures_total,
        ),
        one(
            "rig_agent_mistakes_total",
            "counter",
            "Mistakes of the agent itself that cost a source its reading: its log has the traceback of each, once.",
            lambda a: a.mistakes_total,
        ),
        one(
            "rig_agent_late_ticks_total",
            "counter",
            "Ticks that began more than half an interval late, or were left out.",
            lambda a: a.late_ticks_total,
        ),
        one("rig_agent_clock_steps_total", "counter", "Times the wall clock was set.", lambda a: a.clock_steps_total),
        one(
            "rig_agent_clock_synchronized",
            "gauge",
            "1 if somebody keeps the wall clock right, as the kernel knows. Absent where it does not tell the agent.",
            lambda a: flag(a.clock_synchronized),
        ),
        one(
            "rig_agent_clock_even_seconds",
            "gauge",
            "For how long the wall clock has been possible and not been set, over restarts too. Old rows are deleted "
            "after a day of it.",
            lambda a: a.clock_even_seconds,
        ),
        one(
            "rig_agent_counters_kept",
            "gauge",
            "1 if what earlier runs have counted is read and what this one counts is written. Counters of energy, "
            "shares and restarts show what is on disk; while this is 0 they are absent.",
            lambda a: flag(a.counters_kept),
        ),
        one(
            "rig_agent_log_lines_dropped_total",
            "counter",
            "Lines of the log that found no room or no disk.",
            lambda a: a.log_lines_dropped_total,
        ),
        by(
            "job",
            "rig_agent_job_failures_total",
            "counter",
            "Runs of a calendar job that did not come to their end.",
            lambda a: a.job_failures_total,
        ),
    ),
)

DATABASES: Section[DatabaseStatus] = Section(
    title="The agent's databases",
    keys=("database",),
    subjects=lambda s: (((d.database,), d) for _, agent in _agents(s) for d in agent.databases),
    specs=(
        one("rig_agent_database_size_bytes", "gauge", "Size of the file.", lambda d: d.size_bytes),
        one(
            "rig_agent_database_oldest_sample_timestamp_seconds",
            "gauge",
            "When the oldest raw sample was taken.",
            lambda d: timestamp(d.oldest_sample_at),
        ),
        one(
            "rig_agent_database_last_write_timestamp_seconds",
            "gauge",
            "When the newest written sample was taken.",
            lambda d: timestamp(d.written_at),
        ),
        one(
            "rig_agent_database_write_failures_total",
            "counter",
            "Attempts to write that the disk refused.",
            lambda d: d.write_failures_total,
        ),
        one(
            "rig_agent_database_files_lost_total",
            "counter",
            "Times somebody removed, replaced or wrote over the file while it was open, or it was found damaged. What "
            "is whole goes on, else a new one is begun.",
            lambda d: d.files_lost_total,
        ),
        one(
            "rig_agent_database_ticks_dropped_total",
            "counter",
            "Ticks that were never written because the queue before the disk was full.",
            lambda d: d.ticks_dropped_total,
        ),
        one(
            "rig_agent_database_rows_skipped_total",
            "counter",
            "Rows left out because their device and moment were there already: the clock was set back.",
            lambda d: d.rows_skipped_total,
        ),
        one(
            "rig_agent_database_values_dropped_total",
            "counter",
            "Values that were not finite, or too large to be kept.",
            lambda d: d.values_dropped_total,
        ),
        one("rig_agent_database_queued_ticks", "gauge", "Ticks that wait to be written.", lambda d: d.queue_length),
    ),
)

GATEWAY: Section[GatewayStatus] = Section(
    title="Other machines",
    keys=(),
    subjects=_gateways,
    specs=(
        one(
            "rig_gateway_rigs_configured",
            "gauge",
            "Other machines that this agent reads. Each has a page of its own.",
            lambda g: g.rigs_configured,
        ),
        one(
            "rig_gateway_rigs_answered",
            "gauge",
            "Of them, those of which a miner answered and was understood in the last round.",
            lambda g: g.rigs_answered,
        ),
        one(
            "rig_gateway_rigs_dead",
            "gauge",
            "Of them, those that did not answer twice in a row or more. They are asked ever less often, at the least "
            "every 5 minutes.",
            lambda g: g.rigs_dead,
        ),
        one(
            "rig_gateway_round_duration_seconds",
            "gauge",
            "From the first question of the last round to its last answer. Questions are spread so that it ends within"
            " gateway.interval_seconds: where it takes longer, the gateway cannot keep up.",
            lambda g: g.round_duration_seconds,
        ),
        one(
            "rig_gateway_interval_seconds",
            "gauge",
            "In which a round is to be over: gateway.interval_seconds.",
            lambda g: g.interval_seconds,
        ),
        one(
            "rig_gateway_last_round_timestamp_seconds",
            "gauge",
            "When the last round came to its end.",
            lambda g: timestamp(g.round_ended_at),
        ),
    ),
)

PLANS: Section[PlannedState] = Section(
    title="What is planned",
    keys=(),
    subjects=lambda s: (((), s.planned),),
    specs=(
        one(
            "rig_planned_off",
            "gauge",
            "1 while the configuration says that the rig is off, or does not mine (planned_off).",
            lambda p: int(p.off),
        ),
        by(
            "reason",
            "rig_maintenance",
            "gauge",
            "1 while somebody works on the rig, and why, as the configuration says (maintenance). Else absent.",
            lambda p: dict.fromkeys(p.maintenance, 1),
        ),
    ),
)

PACE: Section[TickClock] = Section(
    title="The agent",
    keys=(),
    subjects=lambda s: () if s.clock is None else (((), s.clock),),
    specs=(
        one(
            "rig_agent_interval_seconds",
            "gauge",
            "From one reading of the rig to the next, as configured: of another machine's, that of the rounds.",
            lambda c: c.interval_seconds,
        ),
    ),
)

LAST_TICK: Section[datetime] = Section(
    title="The agent",
    keys=(),
    subjects=lambda s: (((), s.taken_at),),
    specs=(
        one(
            "rig_agent_last_tick_timestamp_seconds",
            "gauge",
            "When the readings of this page were asked for.",
            timestamp,
        ),
    ),
)
