"""Every format by the word that it is asked for with."""

from collections.abc import Callable, Iterable, Mapping

from exporters.tax import (
    beancount_journal,
    bitcointax_tables,
    bittytax_records,
    dali_tables,
    hledger_journal,
    own_tables,
    rp2_workbook,
    service_tables,
    turbotax_table,
)
from exporters.tax.exported_book import ExportedBook, ExportFile

Exporter = Callable[[ExportedBook], Iterable[ExportFile]]

FORMATS: Mapping[str, Exporter] = {
    "rp2": rp2_workbook.export,
    "bittytax": bittytax_records.export,
    "bitcointax": bitcointax_tables.export,
    "koinly": service_tables.koinly,
    "beancount": beancount_journal.export,
    "hledger": hledger_journal.export,
    "csv": own_tables.export_csv,
    "json": own_tables.export_json,
    "cointracking": service_tables.cointracking,
    "dali": dali_tables.export,
    "cointracker": service_tables.cointracker,
    "coinledger": service_tables.coinledger,
    "tokentax": service_tables.tokentax,
    "turbotax": turbotax_table.export,
    "blockpit": service_tables.blockpit,
}
