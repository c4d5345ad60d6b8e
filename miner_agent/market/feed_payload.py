"""Typed reads of feeds: JSON with exact numbers, XML, tables of text. Every failure names the place at which it stands.

A feed's numbers are ``Decimal``: prices are money, and a difficulty may have more digits than a float. Text that holds
a number is read as one, since many sources quote theirs. ``1,629,067`` is refused: whether its commas are thousands or
a decimal point cannot be known.
"""

import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NoReturn
from xml.etree.ElementTree import Element

from calculators.spreadsheet import names_of, table_of
from miner_agent.errors import BadPayload
from miner_agent.sources.foreign_json import BYTE_ORDER_MARK, EXACT_CHARACTERS, decoded, fits_float, parse_exact_json
from miner_agent.sources.payload import Doc, Step

MAXIMUM_BYTES = 8 << 20  # of a whole answer, all of its requests together
XML_DEPTH = 32
XML_ELEMENTS = 200_000  # a year of quarter-hours has 105,000
CSV_ROWS = 200_000
MILLISECONDS_FROM = 100_000_000_000  # a time above it is in milliseconds: in seconds it would be after the year 5000
FIRST_MOMENT = datetime(2009, 1, 3, tzinfo=UTC)  # nothing was mined before
LAST_MOMENT = datetime(2200, 1, 1, tzinfo=UTC)

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d{1,4})?", re.ASCII)
_WITH_COMMAS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d*)?", re.ASCII)


