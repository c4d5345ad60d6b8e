"""DaLI 0.6, which makes RP2's spreadsheets: what came and what left as two tables, and its configuration."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from exporters.tax.csv_table import TableCell, csv_table
from exporters.tax.exported_book import ExportedBook, ExportFile
from exporters.tax.left_out import beside
from exporters.tax.lot_sheets import sheeted
from exporters.tax.rp2_rows import Rp2In, Rp2Out, Rp2Rows, Rp2Sheet, price_text, remarks_of_book
from exporters.tax.rp2_workbook import HOLDER, asset_name, exchange_name, rp2_asset
from exporters.tax.safe_names import SafeNames, file_word

FORMAT = "dali"
_IN = "Unique ID,Timestamp,Asset,Exchange,Holder,Transaction Type,Spot Price,Crypto In,Crypto Fee,Fiat In No Fee"
IN_COLUMNS = (*_IN.split(","), "Fiat In With Fee", "Fiat Fee", "Notes")
_OUT = "Unique ID,Timestamp,Asset,Exchange,Holder,Transaction Type,Spot Price,Crypto Out No Fee,Crypto Fee"
OUT_COLUMNS = (*_OUT.split(","), "Crypto Out With Fee", "Fiat Out No Fee", "Fiat Fee", "Notes")


def export(told: ExportedBook) -> Iterator[ExportFile]:
    """With lots by wallet the files of each wallet, else one set for all."""
    lots = sheeted(told)
    rows = Rp2Rows(told, lots)
    stems = SafeNames(file_word)
    for wallet in sorted({wallet for wallet, _ in lots.sheets}):
        sheets = [
            sheet for (of_wallet, _), some in lots.sheets.items() if of_wallet == wallet for sheet in rows.sheets(some)
        ]
        if sheets:
            stem = f"{told.book_stem}-dali-{stems(wallet)}" if wallet else f"{told.book_stem}-dali"
            yield from _set(stem, sheets)
    yield from beside(told, FORMAT, [*rows.remarks, *remarks_of_book(told)])


def _set(stem: str, sheets: Sequence[Rp2Sheet]) -> Iterator[ExportFile]:
    assets, exchanges = SafeNames(rp2_asset), SafeNames(lambda name: exchange_name(name).replace("%", " "))
    ids = SafeNames(lambda told_id: told_id)
    ins: list[Sequence[TableCell]] = []
    outs: list[Sequence[TableCell]] = []
    for sheet in sheets:
        asset = asset_name(assets, sheet)
        part = "" if sheet.number == 1 else f"/{sheet.number}"
        ins += [_in(one, ids(f"{one.id}{part}"), asset, exchanges(one.wallet)) for one in sheet.ins]
        outs += [_out(one, ids(f"{one.id}{part}"), asset, exchanges(one.wallet)) for one in sheet.outs]
    lines = ["[dali.plugin.input.csv.manual mining]"]
    for side, columns, rows in (("in", IN_COLUMNS, ins), ("out", OUT_COLUMNS, outs)):
        if rows:
            yield ExportFile(name=f"{stem}-{side}.csv", content=csv_table(columns, rows))
            lines.append(f"{side}_csv_file = {stem}-{side}.csv")
    yield ExportFile(name=f"{stem}.ini", content="".join(f"{line}\n" for line in lines).encode())


def _in(one: Rp2In, told_id: str, asset: str, exchange: str) -> Sequence[TableCell]:
    value = price_text(one.value)
    head = (told_id, _time(one), asset, exchange, HOLDER, one.word, price_text(one.spot_price))
    return (*head, one.amount.normalize(), None, value, value, None, None)


def _out(one: Rp2Out, told_id: str, asset: str, exchange: str) -> Sequence[TableCell]:
    value = price_text(one.value)
    head = (told_id, _time(one), asset, exchange, HOLDER, one.word, price_text(one.spot_price))
    if one.word == "FEE":
        return (*head, Decimal(0), one.amount.normalize(), None, None, value, None)
    return (*head, one.amount.normalize(), Decimal(0), None, value, None, None)


def _time(row: Rp2In | Rp2Out) -> str:
    return row.at.strftime("%Y-%m-%d %H:%M:%S %z")
