"""Alerts: which one it is, what was found, how it stands, what is told of it, and what is to be kept quiet."""

from datetime import datetime
from functools import cached_property
from hashlib import sha256
from typing import Literal, TypeAlias

from msgspec import Struct, json

Severity: TypeAlias = Literal["critical", "warning", "info", "none"]
Stage: TypeAlias = Literal["pending", "firing", "no_data", "resolved"]
"""Of an alert that is not inactive. No data: it was firing when its metrics went away, and nobody knows of its end."""
NoticeState: TypeAlias = Literal["firing", "resolved", "no_data"]
_FINGERPRINT_DIGITS = 16


class AlertKey(Struct, frozen=True, order=True, dict=True):
    """What tells an alert from every other: a rule, whose rig, and labels that stay, sorted by name. Never a value."""

    rule: str
    rig: str
    labels: tuple[tuple[str, str], ...] = ()

    @cached_property
    def fingerprint(self) -> str:
        """The same over all restarts."""
        return sha256(json.encode((self.rule, self.rig, self.labels))).hexdigest()[:_FINGERPRINT_DIGITS]


class AlertFinding(Struct, frozen=True, kw_only=True):
    """The condition of a rule holds now."""

    key: AlertKey
    value: float
    threshold: float | None = None  # None: it has none, such as a state


class Notice(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is told about one alert, or about many of one rule at once."""

    key: AlertKey
    severity: Severity
    state: NoticeState
    value: float | None = None
    threshold: float | None = None
    unit: str = ""
    since: datetime  # when the condition began to hold
    ended: datetime | None = None
    summary: str
    what_to_do: str
    runbook_url: str | None = None
    recorded: bool = True  # on disk, before it was sent
    count: int = 1  # of alerts that this tells of
    rigs: tuple[str, ...] = ()  # where there are many: some of their rigs, by name


class Silence(Struct, frozen=True, kw_only=True):
    """Alerts with all of these labels are not told until then; ``alertname``, ``rig``, ``severity`` count as labels."""

    id: int
    matchers: tuple[tuple[str, str], ...]
    until: datetime
    author: str
    comment: str
    made_at: datetime


class AlertStanding(Struct, frozen=True, kw_only=True):
    """How an alert stands, as it is kept over restarts.

    Moments are for people. What is waited for goes by seconds of the alerts' own clock, which nobody sets and which
    goes on over restarts.
    """

    key: AlertKey
    severity: Severity
    stage: Stage
    since: datetime  # when the condition began to hold
    since_seconds: float
    stage_seconds: float  # when this stage began
    ended: datetime | None = None  # of what is resolved
    clear_seconds: float | None = None  # since when the condition of one that fires does not hold; None: it does
    unknown_seconds: float | None = None  # since when nothing is known of it; None: it is
    follows_seconds: float | None = None  # when it followed last from one that fired, while it was not told
    told: NoticeState | None = None  # what was told last; None: nothing that is to be taken back
    told_firing_seconds: float | None = None
    told_resolved_seconds: float | None = None
    value: float | None = None
    threshold: float | None = None


class Transition(Struct, frozen=True, kw_only=True):
    """An alert went from one stage to another; ``None``: it is inactive."""

    key: AlertKey
    at: datetime
    before: Stage | None
    after: Stage | None
    value: float | None = None
    threshold: float | None = None


class Waiting(Struct, frozen=True, kw_only=True):
    """A notice that is to be sent by a channel, as it stands in the outbox."""

    id: int  # 0: on no disk
    channel: str
    notice: Notice
    made_at: datetime
    expires_at: datetime
