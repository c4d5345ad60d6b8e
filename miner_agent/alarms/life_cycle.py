"""The stages of one alert: inactive, pending, firing, resolved; and no data: nobody knows whether it is over. Pure.

An alert that is inactive has no standing. One that is resolved keeps its standing for as long as something is to be
told of it, or was told so lately that it must not be told again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, TypeAlias

from msgspec import structs

from miner_agent.model.alerting import AlertKey, AlertStanding, Severity, Stage

Seen: TypeAlias = Literal["holds", "held", "clear", "unknown", "paused"]
"""Of a condition, in one look. Held: between its bounds. Paused: the rig is off as planned, or somebody works on it."""
TOLD_AGAIN_SECONDS = 600.0  # an alert is told at most once within it, and its end likewise
FORGOTTEN_SECONDS = 86_400.0  # after so long without data an alert is given up


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertMoment:
    """When a look is: for people, and by the alerts' own clock. [s]"""

    now: datetime
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertTerms:
    """How long an alert takes for its steps. [s]"""

    severity: Severity
    for_seconds: float
    keep_firing_seconds: float
    no_data_seconds: float  # without its metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What one look saw of one alert."""

    seen: Seen
    value: float | None = None
    threshold: float | None = None


def step(
    key: AlertKey, before: AlertStanding | None, sight: Sight, terms: AlertTerms, at: AlertMoment
) -> AlertStanding | None:
    """How an alert stands after a look; ``None``: it is inactive."""
    stage = None if before is None else before.stage
    if before is None or stage == "resolved":
        return _begun(key, before, terms, at, sight) if sight.seen == "holds" else _kept(before, at)
    after = _noted(before, sight, at)
    if stage == "pending":
        return _after_pending(after, sight, terms, at)
    return _after_firing(after, sight, terms, at)


def unseen(pending: AlertStanding, at: AlertMoment) -> AlertStanding | None:
    """How a pending alert stands that nobody looked at for longer than it waits: it begins anew, if at all."""
    return _over(pending, at, clear_for_seconds=0.0)


def _begun(
    key: AlertKey, before: AlertStanding | None, terms: AlertTerms, at: AlertMoment, sight: Sight
) -> AlertStanding:
    begun = AlertStanding(
        key=key,
        severity=terms.severity,
        stage="pending",
        since=at.now if before is None or before.told is None else before.since,  # of what was told that it fires
        since_seconds=at.seconds,
        stage_seconds=at.seconds,
        told=None if before is None else before.told,
        told_firing_seconds=None if before is None else before.told_firing_seconds,
        told_resolved_seconds=None if before is None else before.told_resolved_seconds,
        value=sight.value,
        threshold=sight.threshold,
    )
    return begun if terms.for_seconds > 0 else _entered(begun, "firing", at)


def _noted(before: AlertStanding, sight: Sight, at: AlertMoment) -> AlertStanding:
    """The same stage, with what the look saw."""
    clear_seconds, unknown_seconds = before.clear_seconds, before.unknown_seconds
    if sight.seen in {"holds", "held"}:
        clear_seconds = None
    elif sight.seen == "clear" and clear_seconds is None:
        clear_seconds = at.seconds
    if sight.seen != "unknown":
        unknown_seconds = None
    elif unknown_seconds is None:
        unknown_seconds = at.seconds
    seen = {"value": sight.value, "threshold": sight.threshold} if sight.value is not None else {}
    return structs.replace(before, clear_seconds=clear_seconds, unknown_seconds=unknown_seconds, **seen)


def _after_pending(after: AlertStanding, sight: Sight, terms: AlertTerms, at: AlertMoment) -> AlertStanding | None:
    if sight.seen == "holds":
        is_over = at.seconds - after.since_seconds >= terms.for_seconds
        return _entered(after, "firing", at) if is_over else after
    if sight.seen == "unknown" and not _is_without_data(after, terms, at):
        return after
    return _over(after, at, clear_for_seconds=0.0)


def _after_firing(after: AlertStanding, sight: Sight, terms: AlertTerms, at: AlertMoment) -> AlertStanding | None:
    if sight.seen in {"holds", "held"}:
        return after if after.stage == "firing" else _entered(after, "firing", at)
    if sight.seen == "paused":
        return after
    if sight.seen == "unknown":
        if after.stage == "firing":
            return _entered(after, "no_data", at) if _is_without_data(after, terms, at) else after
        return None if at.seconds - after.stage_seconds >= FORGOTTEN_SECONDS else after
    clear_for_seconds = at.seconds - (at.seconds if after.clear_seconds is None else after.clear_seconds)
    if clear_for_seconds < terms.keep_firing_seconds:
        return after
    return _over(after, at, clear_for_seconds=clear_for_seconds)


def _over(after: AlertStanding, at: AlertMoment, *, clear_for_seconds: float) -> AlertStanding | None:
    """It has ended. Where the wall clock was set back meanwhile, it began as long before its end as it lasted."""
    ended = at.now - timedelta(seconds=clear_for_seconds)
    lasted = timedelta(seconds=max(at.seconds - clear_for_seconds - after.since_seconds, 0.0))
    since = after.since if after.since <= ended else ended - lasted
    return _kept(structs.replace(_entered(after, "resolved", at), since=since, ended=ended), at)


def _is_without_data(after: AlertStanding, terms: AlertTerms, at: AlertMoment) -> bool:
    return after.unknown_seconds is not None and at.seconds - after.unknown_seconds >= terms.no_data_seconds


def _entered(before: AlertStanding, stage: Stage, at: AlertMoment) -> AlertStanding:
    return structs.replace(before, stage=stage, stage_seconds=at.seconds)


def _kept(resolved: AlertStanding | None, at: AlertMoment) -> AlertStanding | None:
    """What is resolved, for as long as something is to be told of it or was told lately."""
    if resolved is None or resolved.told is not None:
        return resolved
    told = [each for each in (resolved.told_firing_seconds, resolved.told_resolved_seconds) if each is not None]
    return resolved if told and at.seconds - max(told) < TOLD_AGAIN_SECONDS else None
