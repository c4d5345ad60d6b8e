"""Mining income of the books as people, spreadsheets and programs read it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rich.console import Console

from calculators.books.exact import plain, whole_cents
from miner_agent.bookkeeping.income_report import IncomeReport, IncomeRow
from miner_agent.cli.support.fitted_tables import figures_table, print_table
from miner_agent.cli.support.plain_lines import ABSENT, plain_console, print_line
from miner_agent.text import clean_text

if TYPE_CHECKING:
    from decimal import Decimal

    from exporters.csv import Cell

INCOME_COLUMNS = ("period", "asset", "payouts", "amount", "value", "currency", "unpriced_amount")


def income_rows(told: IncomeReport, currency: str) -> "Iterator[list[Cell]]":
    """A row for each, under ``INCOME_COLUMNS``."""
    for row in told.rows:
        yield [row.period, row.asset, row.payouts, row.amount, row.value, currency, row.unpriced_amount]


def income_document(told: IncomeReport, currency: str) -> dict[str, Any]:
    """The whole answer; ``value`` is that of all coins whose value is known."""
    return {
        "version": 1,
        "currency": currency,
        "rows": [{"period": row.period, **_document(row)} for row in told.rows],
        "coins": [_document(row) for row in told.coins],
        "value": None if told.value is None else plain(told.value),
    }


def show_income(told: IncomeReport, currency: str, console: Console | None = None) -> None:
    """A line a row, and what each coin came to, and all of them."""
    out = console or plain_console()
    if not told.rows:
        print_line(out, "no payout is booked for these days; what is booked: miner-agent ledger list --kind payout")
        return
    rows = [_cells(row.period, row) for row in told.rows]
    rows += [_cells("in all", row) for row in told.coins]
    if len(told.coins) > 1:
        payouts = sum(row.payouts for row in told.coins)
        rows.append(("in all", "", str(payouts), "", _cents(told.value), ""))
    print_table(out, figures_table(("period", "coin", "payouts", "amount", currency, "of it"), rows, names=2), keys=2)


def _cells(period: str, row: IncomeRow) -> tuple[str, ...]:
    unpriced = f"{plain(row.unpriced_amount)} without a value" if row.unpriced_amount else ""
    return period, clean_text(row.asset), str(row.payouts), plain(row.amount), _cents(row.value), unpriced


def _cents(value: "Decimal | None") -> str:
    return ABSENT if value is None else str(whole_cents(value))


def _document(row: IncomeRow) -> dict[str, Any]:
    return {
        "asset": row.asset,
        "payouts": row.payouts,
        "amount": plain(row.amount),
        "value": None if row.value is None else plain(row.value),
        "unpriced_amount": plain(row.unpriced_amount),
    }
