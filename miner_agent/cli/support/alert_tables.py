"""Alerts and silences, for people and for programs."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from miner_agent.cli.support.fitted_tables import print_table
from miner_agent.cli.support.reading_tables import ABSENT, plain_console
from miner_agent.model.alerting import AlertStanding, Severity, Silence
from miner_agent.model.told_quantities import told_duration
from miner_agent.text import clean_text, natural_key

_BY_WEIGHT: Sequence[Severity] = ("critical", "warning", "info", "none")


def in_order(standings: Iterable[AlertStanding]) -> list[AlertStanding]:
    """Those that are not over: what weighs most first, then what began first."""
    left = [standing for standing in standings if standing.stage != "resolved"]
    return sorted(left, key=_weight)


def _weight(one: AlertStanding) -> tuple[object, ...]:
    named = (natural_key(one.key.rig), one.key.rule, [(name, natural_key(value)) for name, value in one.key.labels])
    return one.stage == "pending", _BY_WEIGHT.index(one.severity), one.since, *named


def alert_document(standing: AlertStanding, *, is_silenced: bool) -> dict[str, Any]:
    """One alert."""
    return {
        "alert": standing.key.rule,
        "rig": standing.key.rig,
        "labels": dict(standing.key.labels),
        "fingerprint": standing.key.fingerprint,
        "severity": standing.severity,
        "state": standing.stage,
        "since": standing.since,
        "value": standing.value,
        "threshold": standing.threshold,
        "told": standing.told is not None,
        "silenced": is_silenced,
    }


def show_alerts(rows: Sequence[tuple[AlertStanding, bool]], *, now: datetime) -> None:
    """A line an alert. Each has whether it is silenced."""
    out = plain_console()
    if not rows:
        out.print("No alerts.")
        return
    table = Table("state", "severity", "alert", "rig", "of", "for", "told", box=None, pad_edge=False)
    for standing, is_silenced in rows:
        told = "silenced" if is_silenced else "yes" if standing.told is not None else "no"
        labels = " ".join(f"{name}={value}" for name, value in standing.key.labels) or ABSENT
        cells = (
            standing.stage.replace("_", " "),
            standing.severity,
            standing.key.rule,
            standing.key.rig,
            labels,
            told_duration(max(now - standing.since, now - now)),
            told,
        )
        table.add_row(*(Text(clean_text(cell, length=200)) for cell in cells))
    print_table(out, table, keys=4)


def silence_document(silence: Silence) -> dict[str, Any]:
    """One silence."""
    return {
        "id": silence.id,
        "matchers": dict(silence.matchers),
        "until": silence.until,
        "author": silence.author,
        "comment": silence.comment,
        "made_at": silence.made_at,
    }


def show_silences(silences: Sequence[Silence]) -> None:
    """A line a silence."""
    out = plain_console()
    if not silences:
        out.print("No silences.")
        return
    table = Table("id", "silences", "until", "by", "comment", box=None, pad_edge=False)
    for silence in silences:
        cells = (
            str(silence.id),
            " ".join(f"{name}={value}" for name, value in silence.matchers),
            f"{silence.until:%Y-%m-%d %H:%M} UTC",
            silence.author,
            silence.comment or ABSENT,
        )
        table.add_row(*(Text(clean_text(cell, length=200)) for cell in cells))
    print_table(out, table, keys=2)
