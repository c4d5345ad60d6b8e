"""Alerts in the words of an Alertmanager, and one post of them."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec import json

from miner_agent.errors import DeliveryError, SourceError
from miner_agent.model.alerting import Notice
from miner_agent.model.told_quantities import told_quantity
from miner_agent.notifying.channel import DEADLINE_SECONDS, judged
from miner_agent.text import LOG_LENGTH, clean_text
from miner_agent.transport.service_calls import ServiceAddress, call

PATH = "/api/v2/alerts"
WATCHDOG = "Watchdog"
_LABEL_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_NO_PART_OF_ONE = re.compile(r"[^A-Za-z0-9_]+")


def post_alerts(address: ServiceAddress, alerts: Sequence[Any], *, now: datetime) -> str:
    """Tell it of these; what it said. Raises DeliveryError: it does not take them, or not all of them."""
    try:
        reply = call(
            address.below(PATH),
            method="POST",
            body=json.encode(alerts),
            headers={"Content-Type": "application/json"},
            deadline_seconds=DEADLINE_SECONDS,
            now=now,
        )
    except SourceError as error:
        raise DeliveryError(str(error)) from None
    return judged(str(address.endpoint), reply)


def alert_of(notice: Notice, *, ends_at: datetime) -> dict[str, Any]:
    """One alert in its words. ``ends_at``: when it is over to it, unless it has ended or is told again by then."""
    if notice.state == "resolved" and notice.ended is not None:
        ends_at = notice.ended
    labels = {
        "alertname": notice.key.rule,
        "severity": notice.severity,
        **{_label_name(name): clean_text(value) for name, value in notice.key.labels},
        "rig": clean_text(notice.key.rig),
    }
    value = "" if notice.value is None else told_quantity(notice.value, notice.unit)
    annotations = {
        "summary": clean_text(notice.summary, length=LOG_LENGTH),
        "description": clean_text(notice.what_to_do, length=2 * LOG_LENGTH),
        "runbook_url": notice.runbook_url or "",
        "value": value,
    }
    return {
        "labels": {name: text for name, text in labels.items() if text},
        "annotations": {name: text for name, text in annotations.items() if text},
        "startsAt": min(notice.since, ends_at - timedelta(seconds=1)),
        "endsAt": ends_at,
    }


def watchdog_of(rig: str, now: datetime, *, ends_at: datetime) -> dict[str, Any]:
    """The alert that always fires: who misses it knows that nothing would be told."""
    return {
        "labels": {"alertname": WATCHDOG, "severity": "none", "rig": rig},
        "annotations": {"summary": "alerts of this rig reach Alertmanager, and its samples are fresh"},
        "startsAt": now,
        "endsAt": ends_at,
    }


def _label_name(name: str) -> str:
    """A name as it takes it.

    >>> _label_name("device"), _label_name("1st fan"), _label_name("\u00e4")
    ('device', '_1st_fan', '_')
    """
    if _LABEL_NAME.fullmatch(name):
        return name
    plain = _NO_PART_OF_ONE.sub("_", name)
    return plain if _LABEL_NAME.fullmatch(plain) else f"_{plain}"
