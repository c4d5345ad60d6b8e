"""Every format by the word that it is asked for with."""

from collections.abc import Callable, Iterable, Mapping

from exporters.tax import (
    beancount_journal,
    bitcointax_tables,
    bittytax_records,
    hledger_journal,
    koinly_tables,
    rp2_workbook,
)
from exporters.tax.exported_book import ExportedBook, ExportFile

Exporter = Callable[[ExportedBook], Iterable[ExportFile]]

FORMATS: Mapping[str, Exporter] = {
    "beancount": beancount_journal.export,
    "hledger": hledger_journal.export,
    "rp2": rp2_workbook.export,
    "bittytax": bittytax_records.export,
    "bitcointax": bitcointax_tables.export,
    "koinly": koinly_tables.export,
}
