"""Koinly's universal format: one table a wallet, since it has no column for one."""

from collections import defaultdict
from collections.abc import Iterator

from exporters.tax.csv_table import TableCell, csv_table
from exporters.tax.event_rows import EventRow, EventRows
from exporters.tax.exported_book import ExportedBook, ExportFile
from exporters.tax.safe_names import SafeNames, file_word

FORMAT = "koinly"
COLUMNS = (
    "Date",
    "Sent Amount",
    "Sent Currency",
    "Received Amount",
    "Received Currency",
    "Fee Amount",
    "Fee Currency",
    "Net Worth Amount",
    "Net Worth Currency",
    "Label",
    "Description",
    "TxHash",
)
_LABELS = {"mining": "mining", "fee": "cost", "spend": "cost", "gift": "gift", "loss": "lost"}
_EARNED = {
    "airdrop": "airdrop",
    "fork": "fork",
    "hardfork": "fork",
    "staking": "reward",
    "interest": "lending interest",
}


def export(told: ExportedBook) -> Iterator[ExportFile]:
    """A table for each wallet that has rows, and what stands beside them."""
    rows = EventRows(told, told.events)
    rows.grouped()
    rows.in_cents()
    wallets: dict[str, list[list[TableCell]]] = defaultdict(list)
    for row in rows.rows:
        for wallet, line in _lines(row, told.book.terms.currency):
            wallets[wallet].append(line)
    stems = SafeNames(file_word)
    for wallet, lines in sorted(wallets.items()):
        content = csv_table(COLUMNS, lines)
        yield ExportFile(name=f"{told.book_stem}-koinly-{stems(wallet)}.csv", content=content)
    yield from rows.beside(FORMAT)


def _lines(row: EventRow, currency: str) -> Iterator[tuple[str, list[TableCell]]]:
    coins: list[TableCell] = [row.amount, row.asset]
    money: list[TableCell] = [row.value, currency]
    fee: list[TableCell] = [row.fee, currency] if row.fee else [None, None]
    none: list[TableCell] = [None, None]
    head, tail = f"{row.at:%Y-%m-%d %H:%M:%S} UTC", [row.said, row.reference]
    match row.word:
        case "mining" | "income":
            label = _LABELS.get(row.word) or _EARNED.get((row.category or "").strip().casefold(), "other income")
            yield row.wallet, [head, *none, *coins, *none, *money, label, *tail]
        case "buy":
            yield row.wallet, [head, *money, *coins, *fee, *money, None, *tail]
        case "sell":
            yield row.wallet, [head, *coins, *money, *fee, *money, None, *tail]
        case "swap" if row.to_wallet == row.wallet:
            yield row.wallet, [head, *coins, row.to_amount, row.to_asset, *fee, *money, None, *tail]
        case "swap":
            yield row.wallet, [head, *coins, *money, *fee, *money, None, *tail]
            yield row.to_wallet or row.wallet, [head, *money, row.to_amount, row.to_asset, *none, *money, None, *tail]
        case "transfer":
            yield row.wallet, [head, *coins, *none, *none, *none, None, *tail]
            yield row.to_wallet or row.wallet, [head, *none, *coins, *none, *none, None, *tail]
        case _:
            yield row.wallet, [head, *coins, *none, *none, *money, _LABELS[row.word], *tail]
