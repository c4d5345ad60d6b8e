"""Tables of a year for services on the web: columns, words and dates of their published templates."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from calculators.books.exact import EXACT
from exporters.tax.csv_table import TableCell, csv_table
from exporters.tax.event_rows import EventRows
from exporters.tax.exported_book import ExportedBook, ExportFile
from exporters.tax.safe_names import SafeNames, file_word
from exporters.tax.sides import CoinSide, SidedRow, amount_first, asset_first, sided

Line = Callable[[SidedRow], Sequence[TableCell]]
_KOINLY_HEAD = "Date,Sent Amount,Sent Currency,Received Amount,Received Currency,Fee Amount,Fee Currency"
KOINLY = (*_KOINLY_HEAD.split(","), "Net Worth Amount", "Net Worth Currency", "Label", "Description", "TxHash")
_COINTRACKING_HEAD = "Type,Buy Amount,Buy Currency,Sell Amount,Sell Currency,Fee,Fee Currency,Exchange,Trade-Group"
_COINTRACKING_TAIL = "Comment,Date,Tx-ID,Buy Value in Account Currency,Sell Value in Account Currency"
COINTRACKING = tuple(f"{_COINTRACKING_HEAD},{_COINTRACKING_TAIL}".split(","))
_COINTRACKER = "Date,Received Quantity,Received Currency,Sent Quantity,Sent Currency,Fee Amount,Fee Currency,Tag"
COINTRACKER = tuple(_COINTRACKER.split(","))
_COINLEDGER_HEAD = "Date (UTC),Platform (Optional),Asset Sent,Amount Sent,Asset Received,Amount Received"
_COINLEDGER_TAIL = "Fee Currency (Optional),Fee Amount (Optional),Type,Description (Optional),TxHash (Optional)"
COINLEDGER = tuple(f"{_COINLEDGER_HEAD},{_COINLEDGER_TAIL}".split(","))
_TOKENTAX = "Type,BuyAmount,BuyCurrency,SellAmount,SellCurrency,FeeAmount,FeeCurrency,Exchange,Group,Comment,Date"
TOKENTAX = tuple(_TOKENTAX.split(","))
_BLOCKPIT_HEAD = "Date (UTC),Integration Name,Label,Outgoing Asset,Outgoing Amount,Incoming Asset,Incoming Amount"
_BLOCKPIT_TAIL = "Fee Asset (optional),Fee Amount (optional),Comment (optional),Trx. ID (optional)"
BLOCKPIT = tuple(f"{_BLOCKPIT_HEAD},{_BLOCKPIT_TAIL}".split(","))

_KOINLY_LABELS = {"mining": "mining", "fee": "cost", "spend": "cost", "gift": "gift", "loss": "lost"}
_KOINLY_INCOME = {"airdrop": "airdrop", "fork": "fork", "hardfork": "fork", "staking": "reward"}
_TRADES = {"buy": "Trade", "sell": "Trade", "swap": "Trade", "deposit": "Deposit", "withdrawal": "Withdrawal"}
_COINTRACKING_WORDS = _TRADES | {"fee": "Other Fee", "spend": "Spend", "gift": "Gift", "loss": "Lost"}
_COMMON_INCOME = {"airdrop": "Airdrop", "staking": "Staking"}
_COINTRACKER_TAGS = {"mining": "mining", "spend": "payment", "gift": "gift", "loss": "lost"}
_COINTRACKER_INCOME = {"airdrop": "airdrop", "fork": "fork", "hardfork": "fork", "staking": "staking"}
_COINLEDGER_WORDS = {
    "mining": "Mining",
    "buy": "Buy",
    "sell": "Sell",
    "swap": "Trade",
    "fee": "Merchant Payment",
    "spend": "Merchant Payment",
    "gift": "Gift Sent",
    "loss": "Theft Loss",
    "deposit": "Deposit",
    "withdrawal": "Withdrawal",
}
_TOKENTAX_WORDS = _TRADES | {"mining": "Mining", "income": "Income", "fee": "Spend", "spend": "Spend"}
_TOKENTAX_WORDS |= {"gift": "Gift", "loss": "Lost"}
_BLOCKPIT_LABELS = _TRADES | {"mining": "Mining", "fee": "Fee", "spend": "Payment", "gift": "Gift", "loss": "Lost"}


def koinly(told: ExportedBook) -> Iterator[ExportFile]:
    """A table a wallet: there is no column for it."""
    currency = told.book.terms.currency

    def line(one: SidedRow) -> Sequence[TableCell]:
        row, is_move = one.row, one.word in {"deposit", "withdrawal"}
        worth = (None, None) if is_move or row.worth is None else (row.worth, currency)
        label = one.category(_KOINLY_INCOME, "other income") if one.word == "income" else _KOINLY_LABELS.get(one.word)
        sides = (*amount_first(one.sent), *amount_first(one.received), *amount_first(one.fee))
        return (f"{row.at:%Y-%m-%d %H:%M:%S} UTC", *sides, *worth, label, row.said, row.reference)

    yield from _tables(told, "koinly", KOINLY, line, by_wallet=True)


def cointracking(told: ExportedBook) -> Iterator[ExportFile]:
    """All cells in quotes, and no end of the last line: it would be taken for another row."""
    mined = "Mining (commercial)" if told.book.terms.activity == "business" else "Mining"

    def line(one: SidedRow) -> Sequence[TableCell]:
        row = one.row
        word = {"mining": mined, "income": one.category(_COMMON_INCOME, "Income")}.get(one.word)
        sides = (*amount_first(_less(one.received, one.fee)), *amount_first(_more(one.sent, one.fee)))
        worth = (row.worth if one.received else None, row.worth if one.sent else None)
        worth = (None, None) if (one.sent and one.received) or one.word in {"deposit", "withdrawal"} else worth
        place = (one.wallet, None, row.said, f"{row.at:%Y-%m-%d %H:%M:%S}", row.reference)
        return (word or _COINTRACKING_WORDS[one.word], *sides, *amount_first(one.fee), *place, *worth)

    for file in _tables(told, "cointracking", COINTRACKING, line, quoted=True):
        content = file.content.removesuffix(b"\n") if file.name.endswith(".csv") else file.content
        yield replace(file, content=content)


def cointracker(told: ExportedBook) -> Iterator[ExportFile]:
    """A table a wallet, without values: it prices coins itself."""

    def line(one: SidedRow) -> Sequence[TableCell]:
        income = one.category(_COINTRACKER_INCOME, "income") if one.word == "income" else None
        sides = (*amount_first(one.received), *amount_first(one.sent), *amount_first(one.fee))
        return (f"{one.row.at:%m/%d/%Y %H:%M:%S}", *sides, income or _COINTRACKER_TAGS.get(one.word))

    yield from _tables(told, "cointracker", COINTRACKER, line, by_wallet=True)


def coinledger(told: ExportedBook) -> Iterator[ExportFile]:
    """Without values: it prices coins itself. A fee alone is a payment there."""

    def line(one: SidedRow) -> Sequence[TableCell]:
        row = one.row
        word = one.category(_COMMON_INCOME, "Income") if one.word == "income" else _COINLEDGER_WORDS[one.word]
        sides = (*asset_first(one.sent), *asset_first(one.received), *asset_first(one.fee))
        return (f"{row.at:%m/%d/%Y %H:%M:%S}", one.wallet, *sides, word, row.said, row.reference)

    yield from _tables(told, "coinledger", COINLEDGER, line, line_end="\r\n")


def tokentax(told: ExportedBook) -> Iterator[ExportFile]:
    """Without values: it prices coins itself."""

    def line(one: SidedRow) -> Sequence[TableCell]:
        row = one.row
        sides = (*amount_first(one.received), *amount_first(one.sent), *amount_first(one.fee))
        return (_TOKENTAX_WORDS[one.word], *sides, one.wallet, None, row.reference, f"{row.at:%m/%d/%Y %H:%M}")

    yield from _tables(told, "tokentax", TOKENTAX, line)


def blockpit(told: ExportedBook) -> Iterator[ExportFile]:
    """Without values: it prices coins itself."""

    def line(one: SidedRow) -> Sequence[TableCell]:
        row = one.row
        word = one.category(_COMMON_INCOME, "Income") if one.word == "income" else _BLOCKPIT_LABELS[one.word]
        sides = (*asset_first(one.sent), *asset_first(one.received), *asset_first(one.fee))
        return (f"{row.at:%d.%m.%Y %H:%M:%S}", one.wallet, word, *sides, row.said, row.reference)

    yield from _tables(told, "blockpit", BLOCKPIT, line)


def _tables(
    told: ExportedBook,
    format_name: str,
    head: Sequence[str],
    line: Line,
    *,
    by_wallet: bool = False,
    line_end: str = "\n",
    quoted: bool = False,
) -> Iterator[ExportFile]:
    """The rows of the year in one table, or in one a wallet, and what stands beside."""
    rows = EventRows(told, told.events)
    rows.grouped()
    rows.in_cents()
    lines: dict[str, list[Sequence[TableCell]]] = {} if by_wallet else {"": []}
    for row in rows.rows:
        for one in sided(row, told.book.terms.currency):
            lines.setdefault(one.wallet if by_wallet else "", []).append(line(one))
    stems = SafeNames(file_word)
    for wallet, of_wallet in sorted(lines.items()):
        stem = f"{told.book_stem}-{format_name}" + (f"-{stems(wallet)}" if by_wallet else "")
        content = csv_table(head, of_wallet, line_end=line_end, quoted=quoted)
        yield ExportFile(name=f"{stem}.csv", content=content)
    yield from rows.beside(format_name)


def _less(side: CoinSide | None, fee: CoinSide | None) -> CoinSide | None:
    """What is received after a fee in the same currency."""
    if side is None or fee is None or side.asset != fee.asset:
        return side
    return replace(side, amount=EXACT.subtract(side.amount, fee.amount))


def _more(side: CoinSide | None, fee: CoinSide | None) -> CoinSide | None:
    """What is sent with a fee in the same currency."""
    if side is None or fee is None or side.asset != fee.asset:
        return side
    return replace(side, amount=EXACT.add(side.amount, fee.amount))
