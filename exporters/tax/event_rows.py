"""What happened to coins, a row an event, for formats that are tables of such rows.

Their programs round what they read to cents, each row for itself. Values are therefore rounded here, so that the rows
of a year add up to the year; and payouts of a day that are worth little each are one row, with its members told beside.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Literal

from calculators.books.exact import EXACT, NOTHING, exact_sum, plain
from calculators.books.tax_year import day_of, tax_year_of
from exporters.tax.exported_book import ExportedBook, ExportFile
from exporters.tax.left_out import NO_VALUE, Remark, beside, costs_of_mining, of_event
from exporters.tax.running_sums import running
from miner_agent.model.book.events import (
    Event,
    Fee,
    Gift,
    Loss,
    OpeningLot,
    OtherIncome,
    Payout,
    PoolCredit,
    Purchase,
    Sale,
    Spend,
    Swap,
    Transfer,
    ValuedEvent,
)
from miner_agent.text import clean_text

RowWord = Literal["mining", "income", "buy", "sell", "fee", "spend", "gift", "loss", "swap", "transfer"]
CENT = Decimal("0.01")
DUST = Decimal(1)
"""Payouts that are worth less go together with others of their day. [currency]"""
_SAID = {
    "mining": "pool payout",
    "fee": "network fee",
    "sell": "sale",
    "buy": "purchase",
    "spend": "payment",
    "swap": "swap",
    "transfer": "transfer between own wallets",
}
_EARNED: frozenset[RowWord] = frozenset({"mining", "income"})
"""What stands in a table without a value too: a trade has money on its other side, and what left would be a loss."""
_STANDS = "; it stands in the table without one, as its coins came"
_SIDE: dict[type[Event], RowWord] = {
    Payout: "mining",
    PoolCredit: "mining",
    OtherIncome: "income",
    Purchase: "buy",
    OpeningLot: "buy",
    Sale: "sell",
    Fee: "fee",
    Spend: "spend",
    Gift: "gift",
    Loss: "loss",
    Swap: "swap",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """One line of a table."""

    word: RowWord
    id: str
    at: datetime  # UTC
    wallet: str
    asset: str
    amount: Decimal
    value: Decimal = NOTHING  # before the fee of trading [currency]
    is_priced: bool = True  # if not, its value is nothing that is told
    fee: Decimal = NOTHING  # of trading [currency]
    txid: str | None = None
    note: str | None = None
    category: str | None = None
    to_wallet: str | None = None
    to_asset: str | None = None
    to_amount: Decimal | None = None
    members: tuple["EventRow", ...] = ()

    @property
    def reference(self) -> str:
        """By which it is found again."""
        return self.txid or self.id

    @property
    def said(self) -> str:
        """What it is, for people."""
        return self.note or self.category or _SAID.get(self.word, self.word)

    @property
    def worth(self) -> Decimal | None:
        """Its value as it is told. [currency] ``None``: nobody knows it yet."""
        return self.value if self.is_priced else None

    @property
    def price(self) -> Decimal | None:
        """Of one coin, to twelve digits. [currency] ``None``: nobody knows it yet."""
        if not self.is_priced:
            return None
        return Decimal(f"{self.value / self.amount:.12f}").normalize()


class EventRows:
    """The rows of a book, and what has to be said of them."""

    def __init__(self, told: ExportedBook, events: Iterable[Event]) -> None:
        self.told = told
        self.remarks: list[Remark] = []
        self._groups: list[Remark] = []
        self.rows = sorted(self._rows(events), key=lambda row: row.at)

    def _rows(self, events: Iterable[Event]) -> Iterator[EventRow]:
        for event in events:
            if isinstance(event, Transfer):
                yield _row(event, "transfer", to_wallet=event.to_wallet)
            elif isinstance(event, PoolCredit) and not event.recognised:
                continue
            elif isinstance(event, ValuedEvent):
                if event.value is not None:
                    yield _valued(event, event.value)
                    continue
                stands = _SIDE[type(event)] in _EARNED
                self.remarks.append(of_event(event, f"{NO_VALUE}{_STANDS if stands else ''}", self.told))
                if stands:
                    yield replace(_valued(event, NOTHING), is_priced=False)

    def grouped(self) -> None:
        """Makes one row of the small payouts of a day, in one wallet and coin; tells the members."""
        zone = self.told.book.terms.zone
        small = [row for row in self.rows if row.word == "mining" and row.is_priced and row.value < DUST]
        key: Callable[[EventRow], tuple[date, str, str]] = lambda row: (day_of(row.at, zone), row.wallet, row.asset)  # noqa: E731
        together = [list(of_day) for _, of_day in groupby(sorted(small, key=key), key=key)]
        groups = [_group(rows, day_of(rows[0].at, zone)) for rows in together if len(rows) > 1]
        gone = {member.id for group in groups for member in group.members}
        self.rows = sorted([*(row for row in self.rows if row.id not in gone), *groups], key=lambda row: row.at)
        for group in groups:
            for member in group.members:
                sentence = f"{plain(member.amount)} {clean_text(member.asset)}, {plain(member.value)}: in {group.id}"
                self._groups.append(Remark(id=member.id, sentence=sentence))

    def in_cents(self) -> None:
        """Rounds values and fees: those of income, and those of what left, so that the sums of each year are right."""
        years: dict[tuple[str, bool], list[int]] = {}
        zone, country = self.told.book.terms.zone, self.told.book.terms.country
        for number, row in enumerate(self.rows):
            year = tax_year_of(day_of(row.at, zone), country=country).name
            years.setdefault((year, row.word in _EARNED), []).append(number)
        for numbers in years.values():
            values = running((self.rows[number].value for number in numbers), CENT)
            fees = running((self.rows[number].fee for number in numbers), CENT)
            for number, value, fee in zip(numbers, values, fees, strict=True):
                self.rows[number] = replace(self.rows[number], value=value, fee=fee)

    def beside(self, format_name: str, more: Sequence[Remark] = ()) -> Iterator[ExportFile]:
        """The texts beside the tables."""
        yield from beside(self.told, format_name, [*self.remarks, *more, *costs_of_mining(self.told)])
        yield from beside(self.told, format_name, self._groups, what="members")


def _group(rows: Sequence[EventRow], day: date) -> EventRow:
    first = rows[0]
    return replace(
        first,
        id=f"{len(rows)} payouts of {day.isoformat()} {first.asset} {first.wallet}",
        txid=None,
        note=f"{len(rows)} payouts of one day",
        amount=exact_sum(row.amount for row in rows),
        value=exact_sum(row.value for row in rows),
        members=tuple(rows),
    )


def _valued(event: ValuedEvent, value: Decimal) -> EventRow:
    word = _SIDE[type(event)]
    match event:
        case Payout():
            return _row(event, word, value=value, txid=event.txid)
        case Sale() | Purchase():
            return _row(event, word, value=value, fee=event.fee_fiat)
        case Swap():
            return _row(
                event,
                word,
                value=value,
                fee=event.fee_fiat,
                to_wallet=event.to_wallet or event.wallet,
                to_asset=event.to_asset,
                to_amount=event.to_amount,
            )
        case OtherIncome() | Spend():
            return _row(event, word, value=value, category=event.category)
        case _:
            return _row(event, word, value=value)


def _row(event: Transfer | ValuedEvent, word: RowWord, **more: object) -> EventRow:
    return EventRow(
        word=word,
        id=event.id,
        at=event.time.astimezone(UTC),
        wallet=event.wallet,
        asset=event.asset,
        amount=EXACT.plus(event.amount),
        note=event.note,
        **more,  # type: ignore[arg-type]
    )