class FeedDoc(Doc):
    """One place in a feed's answer, or one row of a table of text."""

    __slots__ = ()

    @staticmethod
    def _entry_path(path: str, key: str) -> str:
        return f"{path}.{key}"

    def _refusal(self, what: str) -> BadPayload:
        shown = self.value
        if isinstance(shown, Decimal) and shown.is_finite():
            whole = 0 <= shown.adjusted() < 15 and shown == shown.to_integral_value()
            shown = int(shown) if whole or not shown else float(shown)
        return BadPayload(self.path, shown, what)

    def keys(self) -> frozenset[str]:
        """The keys of the object here; none where it is none."""
        return frozenset(self.value) if isinstance(self.value, dict) else frozenset()

    def decimal_or_none(self, *steps: Step) -> Decimal | None:
        """A number, or text that holds one; ``None`` where it is missing, null or empty text."""
        if steps:
            return self.at(*steps).decimal_or_none()
        value = self.value
        if value is None or value == "":
            return None
        if isinstance(value, str):
            text = value.strip()
            if _WITH_COMMAS.fullmatch(text):
                self.expected("a number without commas; a thousands comma and a decimal comma look the same")
            if len(text) > EXACT_CHARACTERS or not _NUMBER.fullmatch(text) or not fits_float(text):
                self.expected("a number")
            return Decimal(text)
        if isinstance(value, int) and not isinstance(value, bool):
            value = Decimal(value)
        if not isinstance(value, Decimal) or not value.is_finite() or not math.isfinite(float(value)):
            self.expected("a finite number")
        return value

    def decimal(self, *steps: Step) -> Decimal:
        number = self.decimal_or_none(*steps)
        if number is None:
            self.at(*steps).expected("a number")
        return number

    def number_or_none(self, *steps: Step) -> float | None:
        """The same as a float, for physics and estimates."""
        number = self.decimal_or_none(*steps)
        return None if number is None else float(number)

    def positive_or_none(self, *steps: Step) -> float | None:
        """A number above zero; ``None`` where it is missing."""
        number = self.number_or_none(*steps)
        if number is not None and number <= 0:
            self.at(*steps).expected("a number above zero")
        return number

    def count_or_none(self, *steps: Step) -> int | None:
        number = self.decimal_or_none(*steps)
        if number is None:
            return None
        if number < 0 or number != number.to_integral_value():
            self.at(*steps).expected("a count (0, 1, 2 ...) or null")
        return int(number)

    def hexadecimal(self, *steps: Step) -> int:
        """A whole number as Ethereum's nodes write it: ``"0x1a2b"``."""
        place = self.at(*steps)
        if not isinstance(place.value, str) or not re.fullmatch(r"0x[0-9a-fA-F]{1,64}", place.value):
            place.expected('a hexadecimal number such as "0x1a2b"')
        return int(place.value, 16)

    def moment_or_none(self, *steps: Step) -> datetime | None:
        """An aware time: seconds or milliseconds since 1970, or text as ``2026-01-31T12:00:00Z``."""
        if steps:
            return self.at(*steps).moment_or_none()
        value = self.value
        if value is None or value == "":
            return None
        if isinstance(value, datetime):
            return self._utc(value)
        if isinstance(value, str) and not _NUMBER.fullmatch(value.strip()):
            try:
                return self._utc(datetime.fromisoformat(value.strip()))
            except ValueError:
                self.expected("a time such as 2026-01-31T12:00:00Z")
        seconds = self.decimal()
        if seconds >= MILLISECONDS_FROM:
            seconds /= 1000
        if not 0 <= seconds < int(LAST_MOMENT.timestamp()):
            self.expected("a time in seconds or milliseconds since 1970")
        return self._utc(datetime.fromtimestamp(float(seconds), UTC))

    def moment(self, *steps: Step) -> datetime:
        moment = self.moment_or_none(*steps)
        if moment is None:
            self.at(*steps).expected("a time such as 2026-01-31T12:00:00Z")
        return moment

    def wall_time_or_none(self, *steps: Step) -> datetime | None:
        """A time without a zone, as a clock on a wall shows it; ``None`` where it is none, or has its zone."""
        value = self.at(*steps).value
        try:
            found = datetime.fromisoformat(value.strip()) if isinstance(value, str) else value
        except ValueError:
            return None
        return found if isinstance(found, datetime) and found.tzinfo is None else None

    def day(self, *steps: Step) -> datetime:
        """The first moment, UTC, of a day such as ``2026-01-31``; an aware time is taken as it is."""
        if steps:
            return self.at(*steps).day()
        value = self.value
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value.strip(), re.ASCII):
            try:
                value = date.fromisoformat(value.strip())
            except ValueError:
                self.expected("a day such as 2026-01-31")
        if isinstance(value, date) and not isinstance(value, datetime):
            return self._utc(datetime(value.year, value.month, value.day, tzinfo=UTC))
        return self.moment()

    def _utc(self, moment: datetime) -> datetime:
        if moment.tzinfo is None:
            self.expected("a time with its zone, such as 2026-01-31T12:00:00Z")
        try:
            moment = moment.astimezone(UTC)
        except OverflowError:
            self.expected("a time between 2009 and 2200")
        if not FIRST_MOMENT <= moment < LAST_MOMENT:
            self.expected("a time between 2009 and 2200")
        return moment


def json_of(raw: bytes, name: str) -> FeedDoc:
    """The one JSON document of an answer. ``BadPayload`` says what is wrong with it; nothing else is raised."""
    refuse_no_answer(raw, name)
    return FeedDoc(parse_exact_json(raw, name), name)


def refuse_no_answer(raw: bytes, name: str) -> None:
    """Refuse what no feed sends, in words that help: nothing, a page of HTML, more than the byte cap."""
    if len(raw) > MAXIMUM_BYTES:
        raise BadPayload(name, f"{len(raw)} bytes", f"at most {MAXIMUM_BYTES >> 20} MiB")
    if not raw[:1024].removeprefix(BYTE_ORDER_MARK).strip():
        raise BadPayload(name, raw[:10], "an answer, not an empty one")
    if is_html(raw):
        raise BadPayload(name, raw[:40], "data, not a page of HTML; a gateway or a login page may stand in between")


def is_html(raw: bytes) -> bool:
    """Whether it begins as a page for browsers does."""
    start = raw[:1024].removeprefix(BYTE_ORDER_MARK).lstrip().lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<body"))


