"""Many alerts of one rule at once are one message: 312 rigs: MinerDown."""

from collections.abc import Sequence
from dataclasses import dataclass

from miner_agent.model.alerting import AlertKey, Notice, Waiting
from miner_agent.text import clean_text, natural_key

GROUPED_FROM = 4  # of one rule, told at one time
RIGS_NAMED = 10
PARTS_NAMED = 5


@dataclass(frozen=True, slots=True)
class NoticeGroup:
    """What is told as one, and of which rows it tells."""

    notice: Notice
    rows: tuple[Waiting, ...]


def grouped(rows: Sequence[Waiting]) -> list[NoticeGroup]:
    """Rows of one rule, severity and state are one where there are many. Each alert's own rows stay in their order."""
    groups: list[list[Waiting]] = []
    newest: dict[object, int] = {}  # the group of a kind that still takes rows
    behind: dict[str, int] = {}  # the last group that an alert stands in
    for row in rows:
        kind = (row.notice.key.rule, row.notice.severity, row.notice.state)
        fingerprint = row.notice.key.fingerprint
        position = newest.get(kind)
        if position is None or position <= behind.get(fingerprint, -1):
            position = newest[kind] = len(groups)
            groups.append([])
        groups[position].append(row)
        behind[fingerprint] = position
    return [group for rows_of_one in groups for group in _told(rows_of_one)]


def _told(rows: Sequence[Waiting]) -> list[NoticeGroup]:
    if len(rows) < GROUPED_FROM:
        return [NoticeGroup(row.notice, (row,)) for row in rows]
    return [NoticeGroup(_sum_of([row.notice for row in rows]), tuple(rows))]


def _sum_of(notices: Sequence[Notice]) -> Notice:
    first = notices[0]
    rigs = sorted({notice.key.rig for notice in notices}, key=natural_key)
    told = f"{len(rigs)} rigs: {first.key.rule}" if len(rigs) > 1 else _of_one_rig(notices)
    ends = [notice.ended for notice in notices if notice.ended is not None]
    return Notice(
        key=AlertKey(first.key.rule, rigs[0] if len(rigs) == 1 else "", ()),
        severity=first.severity,
        state=first.state,
        since=min(notice.since for notice in notices),
        ended=max(ends, default=None),
        summary=told,
        what_to_do=first.what_to_do,
        runbook_url=first.runbook_url,
        recorded=all(notice.recorded for notice in notices),
        count=len(notices),
        rigs=tuple(rigs[:RIGS_NAMED]),
    )


def _of_one_rig(notices: Sequence[Notice]) -> str:
    """How many of a rule, and of which devices or miners."""
    parts = list(dict.fromkeys(" ".join(clean_text(value) for _, value in each.key.labels) for each in notices))
    named = ", ".join(part for part in parts[:PARTS_NAMED] if part)
    more = " and others" if named and len(parts) > PARTS_NAMED else ""
    return f"{len(notices)} alerts: {notices[0].key.rule}{f' of {named}' if named else ''}{more}"
