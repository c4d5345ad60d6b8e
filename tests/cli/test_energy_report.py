"""What of the electricity in the books has a figure, and what has none."""

from datetime import date
from decimal import Decimal

from miner_agent.bookkeeping.energy_report import EnergyReport, EnergyRow
from miner_agent.cli.support.energy_tables import energy_document, energy_lines


def report(*rows: EnergyRow) -> EnergyReport:
    return EnergyReport(first=date(2026, 5, 1), last=date(2026, 5, 31), rows=rows, bills=(), gaps=())


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


def test_where_nothing_is_booked_there_is_no_sum() -> None:
    assert list(energy_lines(report(), "EUR")) == [
        "no electricity is booked for these days; what the log holds of them: miner-agent energy post"
    ]
    document = energy_document(report(), "EUR")
    assert (document["rows"], document["kilowatt_hours"], document["value"]) == ([], None, None)


def test_energy_without_a_price_costs_nothing_that_is_known() -> None:
    assert list(energy_lines(report(row(None)), "EUR"))[-1].split()[:4] == ["in", "all", "1.5000", "-"]
    assert energy_document(report(row(None)), "EUR")["value"] is None


def test_a_sum_says_for_how_much_of_it_there_is_no_price() -> None:
    told = list(energy_lines(report(row(None), row(Decimal("0.30"))), "EUR"))[-1]
    assert told.split()[:4] == ["in", "all", "3.0000", "0.3000"]
    assert told.endswith("1.5000 kWh of it without a price")
