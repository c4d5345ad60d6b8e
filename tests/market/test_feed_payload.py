"""Exact numbers, times, XML and CSV of feeds, and reads that name the place."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner_agent.errors import BadPayload
from miner_agent.market import feed_payload
from miner_agent.market.feed_payload import FeedDoc, children, csv_rows, json_of, refuse_error_body, xml_doc, xml_of
from tests.for_each import for_each


def doc(raw: bytes) -> FeedDoc:
    return json_of(raw, "feed")


def test_a_number_keeps_every_digit() -> None:
    answer = doc(b'{"wei": 10000000000000000001, "hash": 1113302519047363281250, "price": 0.10, "text": "7.2E-12"}')

    assert answer.decimal("wei") == Decimal(10000000000000000001)
    assert answer.number_or_none("hash") == float("1113302519047363281250")
    assert str(answer.decimal("price")) == "0.10"
    assert answer.number_or_none("text") == 7.2e-12


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value="-1e30", max_value="1e30"))
def test_what_is_written_as_json_or_as_text_is_read_as_it_was(number: Decimal) -> None:
    answer = doc(f'{{"number": {number:f}, "text": "{number:f}"}}'.encode()) if fits(number) else None

    if answer is not None:
        assert answer.decimal("number") == number == answer.decimal("text")


def fits(number: Decimal) -> bool:
    return len(f"{number:f}") <= 100 and (number == 0 or abs(number) > Decimal("1e-300"))


@pytest.mark.parametrize("raw", [b"{}", b'{"a": null}', b'{"a": ""}'])
def test_missing_null_and_empty_text_are_not_said(raw: bytes) -> None:
    assert doc(raw).decimal_or_none("a") is None
    assert doc(raw).moment_or_none("a") is None
    with pytest.raises(BadPayload, match="expected a number"):
        doc(raw).decimal("a")


@for_each(
    ("value", "sentence"),
    [
        ('"1,629,067"', "without commas"),
        ('"1,5"', "a number"),
        ('"1 000"', "a number"),
        ('"$5"', "a number"),
        ('"nan"', "a number"),
        ('"inf"', "a number"),
        ('"1e999"', "a number"),
        ('"1e-999"', "a number"),
        ('"٣"', "a number"),
        ('"1_000"', "a number"),
        (f'"{"9" * 101}"', "a number"),
        ("true", "a finite number"),
        ("[1]", "a finite number"),
        ("{}", "a finite number"),
    ],
)
def test_what_is_no_number_is_refused_with_its_path(value: str, sentence: str) -> None:
    with pytest.raises(BadPayload, match=sentence) as refusal:
        doc(f'{{"a": {{"b": {value}}}}}'.encode()).decimal("a", "b")
    assert str(refusal.value).startswith("feed.a.b is ")


@for_each("number", ["1e999", "-1e999", "1e-999", "NaN", "Infinity", "9" * 101, "0." + "1" * 100])
def test_a_number_that_no_float_holds_costs_the_answer(number: str) -> None:
    with pytest.raises(BadPayload):
        doc(f'{{"a": {number}}}'.encode())


def test_zero_is_a_number_however_it_is_written() -> None:
    for zero in ("0", "0.0", "-0", "0e5", "0.000e-400"):
        assert doc(f'{{"a": {zero}}}'.encode()).decimal("a") == 0


def test_a_key_that_is_there_twice_has_no_value() -> None:
    answer = doc(b'{"a": 1, "b": 2, "a": 3}')

    assert answer.decimal("b") == 2
    for read in (answer.decimal, answer.text, answer.moment, answer.truth_or_none, answer.count_or_none):
        with pytest.raises(BadPayload, match="there twice"):
            read("a")
    with pytest.raises(BadPayload, match="there twice"):
        answer.at("a", "c")


def test_nothing_may_follow_the_document() -> None:
    with pytest.raises(BadPayload, match="nothing after"):
        doc(b'{"a": 1} {"a": 2}')
    assert doc(b' {"a": 1}\r\n\x00').decimal("a") == 1


@for_each(
    ("value", "moment"),
    [
        ("1762084800", datetime(2025, 11, 2, 12, tzinfo=UTC)),
        ("1762084800000", datetime(2025, 11, 2, 12, tzinfo=UTC)),
        ('"1762084800"', datetime(2025, 11, 2, 12, tzinfo=UTC)),
        ('"2025-11-02T12:00:00Z"', datetime(2025, 11, 2, 12, tzinfo=UTC)),
        ('"2025-11-02T12:00:00.5+01:00"', datetime(2025, 11, 2, 11, 0, 0, 500_000, tzinfo=UTC)),
        ('"2025-11-02T12:00Z"', datetime(2025, 11, 2, 12, tzinfo=UTC)),
    ],
)
def test_times_come_as_seconds_milliseconds_or_text(value: str, moment: datetime) -> None:
    assert doc(f'{{"t": {value}}}'.encode()).moment("t") == moment


@for_each(
    "value",
    ["-1", "0", "1e18", '"yesterday"', '"2025-11-02T12:00:00"', '"0001-01-01T00:00:00+14:00"', '"2500-01-01T00:00Z"', "true", '"9999-12-31T23:59:59-14:00"'],
)  # fmt: skip
def test_what_is_no_time_is_refused(value: str) -> None:
    with pytest.raises(BadPayload, match=r"a time|a finite number"):
        doc(f'{{"t": {value}}}'.encode()).moment("t")


def test_a_day_is_its_first_moment() -> None:
    assert FeedDoc("2026-10-30", "x").day() == datetime(2026, 10, 30, tzinfo=UTC)
    assert FeedDoc(date(2026, 10, 30), "x").day() == datetime(2026, 10, 30, tzinfo=UTC)
    with pytest.raises(BadPayload, match="a day"):
        FeedDoc("2026-02-30", "x").day()


def test_xml_is_read_without_its_namespace() -> None:
    root = xml_of(b'<?xml version="1.0"?><a xmlns="urn:x:1"><b>1</b><b>2</b><c> 5 </c></a>', "feed")

    assert [element.text for element in children(root, "b")] == ["1", "2"]
    assert xml_doc(root, "a").decimal("c") == 5
    assert xml_doc(root, "a").decimal_or_none("b") is None


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "without a document type"),
        (b"<a>" * 40 + b"</a>" * 40, "32 levels"),
        (b"<a>" + b"<b/>" * 2_001 + b"</a>", "2,000 elements"),
        (b"<a>&b;</a>", "XML"),
        (b"<a>", "XML"),
        (b"<a></a><b></b>", "XML"),
        ("<a/>".encode("utf-16"), "UTF-8"),
        (b'<?xml version="1.0" encoding="utf-7"?><a>+ADw-</a', "XML"),
        (b"no xml", "XML"),
        (b"\x00" * 10, "XML|answer"),
    ],
)
def test_xml_that_could_do_harm_is_refused(raw: bytes, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_payload, "XML_ELEMENTS", 2_000)
    with pytest.raises(BadPayload, match=sentence):
        xml_of(raw, "feed")


def test_rows_have_the_names_of_the_first_line_and_say_their_line() -> None:
    rows = list(csv_rows(b"\xef\xbb\xbfCoin;Price\r\n\r\nBTC;5\r\nETC;n/a\r\n;\r\n", "feed"))

    assert [row.text("coin") for row in rows] == ["BTC", "ETC"]
    assert rows[0].decimal("price") == 5
    with pytest.raises(BadPayload, match=r"feed line 4\.price is 'n/a'"):
        rows[1].decimal("price")


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        (b"coin,price\nBTC,5", "line end"),
        (b"coin,coin\nBTC,5\n", "a name of its own"),
        (b"coin,\nBTC,5\n", "a name of its own"),
        (b'coin,price\n"BTC,5\n', "CSV"),
        (b"\n\n", "not an empty one"),
        (b"a\n" + b"1\n" * 200_001, "at most 200,000 lines"),
        (b"a,b\n" + b'"' + b"x" * 200_000 + b'",1\n', "CSV"),
    ],
)
def test_a_table_that_cannot_be_read_is_refused(raw: bytes, sentence: str) -> None:
    with pytest.raises(BadPayload, match=sentence):
        list(csv_rows(raw, "feed"))


@pytest.mark.parametrize(
    "raw",
    [b'{"error": null, "result": 1}', b'{"coins": {}}', b'{"status": {"ok": true}}', b"[1]", b'{"message": ""}'],
)
def test_what_is_no_error_passes(raw: bytes) -> None:
    refuse_error_body(doc(raw))
