"""What a webhook is posted: a documented JSON object, version 1. Values are in base units."""

from datetime import datetime
from typing import Any

from msgspec import json

from miner_agent.model.alerting import Notice
from miner_agent.notifying.channel import Dispatch
from miner_agent.notifying.message_text import Letter, letter_of, letters_of, worst_first
from miner_agent.text import LOG_LENGTH, clean_text

VERSION = 1
WORST_SENT = 20  # of a digest


def webhook_body(dispatch: Dispatch, *, now: datetime) -> bytes:
    """The object, as bytes. What it holds stands in docs/notifications.md."""
    (letter, *more) = letters_of(dispatch, now=now)
    told = worst_first(dispatch.notices)[:WORST_SENT] if dispatch.summed else dispatch.notices
    firing = sum(notice.state != "resolved" for notice in dispatch.notices)
    body: dict[str, Any] = {
        "version": VERSION,
        "kind": "test" if dispatch.is_test else "digest" if dispatch.summed else "notices",
        "sent_at": now,
        "count": len(dispatch.notices),
        "firing": firing,
        "resolved": len(dispatch.notices) - firing,
        "notices": [_notice(each, letter_of(each, now=now)) for each in told],
    }
    if dispatch.summed or not more:
        body |= {"title": letter.title, "text": letter.body}
    return json.encode(body)


def notice_id(notice: Notice) -> str:
    """The same however often it is sent, and of no other notice."""
    moment = notice.since if notice.ended is None else notice.ended
    return f"{notice.key.fingerprint}-{notice.state}-{int(moment.timestamp())}"


def _notice(notice: Notice, letter: Letter) -> dict[str, Any]:
    return {
        "id": notice_id(notice),
        "fingerprint": notice.key.fingerprint,
        "alert": notice.key.rule,
        "rig": clean_text(notice.key.rig),
        "labels": {name: clean_text(value) for name, value in notice.key.labels},
        "severity": notice.severity,
        "state": notice.state,
        "value": notice.value,
        "threshold": notice.threshold,
        "unit": notice.unit,
        "since": notice.since,
        "ended": notice.ended,
        "summary": clean_text(notice.summary, length=LOG_LENGTH),
        "what_to_do": clean_text(notice.what_to_do, length=2 * LOG_LENGTH),
        "runbook_url": notice.runbook_url,
        "recorded": notice.recorded,
        "count": notice.count,
        "rigs": [clean_text(rig) for rig in notice.rigs],
        "title": letter.title,
        "text": letter.body,
    }
