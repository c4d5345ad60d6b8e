"""bitcoin.tax, which other programs read too: income and spending in one table, trades in another."""

from collections.abc import Iterator
from decimal import Decimal

from calculators.books.exact import EXACT
from exporters.tax.csv_table import TableCell, csv_table
from exporters.tax.event_rows import EventRow, EventRows
from exporters.tax.exported_book import ExportedBook, ExportFile
from exporters.tax.left_out import Remark

FORMAT = "bitcointax"
_INCOME = (
    "Date Action Symbol Account Volume Price Currency Fee FeeCurrency Total Ref Memo Margin MarginId TxHash Sender"
)
INCOME_COLUMNS = (*_INCOME.split(), "Recipient")
_TRADES = "Date Action Symbol Account Volume Price Currency Fee FeeCurrency Total Cost/Proceeds ExchangeId Category"
TRADE_COLUMNS = (*_TRADES.split(), "Subaccount", "Memo", "SymbolBalance", "CurrencyBalance", "FeeBalance")
_ACTIONS = {"mining": "MINING", "income": "INCOME", "fee": "SPEND", "spend": "SPEND", "gift": "GIFT", "loss": "LOST"}


def export(told: ExportedBook) -> Iterator[ExportFile]:
    """A table of each kind that has rows, and what stands beside them."""
    rows = EventRows(told, told.events_until_its_end)
    rows.grouped()
    rows.in_cents()
    currency = told.book.terms.currency
    income = [_income(row, currency) for row in rows.rows if row.word in _ACTIONS]
    trades = [line for row in rows.rows for line in _trades(row, currency)]
    if income or not trades:
        content = csv_table(INCOME_COLUMNS, income)
        yield ExportFile(name=f"{told.book_stem}-bitcointax-income.csv", content=content)
    if trades:
        content = csv_table(TRADE_COLUMNS, trades)
        yield ExportFile(name=f"{told.book_stem}-bitcointax-trades.csv", content=content)
    moved = "transfer between own wallets: these tables have no place for it, and nothing is taxed of it"
    yield from rows.beside(FORMAT, [Remark(id=row.id, sentence=moved) for row in rows.rows if row.word == "transfer"])


def _income(row: EventRow, currency: str) -> list[TableCell]:
    head: list[TableCell] = [f"{row.at:%Y-%m-%d %H:%M:%S} +0000", _ACTIONS[row.word], row.asset, row.wallet]
    money: list[TableCell] = [row.amount, row.price, currency, None, None, row.worth]
    return [*head, *money, row.id, row.said, None, None, row.reference, None, None]


def _trades(row: EventRow, currency: str) -> Iterator[list[TableCell]]:
    """A swap is a sale and a purchase for the same."""
    if row.word in {"sell", "swap"}:
        yield _trade(row, "SELL", currency, (row.asset, row.wallet, row.amount), fee=row.fee)
    if row.word == "buy":
        yield _trade(row, "BUY", currency, (row.asset, row.wallet, row.amount), fee=row.fee)
    if row.word == "swap" and row.to_asset and row.to_amount:
        coins = (row.to_asset, row.to_wallet or row.wallet, row.to_amount)
        yield _trade(row, "BUY", currency, coins, fee=Decimal(0))


def _trade(
    row: EventRow, action: str, currency: str, coins: tuple[str, str, Decimal], *, fee: Decimal
) -> list[TableCell]:
    asset, wallet, amount = coins
    price = Decimal(f"{row.value / amount:.12f}").normalize()
    net = EXACT.subtract(row.value, fee) if action == "SELL" else EXACT.add(row.value, fee)
    head: list[TableCell] = [f"{row.at:%Y-%m-%d %H:%M:%S} +0000", action, asset, wallet, amount, price, currency]
    return [*head, fee, currency, row.value, net, row.id, None, None, row.said, None, None, None]
