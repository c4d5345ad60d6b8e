"""RP2 1.7: a spreadsheet with a sheet a coin, and the configuration that says where its columns are."""

from collections.abc import Iterator, Sequence

from exporters.tax.exported_book import ExportedBook, ExportFile
from exporters.tax.left_out import beside
from exporters.tax.lot_sheets import sheeted
from exporters.tax.ods_file import SheetCell, spreadsheet
from exporters.tax.rp2_rows import Rp2In, Rp2Out, Rp2Rows, Rp2Sheet, remarks_of_book
from exporters.tax.safe_names import SafeNames, ascii_word, file_word
from miner_agent.text import clean_text

FORMAT = "rp2"
HOLDER = "miner"
_IN = "timestamp asset exchange holder transaction_type spot_price crypto_in crypto_fee fiat_fee fiat_in_no_fee"
IN_COLUMNS = (*_IN.split(), "fiat_in_with_fee", "unique_id", "notes")
_OUT = (
    "timestamp asset exchange holder transaction_type spot_price crypto_out_no_fee crypto_fee fiat_fee fiat_out_no_fee"
)
OUT_COLUMNS = (*_OUT.split(), "", "unique_id", "notes")
_INTRA = "timestamp asset from_exchange from_holder to_exchange to_holder spot_price crypto_sent crypto_received"
INTRA_COLUMNS = (*_INTRA.split(), "", "", "unique_id", "notes")
_SECTIONS = (("in_header", IN_COLUMNS), ("out_header", OUT_COLUMNS), ("intra_header", INTRA_COLUMNS))


def export(told: ExportedBook) -> Iterator[ExportFile]:
    """With lots by wallet a pair of files for each wallet, else one for all."""
    lots = sheeted(told)
    rows = Rp2Rows(told, lots)
    stems = SafeNames(file_word)
    for wallet in sorted({wallet for wallet, _ in lots.sheets}):
        sheets = [
            sheet for (of_wallet, _), some in lots.sheets.items() if of_wallet == wallet for sheet in rows.sheets(some)
        ]
        if sheets:
            stem = f"{told.book_stem}-{stems(wallet)}" if wallet else told.book_stem
            yield from _pair(stem, sheets)
    yield from beside(told, FORMAT, [*rows.remarks, *remarks_of_book(told)])


def _pair(stem: str, sheets: Sequence[Rp2Sheet]) -> Iterator[ExportFile]:
    assets, exchanges = SafeNames(rp2_asset), SafeNames(exchange_name)
    names = {id(sheet): asset_name(assets, sheet) for sheet in sheets}
    table = [(names[id(sheet)], len(IN_COLUMNS), list(_rows(sheet, names[id(sheet)], exchanges))) for sheet in sheets]
    yield ExportFile(name=f"{stem}.ods", content=spreadsheet(table))
    used = [text for _, text in exchanges.items()]
    yield ExportFile(name=f"{stem}.ini", content=_configuration([*names.values()], used).encode())


def asset_name(assets: SafeNames, sheet: Rp2Sheet) -> str:
    """The coin, and the number of its further sheets."""
    return assets(sheet.asset) if sheet.number == 1 else assets(f"{assets(sheet.asset)}-part{sheet.number}")


def _rows(sheet: Rp2Sheet, asset: str, exchanges: SafeNames) -> Iterator[Sequence[SheetCell]]:
    yield ("IN",)
    yield IN_COLUMNS
    for one in sheet.ins:
        value = float(one.value)
        head = (_time(one), asset, exchanges(one.wallet), HOLDER, one.word, float(one.spot_price), float(one.amount))
        yield (*head, None, None, value, value, clean_text(one.id, length=200), None)
    yield ("TABLE END",)
    yield ()
    yield ("OUT",)
    yield OUT_COLUMNS
    for other in sheet.outs:
        to = (_time(other), asset, exchanges(other.wallet), HOLDER, other.word, float(other.spot_price))
        amount, value, told_id = float(other.amount), float(other.value), clean_text(other.id, length=200)
        if other.word == "FEE":
            yield (*to, 0.0, amount, value, None, None, told_id, None)
        else:
            yield (*to, amount, 0.0, None, value, None, told_id, None)
    yield ("TABLE END",)


def _time(row: Rp2In | Rp2Out) -> str:
    return row.at.isoformat(sep=" ", timespec="seconds")


def _configuration(assets: Sequence[str], exchanges: Sequence[str]) -> str:
    """A ``%`` stands for something else there, unless it is doubled."""
    lines = [
        "[general]",
        f"assets = {', '.join(assets)}",
        f"exchanges = {', '.join(exchanges)}".replace("%", "%%"),
        f"holders = {HOLDER}",
    ]
    for section, columns in _SECTIONS:
        lines += ["", f"[{section}]", *(f"{name} = {number}" for number, name in enumerate(columns) if name)]
    return "".join(f"{line}\n" for line in lines)


def rp2_asset(name: str) -> str:
    """A coin, as a sheet and a list can be named."""
    return ascii_word(name, more="._").strip("._-")[:40] or "COIN"


def exchange_name(name: str) -> str:
    """A wallet, without what ends it in a list."""
    return " ".join(clean_text(name).replace(",", " ").split()) or "wallet"
