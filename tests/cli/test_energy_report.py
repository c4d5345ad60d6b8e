"""What of the electricity in the books has a figure, and what has none."""

import io
from datetime import date
from decimal import Decimal
from fractions import Fraction

from rich.console import Console

from calculators.books.electricity_costs import ElectricityCost
from miner_agent.bookkeeping.energy_report import EnergyReport, EnergyRow
from miner_agent.cli.support.energy_tables import energy_document, show_energy


def report(*rows: EnergyRow) -> EnergyReport:
    counted = ElectricityCost(kilowatt_hours=Fraction(0), value=Fraction(0), unpriced_days=0)
    return EnergyReport(first=date(2026, 5, 1), last=date(2026, 5, 31), rows=rows, bills=(), gaps=(), counted=counted)


def row(value: Decimal | None) -> EnergyRow:
    return EnergyRow(
        period="2026-05-05",
        device="meter",
        price=None,
        kilowatt_hours=Decimal("1.5"),
        value=value,
        unpriced_kilowatt_hours=Decimal(0) if value is not None else Decimal("1.5"),
        unplaced_kilowatt_hours=Decimal(0),
        billed_kilowatt_hours=Decimal(0),
        hours=None,
    )


def shown(told: EnergyReport) -> list[str]:
    out = io.StringIO()
    show_energy(told, "EUR", Console(file=out, width=200))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_where_nothing_is_booked_there_is_no_sum() -> None:
    assert shown(report()) == [
        "no electricity is booked for these days; what the log holds of them: miner-agent energy post"
    ]
    document = energy_document(report(), "EUR")
    assert (document["rows"], document["kilowatt_hours"], document["value"]) == ([], None, None)
    assert (document["counted_kilowatt_hours"], document["counted_value"]) == (None, None)


def test_energy_without_a_price_costs_nothing_that_is_known() -> None:
    assert shown(report(row(None)))[-1].split()[:4] == ["in", "all", "1.5000", "–"]
    assert energy_document(report(row(None)), "EUR")["value"] is None


def test_a_sum_says_for_how_much_of_it_there_is_no_price() -> None:
    told = shown(report(row(None), row(Decimal("0.30"))))[-1]
    assert told.split()[:4] == ["in", "all", "3.0000", "0.3000"]
    assert told.endswith("1.5000 kWh without a price")
