"""An OpenDocument spreadsheet of texts and numbers, the same bytes for the same cells."""

import io
import zipfile
from collections.abc import Iterable, Sequence
from typing import TypeAlias
from xml.sax.saxutils import escape, quoteattr

SheetCell: TypeAlias = str | float | None
_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_FIXED = (1980, 1, 1, 0, 0, 0)
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">'
    "<office:body><office:spreadsheet>"
)
_TAIL = "</office:spreadsheet></office:body></office:document-content>"
_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" manifest:version="1.2">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_TYPE}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)


def spreadsheet(sheets: Iterable[tuple[str, int, Iterable[Sequence[SheetCell]]]]) -> bytes:
    """The file.

    Args:
        sheets: name, number of columns, rows. A text is a text, whatever it begins with; it has no control characters.
    """
    parts = [_HEAD]
    for name, columns, rows in sheets:
        parts.append(
            f'<table:table table:name={quoteattr(name)}><table:table-column table:number-columns-repeated="{columns}"/>'
        )
        parts += [_row(row, columns) for row in rows]
        parts.append("</table:table>")
    parts.append(_TAIL)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text, method in (
            ("mimetype", _TYPE, zipfile.ZIP_STORED),
            ("content.xml", "".join(parts), zipfile.ZIP_DEFLATED),
            ("META-INF/manifest.xml", _MANIFEST, zipfile.ZIP_DEFLATED),
        ):
            entry = zipfile.ZipInfo(name, _FIXED)
            entry.compress_type = method
            entry.create_system = 3
            archive.writestr(entry, text)
    return stream.getvalue()


def _row(row: Sequence[SheetCell], columns: int) -> str:
    cells = "".join(map(_cell, row)) + "<table:table-cell/>" * (columns - len(row))
    return f"<table:table-row>{cells}</table:table-row>"


def _cell(cell: SheetCell) -> str:
    if cell is None:
        return "<table:table-cell/>"
    if isinstance(cell, float):
        return f'<table:table-cell office:value-type="float" office:value="{cell!r}"/>'
    return f'<table:table-cell office:value-type="string"><text:p>{escape(cell)}</text:p></table:table-cell>'
