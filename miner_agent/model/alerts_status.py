"""How the agent's own alerts stand, as it shows them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from miner_agent.model.alerting import Severity, Stage

AlertsOwner: TypeAlias = Literal["local", "prometheus"]
"""Who evaluates rules and tells people: the agent by itself, or a Prometheus that scrapes it. Never both."""
LOOKED_LATELY = timedelta(minutes=3)
"""Within which a running agent has looked for alerts: it notes its looks each minute."""
SHOWN_STAGES: tuple[Stage, ...] = ("pending", "firing", "no_data")
SHOWN_SEVERITIES: tuple[Severity, ...] = ("critical", "warning", "info")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsStatus:
    """Of this agent's rig and of those that it reads. Totals count since the agent started."""

    owner: AlertsOwner
    evaluated_at: datetime | None = None  # None: not yet, or somebody else does
    counts: dict[tuple[Stage, Severity], int] = field(default_factory=dict)
    firing: dict[tuple[str, Severity], int] = field(default_factory=dict)  # by rule; also without data since
    silences: int = 0  # that have not ended
    unrecorded_total: int = 0  # notices that no disk took before they were sent
