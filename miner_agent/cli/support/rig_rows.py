"""Machines behind the gateway as one look found them: a row each, the worst one first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.table import Table
from rich.text import Text

from calculators.told_figures import counted
from miner_agent.cli.support.fitted_tables import print_table
from miner_agent.cli.support.plain_lines import ABSENT, number, plain_console, print_line
from miner_agent.cli.support.reading_tables import VERDICT_STYLES
from miner_agent.cli.support.told_work import told_efficiency, told_hashrates
from miner_agent.model.efficiency import Hashrates, hashrates_of
from miner_agent.model.health import WORST_FIRST, Word
from miner_agent.model.snapshot import RigSnapshot, preferred_power
from miner_agent.model.temperature_limits import temperatures_of
from miner_agent.text import natural_key


@dataclass(frozen=True, slots=True, kw_only=True)
class RigRow:
    """How one machine is."""

    rig: str
    verdict: Word
    standing_still_as_planned: bool
    symptoms_total: int
    symptom: str | None  # the first of them
    sources: int
    sources_answered: int
    hashes_per_second: Hashrates
    power_watts: float | None
    hottest_celsius: float | None


def rig_rows(snapshots: Iterable[RigSnapshot]) -> list[RigRow]:
    """A row each, the worst one first, and of those that are as bad in the order of their names."""
    return sorted(map(_row, snapshots), key=_weight)


def show_rigs(rows: Sequence[RigRow]) -> None:
    """A line a rig, and how many are not well."""
    out = plain_console()
    heads = ("rig", "state", "hashrate", "power", "efficiency", "hottest", "what is wrong")
    table = Table(*heads, box=None, pad_edge=False)
    for row in rows:
        resting = ", standing still as planned" if row.standing_still_as_planned else ""
        more = f", and {row.symptoms_total - 1} more" if row.symptoms_total > 1 else ""
        table.add_row(
            Text(row.rig),
            Text(f"{row.verdict}{resting}", style=VERDICT_STYLES[row.verdict]),
            told_hashrates(row.hashes_per_second) or ABSENT,
            number(row.power_watts, " W"),
            told_efficiency(row.power_watts, row.hashes_per_second) or ABSENT,
            number(row.hottest_celsius, " °C"),
            Text(f"{row.symptom}{more}" if row.symptom else ""),
        )
    print_table(out, table)
    bad = sum(row.verdict != "well" for row in rows)
    rigs = counted(len(rows), "rig")
    print_line(out, f"{bad} of {rigs} not well" if bad else f"{rigs}, all well")


def _row(snapshot: RigSnapshot) -> RigRow:
    symptoms, power = snapshot.verdict.symptoms, preferred_power(snapshot.power)
    temperatures = [
        celsius
        for device in snapshot.inventory.devices
        for celsius in temperatures_of(device.reading).values()
        if celsius is not None
    ]
    return RigRow(
        rig=snapshot.rig,
        verdict=snapshot.verdict.word,
        standing_still_as_planned=snapshot.verdict.is_resting,
        symptoms_total=len(symptoms),
        symptom=f"{symptoms[0].subject}: {symptoms[0].said}" if symptoms else None,
        sources=len(snapshot.outcomes),
        sources_answered=sum(outcome.error is None for outcome in snapshot.outcomes),
        hashes_per_second=hashrates_of(snapshot.inventory.workloads),
        power_watts=None if power is None else power.power_watts,
        hottest_celsius=max(temperatures, default=None),
    )


def _weight(row: RigRow) -> tuple[object, ...]:
    return WORST_FIRST.index(row.verdict), -row.symptoms_total, natural_key(row.rig)
