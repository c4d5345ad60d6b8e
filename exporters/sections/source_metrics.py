"""How the agent's sources do: collectors, miners and meters."""

from exporters.metric_table import Section, one, outcomes_of, states, timestamp
from miner_agent.errors import COLLECTOR_REASONS
from miner_agent.model.readings import Outcome, Reading
from miner_agent.model.status import SourceStatus

COLLECTORS: Section[Outcome[Reading]] = Section(
    title="Sources",
    keys=("collector",),
    subjects=outcomes_of("collector"),
    specs=(
        one(
            "rig_agent_collector_success",
            "gauge",
            "1 if the collector gave a reading in the last tick.",
            lambda o: int(o.error is None),
        ),
        states(
            "reason",
            "rig_agent_collector_error",
            "Why the collector gave no reading; all 0 if it did.",
            COLLECTOR_REASONS,
            lambda o: () if o.error is None else (o.error.kind,),
        ),
        one(
            "rig_agent_collector_stuck",
            "gauge",
            "1 if its call is over the deadline and has not come back.",
            lambda o: int(o.stuck),
        ),
        one(
            "rig_agent_collector_duration_seconds",
            "gauge",
            "How long the collector took in the last tick.",
            lambda o: o.duration_seconds,
        ),
    ),
)

SOURCES: Section[SourceStatus] = Section(
    title="Sources",
    keys=("collector",),
    subjects=lambda s: (((status.source,), status) for status in s.sources),
    specs=(
        one(
            "rig_agent_collector_last_success_timestamp_seconds",
            "gauge",
            "When the source last gave a reading. Absent if it never has.",
            lambda s: timestamp(s.last_success_at),
        ),
        one("rig_agent_collector_requests_total", "counter", "Times the source was asked.", lambda s: s.requests_total),
        one(
            "rig_agent_collector_failures_total",
            "counter",
            "Times the source gave no reading.",
            lambda s: s.failures_total,
        ),
        one(
            "rig_agent_collector_restarts_total",
            "counter",
            "Times the process that reads it was started again.",
            lambda s: s.restarts_total,
        ),
        one(
            "rig_agent_collector_reading_seconds_total",
            "counter",
            "Time of the processor that went into reading what the miner or meter answered.",
            lambda s: s.reading_seconds_total,
        ),
        one(
            "rig_agent_collector_series_dropped_total",
            "counter",
            "Devices, workloads, workers, faults, pools and read errors left out: said twice, or over 64 devices, 8 "
            "workloads with 8 pools each or 16 faults at a time, 256 names ever or 500 kinds of errors. And series "
            "left out of a page: over 4,000 of one source. Workers beyond those that are shown are told together.",
            lambda s: s.series_dropped_total,
        ),
    ),
)
