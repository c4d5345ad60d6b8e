"""Alerts and silences, for people and for programs."""

from collections.abc import Sequence
from datetime import datetime

from rich.table import Table
from rich.text import Text

from miner_agent.cli.support.fitted_tables import print_table
from miner_agent.cli.support.plain_lines import ABSENT, plain_console
from miner_agent.model.alerting import AlertStanding, Silence
from miner_agent.model.told_quantities import told_duration
from miner_agent.text import clean_text


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