def xml_of(raw: bytes, name: str) -> Element:
    """The root of an XML document without a document type: no entity is ever expanded, no file or address opened."""
    refuse_no_answer(raw, name)
    text = decoded(raw, name)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise BadPayload(name, text[:40], "XML without a document type")
    parser: ET.XMLPullParser[Element] = ET.XMLPullParser(("start", "end"))
    depth = elements = 0
    root: Element | None = None
    try:
        for start in range(0, len(text), 1 << 16):
            parser.feed(text[start : start + (1 << 16)])
            for found in parser.read_events():
                event, element = found[0], found[-1]
                if root is None and isinstance(element, Element):
                    root = element
                depth += 1 if event == "start" else -1
                elements += event == "start"
                if depth > XML_DEPTH or elements > XML_ELEMENTS:
                    raise BadPayload(
                        name, text[:40], f"at most {XML_DEPTH} levels and {XML_ELEMENTS:,} elements of XML"
                    )
        parser.close()
    except ET.ParseError as error:
        raise BadPayload(name, text[:40], f"XML ({error})") from None
    if root is None:
        raise BadPayload(name, text[:40], "XML")
    return root


def local_name(element: Element) -> str:
    """An element's name without its namespace, whose version changes from year to year."""
    return element.tag.rpartition("}")[2]


def children(element: Element, name: str) -> list[Element]:
    return [child for child in element if local_name(child) == name]


def xml_doc(element: Element, path: str) -> FeedDoc:
    """The texts of an element's children by their names, as one row; a name that stands twice counts as not said."""
    texts: dict[str, object] = {}
    for child in element:
        name = local_name(child)
        texts[name] = None if name in texts else (child.text or "").strip()
    return FeedDoc(texts, path)


def csv_rows(raw: bytes, name: str) -> Iterator[FeedDoc]:
    """The rows of a table of text, as ``calculators.spreadsheet`` reads it.

    One with too many or too few cells is a list, no object.
    """
    refuse_no_answer(raw, name)
    text = decoded(raw, name)
    try:
        table = table_of(text)
    except ValueError as error:
        raise BadPayload(name, text[-40:], f"CSV ({error})") from None
    if not table.names:
        raise BadPayload(name, text[:40], "a line with the names of the columns")
    if not all(table.names) or len(set(table.names)) != len(table.names):
        raise BadPayload(f"{name} line 1", ",".join(table.names), "a name of its own for each column")
    for count, row in enumerate(table.rows, start=2):
        if count > CSV_ROWS:
            raise BadPayload(name, f"line {row.line}", f"at most {CSV_ROWS:,} lines")
        if row.problem is not None and not row.cells:
            raise BadPayload(f"{name} line {row.line}", row.problem, "CSV")
        value = list(row.cells) if row.problem else dict(zip(table.names, row.cells, strict=True))
        yield FeedDoc(value, f"{name} line {row.line}")


def csv_header(raw: bytes) -> tuple[str, ...]:
    """The names in the first line of a table of text; none where it is none. For recognising a file alone."""
    return names_of(raw[:4096].decode("utf-8", errors="replace"))


def refuse_error_body(answer: FeedDoc) -> None:
    """Refuse an error that came in place of data, whatever its status was, with its own words in the sentence.

    Known: ``{"error": ...}``, ``{"errors": ...}``, ``{"title": ..., "detail": ...}``, ``{"message": ...}`` and
    ``{"status": {"error_message": ...}}``.
    """
    value = answer.value
    if not isinstance(value, dict):
        return
    status = value.get("status")
    if isinstance(status, dict) and "error_message" in status:
        _refuse_error(answer.at("status", "error_message"))
    if "title" in value and "detail" in value:
        _refuse_error(answer.at("detail"))
    for key in ("error", "errors", "message"):
        if value.get(key) and len(value) <= 4:
            _refuse_error(answer.at(key))


def _refuse_error(place: FeedDoc) -> NoReturn:
    place.expected("data, not an error; look at the source's key, its quota and how often it is asked")
