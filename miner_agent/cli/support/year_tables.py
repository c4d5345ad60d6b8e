"""A tax year as people read it."""

from collections.abc import Iterator, Sequence

from rich.console import Console

from calculators.books.estimated_tax import SetAside
from calculators.told_figures import counted
from miner_agent.bookkeeping.year_summary import YearSummary, energy_text, in_cents_text, notes_of
from miner_agent.cli.support.fitted_tables import figures_table, print_table
from miner_agent.cli.support.plain_lines import plain_console, print_line
from miner_agent.text import clean_text

OPEN_ITEMS_TOLD = 20
_WIDTH = 26


def summary_lines(summary: YearSummary) -> Iterator[str]:
    """The sums, and then in whole sentences what they are not."""
    totals, book = summary.totals, summary.book
    terms = book.terms
    lots = "by wallet" if terms.scope == "wallet" else "of all wallets together"
    yield f"{totals.year.name} of book {clean_text(book.name)}, {terms.country}, {terms.activity}, {terms.currency}"
    yield f"lots: {terms.method}, {lots}; days of {terms.time_zone}"
    yield ""
    yield _line("income", in_cents_text(totals.income), f"of {counted(totals.payouts, 'payout')}")
    if totals.other_income:
        yield _line("  of it not mined", in_cents_text(totals.other_income))
    for category, amount in totals.expenses.items():
        energy = f"{energy_text(totals.kilowatt_hours)} kWh" if category == "electricity" else ""
        yield _line(f"- {clean_text(category, length=_WIDTH - 2)}", in_cents_text(amount), energy)
    yield _line("- depreciation", in_cents_text(totals.depreciation))
    yield _line("net profit", in_cents_text(totals.net_profit))
    yield ""
    yield _line("gain on coins", in_cents_text(totals.gain))
    if totals.gain_short is not None and totals.gain_long is not None:
        yield _line("  held a year or less", in_cents_text(totals.gain_short))
        yield _line("  held for longer", in_cents_text(totals.gain_long))
    yield _line("gain on hardware", in_cents_text(totals.hardware_gain))
    yield ""
    yield from notes_of(summary)
    items = book.open_items
    for item in items[:OPEN_ITEMS_TOLD]:
        yield f"open: {clean_text(item.id)}: {clean_text(item.sentence, length=400)}"
    if len(items) > OPEN_ITEMS_TOLD:
        yield f"open: {len(items) - OPEN_ITEMS_TOLD} more; --json tells all of them"
    yield f"Through entry {book.entries_through.seq}, {book.entries_through.hash}"


def show_estimates(estimates: Sequence[SetAside], currency: str, console: Console | None = None) -> None:
    """The periods of the estimated tax; nothing where none were asked for."""
    if not estimates:
        return
    out = console or plain_console()
    rows = [
        (
            f"{one.period.first} to {one.period.last}",
            in_cents_text(one.net),
            in_cents_text(one.amount),
            str(one.period.due),
        )
        for one in estimates
    ]
    print_line(out, "")
    print_table(out, figures_table(("period", f"net, {currency}", f"put aside, {currency}", "due"), rows))
    print_line(out, "Put aside is your rate of what the year had brought so far, and no computed tax.")


def _line(name: str, amount: str, more: str = "") -> str:
    return f"{name:<{_WIDTH}} {amount:>16}  {more}".rstrip()
