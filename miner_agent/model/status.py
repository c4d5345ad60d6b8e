"""How sources, databases and the agent itself do."""

from dataclasses import dataclass, field
from datetime import datetime

from miner_agent.model.alerts_status import AlertsStatus
from miner_agent.model.channel_status import ChannelStatus
from miner_agent.model.devices import (
    ReadErrorReason,
    ThrottleReason,
)
from miner_agent.model.ledger_status import LedgerStatus
from miner_agent.model.made_in_c import made_in_c
from miner_agent.model.readings import (
    SourceKind,
)


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStatus:
    """How one source has done since the agent started."""

    source: str
    kind: SourceKind
    last_success_at: datetime | None = None
    requests_total: int = 0
    failures_total: int = 0
    restarts_total: int = 0  # of the process that reads it
    series_dropped_total: int = 0
    reading_seconds_total: float = 0.0  # of the processor, for what it answered


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceStatus:
    """What the agent has counted of one device since it started."""

    device: str  # its label; the name of a source for what it says beside its devices
    source: str  # whose it is
    lost_total: int | None = None  # None: its source tells no states
    throttled_seconds_total: dict[ThrottleReason, float] = field(default_factory=dict)
    read_errors_total: dict[tuple[str, ReadErrorReason], int] = field(default_factory=dict)


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseStatus:
    """One of the agent's databases, and how writing it has gone since the agent started."""

    database: str
    size_bytes: int | None = None
    oldest_sample_at: datetime | None = None
    written_at: datetime | None = None
    write_failures_total: int = 0
    files_lost_total: int = 0  # it was removed, replaced, written over, or found damaged
    waiting_seconds: float = 0.0  # for which what is to be written has waited for the disk
    last_error: str | None = None  # why; None: the last attempt was good, or is not over
    ticks_dropped_total: int | None = None  # None: it has no ticks
    rows_skipped_total: int | None = None  # their key was there already
    values_dropped_total: int | None = None  # not finite, or too large to be kept
    queue_length: int | None = None  # None: it has no queue


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayStatus:
    """How reading other machines goes. Of a round: the last one that came to its end, absent before."""

    rigs_configured: int
    interval_seconds: float  # in which a round is to be over
    rigs_dead: int  # they did not answer at least twice in a row, and are asked ever less often
    rigs_answered: int | None = None  # of the round
    round_duration_seconds: float | None = None  # from its first question to its last answer
    round_ended_at: datetime | None = None


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStatus:
    """The agent itself."""

    version: str
    python_version: str
    config_loaded_at: datetime
    config_reload_ok: bool = True
    render_failures_total: int = 0
    mistakes_total: int = 0  # of the agent itself, each of which cost a source its reading
    late_ticks_total: int = 0
    clock_steps_total: int = 0
    clock_synchronized: bool | None = None  # somebody keeps the wall clock right; None: the system does not tell
    clock_even_seconds: float = 0.0  # for how long the wall clock has been possible and even
    log_lines_dropped_total: int = 0
    job_failures_total: dict[str, int] = field(default_factory=dict)
    databases: tuple[DatabaseStatus, ...] = ()
    counters_kept: bool | None = None  # those that outlive the agent are read, and written; False: they are absent
    gateway: GatewayStatus | None = None  # None: it reads no other machine
    alerts: AlertsStatus | None = None  # None: nobody of this agent looks for them
    channels: tuple[ChannelStatus, ...] = ()  # by which people are told
    ledger: LedgerStatus | None = None  # None: there are no books, or nobody has looked at them yet
