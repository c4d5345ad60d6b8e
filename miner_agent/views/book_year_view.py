"""A tax year of a book: what ``tax summary`` tells."""

from collections.abc import Mapping
from typing import Any

import msgspec

from miner_agent.views.figures import Moment, MoneyAmount


class CorrectedView(msgspec.Struct, frozen=True, kw_only=True):
    """A figure that is another one than was filed."""

    figure: str
    filed: str | None
    corrected: str


class BookYearView(msgspec.Struct, frozen=True, kw_only=True):
    """What it adds up to; each sum is rounded once. A record, no advice."""

    book: str
    year: str
    country: str
    time_zone: str
    method: str
    scope: str
    activity: str
    rounding: str
    payouts: int
    income: MoneyAmount
    other_income: MoneyAmount
    gain: MoneyAmount
    gain_short: MoneyAmount | None  # null: the country does not tell them apart
    gain_long: MoneyAmount | None
    expenses: dict[str, MoneyAmount]  # by category
    depreciation: MoneyAmount
    hardware_gain: MoneyAmount
    net_profit: MoneyAmount
    energy_kilowatt_hours: str  # exact
    unpriced: int  # of the year without a value: they count for nothing
    without_basis: int  # disposed parts whose cost is not known
    entries: int  # of the chain that is told of
    chain_hash: str
    open_items: list[str]
    notes: list[str]
    closed_at: Moment | None  # null: the year is open
    changed_since_filed: list[CorrectedView]


_AMOUNTS = (
    "income",
    "other_income",
    "gain",
    "gain_short",
    "gain_long",
    "depreciation",
    "hardware_gain",
    "net_profit",
)
_ALIKE = (
    *("book", "year", "country", "time_zone", "method", "scope", "activity", "rounding", "payouts", "unpriced"),
    *("without_basis", "open_items", "notes"),
)


def book_year_view(summary: Mapping[str, Any]) -> BookYearView:
    """The same with its amounts in their currency.

    Raises:
        msgspec.ValidationError: it is none.
    """
    currency, filed = summary["currency"], summary.get("filed")

    def amount(text: str | None) -> dict[str, str] | None:
        return None if text is None else {"amount": text, "currency": currency}

    told = {name: summary[name] for name in _ALIKE} | {name: amount(summary[name]) for name in _AMOUNTS}
    told |= {
        "expenses": {category: amount(text) for category, text in summary["expenses"].items()},
        "energy_kilowatt_hours": summary["kwh"],
        "entries": summary["entries_through"]["seq"],
        "chain_hash": summary["entries_through"]["hash"],
        "closed_at": None if filed is None else filed["closed_at"],
        "changed_since_filed": [
            {"figure": name, "filed": _text(both["filed"]), "corrected": _text(both["corrected"])}
            for name, both in summary.get("changed_since_filed", {}).items()
        ],
    }
    return msgspec.convert(told, BookYearView)


def _text(value: object) -> str | None:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {held}" for name, held in value.items())
    return None if value is None else str(value)
