"""The agent itself: its databases, its reading of other machines, its alerts and channels."""

import msgspec

from miner_agent.model.alerts_status import AlertsOwner, AlertsStatus
from miner_agent.model.channel_status import ChannelStatus
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.model.status import DatabaseStatus, GatewayStatus
from miner_agent.views.figures import Circumstances, Figure, Moment, Perhaps, figure, figures_of

NO_AGENT = "nobody keeps running here: this is one look"
NO_GATEWAY = "this agent reads no other machine"
NO_ALERTS = "nobody of this agent looks for alerts"
NOT_SAID = "the system does not tell it"
NOT_OF_IT = "it has none"


class DatabaseView(msgspec.Struct, frozen=True, kw_only=True):
    """One database, and how writing it has gone since the agent started."""

    database: str
    oldest_sample_at: Moment | None
    written_at: Moment | None
    last_error: str | None
    size_bytes: Figure
    write_failures_total: Figure
    files_lost_total: Figure
    waiting_seconds: Figure
    ticks_dropped_total: Figure
    rows_skipped_total: Figure
    values_dropped_total: Figure
    queue_length: Figure


class GatewayView(msgspec.Struct, frozen=True, kw_only=True):
    """How reading other machines goes, of the last round that ended."""

    rigs_configured: Figure
    rigs_answered: Figure
    rigs_dead: Figure
    interval_seconds: Figure
    round_duration_seconds: Figure
    round_ended_at: Moment | None


class StageCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many alerts stand so."""

    stage: str
    severity: str
    alerts: int


class RuleCount(msgspec.Struct, frozen=True, kw_only=True):
    """How many alerts of one rule fire."""

    rule: str
    severity: str
    alerts: int


class AlertsStatusView(msgspec.Struct, frozen=True, kw_only=True):
    """Who looks for alerts, and how many stand how."""

    owner: AlertsOwner
    evaluated_at: Moment | None
    counts: list[StageCount]
    firing: list[RuleCount]
    silences: Figure
    unrecorded_total: Figure


class ChannelView(msgspec.Struct, frozen=True, kw_only=True):
    """One way by which people are told."""

    channel: str
    oldest_at: Moment | None  # when the notice was made that waits for longest
    last_error: str | None
    sent_total: Figure
    failures_total: Figure
    dropped_total: Figure
    queue_length: Figure


class AgentView(msgspec.Struct, frozen=True, kw_only=True):
    """The agent as of the tick."""

    version: str
    python_version: str
    config_loaded_at: Moment
    config_reload_ok: bool
    interval_seconds: Figure
    clock_synchronized: Figure
    clock_even_seconds: Figure
    clock_steps_total: Figure
    counters_kept: Figure
    late_ticks_total: Figure
    mistakes_total: Figure
    render_failures_total: Figure
    log_lines_dropped_total: Figure
    job_failures_total: dict[str, int]
    databases: list[DatabaseView]
    gateway: Perhaps[GatewayView]
    alerts: Perhaps[AlertsStatusView]
    channels: list[ChannelView]


def agent_view(snapshot: RigSnapshot, at: Circumstances) -> Perhaps[AgentView]:
    """How the agent does."""
    agent = snapshot.agent
    if agent is None:
        return Perhaps(value=None, reason=NO_AGENT)
    figures = figures_of(AgentView, agent, source="agent", taken_at=at.taken_at, at=at, reason=NOT_SAID)
    figures["interval_seconds"] = figure(
        "interval_seconds",
        None if snapshot.clock is None else snapshot.clock.interval_seconds,
        source="agent",
        taken_at=at.taken_at,
        at=at,
    )
    return Perhaps(
        value=AgentView(
            version=agent.version,
            python_version=agent.python_version,
            config_loaded_at=agent.config_loaded_at,
            config_reload_ok=agent.config_reload_ok,
            job_failures_total=dict(agent.job_failures_total),
            databases=[_database_view(one, at) for one in agent.databases],
            gateway=_gateway_view(agent.gateway, at),
            alerts=_alerts_view(agent.alerts, at),
            channels=[_channel_view(one, at) for one in agent.channels],
            **figures,
        )
    )


def _database_view(one: DatabaseStatus, at: Circumstances) -> DatabaseView:
    return DatabaseView(
        database=one.database,
        oldest_sample_at=one.oldest_sample_at,
        written_at=one.written_at,
        last_error=one.last_error,
        **figures_of(DatabaseView, one, source="agent", taken_at=at.taken_at, at=at, reason=NOT_OF_IT),
    )


def _gateway_view(one: GatewayStatus | None, at: Circumstances) -> Perhaps[GatewayView]:
    if one is None:
        return Perhaps(value=None, reason=NO_GATEWAY)
    figures = figures_of(
        GatewayView, one, source="agent", taken_at=one.round_ended_at, at=at, reason="no round has ended yet"
    )
    return Perhaps(value=GatewayView(round_ended_at=one.round_ended_at, **figures))


def _alerts_view(one: AlertsStatus | None, at: Circumstances) -> Perhaps[AlertsStatusView]:
    if one is None:
        return Perhaps(value=None, reason=NO_ALERTS)
    return Perhaps(
        value=AlertsStatusView(
            owner=one.owner,
            evaluated_at=one.evaluated_at,
            counts=[
                StageCount(stage=stage, severity=severity, alerts=count)
                for (stage, severity), count in one.counts.items()
            ],
            firing=[
                RuleCount(rule=rule, severity=severity, alerts=count) for (rule, severity), count in one.firing.items()
            ],
            **figures_of(AlertsStatusView, one, source="agent", taken_at=one.evaluated_at, at=at),
        )
    )


def _channel_view(one: ChannelStatus, at: Circumstances) -> ChannelView:
    figures = figures_of(ChannelView, one, source="agent", taken_at=at.taken_at, at=at)
    return ChannelView(channel=one.channel, oldest_at=one.oldest_at, last_error=one.last_error, **figures)
