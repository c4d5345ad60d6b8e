"""Alerts as they stand, the worst first, and what is to be kept quiet."""

from collections.abc import Iterable, Sequence

import msgspec

from exporters.alerts import ALERTS
from exporters.alerts.alert_rule import AlertRule
from exporters.sections import SECTIONS
from miner_agent.alarms.muting import is_silenced
from miner_agent.alarms.wording import summary_of
from miner_agent.model.alerting import AlertStanding, Severity, Silence, Stage
from miner_agent.model.alerts_status import SHOWN_SEVERITIES
from miner_agent.text import natural_key
from miner_agent.views.figures import NOT_SHOWN, Circumstances, Moment

_BY_WEIGHT: Sequence[Severity] = (*SHOWN_SEVERITIES, "none")
_PRIVATE = frozenset(spec.name for section in SECTIONS if section.private for spec in section.specs)
_RULES = {rule.name: rule for rule in ALERTS}
_OF_MONEY = frozenset(rule.name for rule in ALERTS if any(series.name in _PRIVATE for series in rule.asked))


class AlertView(msgspec.Struct, frozen=True, kw_only=True):
    """One alert."""

    alert: str
    rig: str
    labels: dict[str, str] | None
    fingerprint: str  # the same over all restarts
    severity: Severity
    state: Stage
    since: Moment  # when its condition began to hold
    value: float | None
    threshold: float | None
    told: bool  # people were told of it
    silenced: bool
    unit: str | None
    summary: str | None
    what_to_do: str | None
    reason: str | None  # why what it is about is not told


class SilenceView(msgspec.Struct, frozen=True, kw_only=True):
    """What is not told for a while."""

    id: int
    matchers: dict[str, str] | None
    until: Moment
    author: str | None
    comment: str | None
    made_at: Moment
    reason: str | None  # why not all of it is told


class AlertsView(msgspec.Struct, frozen=True, kw_only=True):
    """All of them."""

    rig: str
    taken_at: Moment
    stale: bool
    reason: str | None  # why it is
    owner: str | None  # who looks for alerts: local or prometheus; null: nobody of this agent
    rows: list[AlertView]
    silences: list[SilenceView]


def alert_views(standings: Iterable[AlertStanding], silences: Sequence[Silence], at: Circumstances) -> list[AlertView]:
    """Those that are not over, the worst first."""
    return [alert_view(one, at, silenced=is_silenced(silences, one.key, one.severity)) for one in in_order(standings)]


def in_order(standings: Iterable[AlertStanding]) -> list[AlertStanding]:
    """Those that are not over: what weighs most first, then what began first."""
    left = [standing for standing in standings if standing.stage != "resolved"]
    return sorted(left, key=_weight)


def _weight(one: AlertStanding) -> tuple[object, ...]:
    named = (natural_key(one.key.rig), one.key.rule, [(name, natural_key(value)) for name, value in one.key.labels])
    return one.stage == "pending", _BY_WEIGHT.index(one.severity), one.since, *named


def silence_view(one: Silence, *, sees_money: bool) -> SilenceView:
    """One silence; that there is one and until when, to who may not see money: people write of money in it."""
    return SilenceView(
        id=one.id,
        matchers=dict(one.matchers) if sees_money else None,
        until=one.until,
        author=one.author if sees_money else None,
        comment=one.comment if sees_money else None,
        made_at=one.made_at,
        reason=None if sees_money else NOT_SHOWN,
    )


def alert_view(one: AlertStanding, at: Circumstances, *, silenced: bool) -> AlertView:
    """One alert; of money and books nothing but that it is, to who may not see them."""
    rule: AlertRule | None = _RULES.get(one.key.rule)
    is_shown = at.sees_money or one.key.rule not in _OF_MONEY
    return AlertView(
        alert=one.key.rule,
        rig=one.key.rig,
        labels=dict(one.key.labels) if is_shown else None,
        fingerprint=one.key.fingerprint,
        severity=one.severity,
        state=one.stage,
        since=one.since,
        told=one.told is not None,
        silenced=silenced,
        value=one.value if is_shown else None,
        threshold=one.threshold if is_shown else None,
        unit=None if rule is None else rule.unit,
        summary=None if rule is None or not is_shown else summary_of(one, rule),
        what_to_do=None if rule is None else rule.what_to_do,
        reason=None if is_shown else NOT_SHOWN,
    )
