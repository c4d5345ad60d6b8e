"""Every feed against everything it may answer, and against garbage."""

import itertools
import math
import random
import re
import tomllib
from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import pytest

from miner_agent.errors import BadPayload
from miner_agent.market import feeds
from miner_agent.market.feed import FeedReading
from miner_agent.market.feed_payload import MAXIMUM_BYTES
from tests.feed_coins import BITCOIN_UNIT
from tests.for_each import for_each
from tests.market.parsed_feeds import FEEDS, FOLDERS, NEEDED, TEXT_FORMS, ids, parameters_of, parsed, raw_of, shown

GARBAGE = {
    "empty": b"",
    "blank": b" \n",
    "html": b"<html><h1>502 Bad Gateway</h1></html>",
    "html with a document type": b"<!DOCTYPE html><html><body>Just a moment...</body></html>",
    "null": b"null",
    "list": b"[]",
    "list of nulls": b"[null, null]",
    "object": b"{}",
    "number": b"42",
    "truth": b"true",
    "text": b'"coins"',
    "words": b"not here\n",
    "nan": b'{"coins": NaN}',
    "infinity": b'{"coins": Infinity}',
    "too large": b'{"coins": 1e999}',
    "too small": b'{"coins": 1e-999}',
    "too many digits": b'{"coins": ' + b"9" * 5000 + b"}",
    "not utf-8": b'{"coins": "\xff\xfe"}',
    "utf-16": '{"coins": {}}'.encode("utf-16"),
    "deep": b"[" * 100_000,
    "deep object": b'{"coins":' * 10_000 + b"1" + b"}" * 10_000,
    "unclosed": b'{"coins": {"Bitcoin"',
    "two documents": b"{}{}",
    "error": b'{"error": "Invalid API key"}',
    "title and detail": b'{"title": "Forbidden", "detail": "Monthly usage exceeded"}',
    "status": b'{"status": {"error_code": 429, "error_message": "slow down"}}',
    "xml": b"<a><b/></a>",
    "xml of entities": b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>',
    "xml of a file": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>',
    "deep xml": b"<a>" * 100_000,
    "wide xml": b"<a>" + b"<b/>" * 20_000 + b"</a>",
    "csv of names": b"a,b,c\n",
    "csv of quotes": b'a,"b\n',
    "toml": b"[[quotes]]\n",
    "toml of numbers": b"a = " + b"9" * 5000 + b"\n",
    "deep toml": b"a = " + b"[" * 100_000 + b"\n",
    "wrong types": b'{"coins": 5, "data": 5, "results": 5, "unix_seconds": 5, "price": {}, "quotes": 5, "rates": "x"}',
    "rows of nothing": b'{"coins": {"X": null}, "data": [null], "results": [null], "quotes": [null], "rates": [1]}',
}


@for_each("folder", FOLDERS, ids=ids)
def test_a_capture_parses_to_its_expected_reading(folder: Path, update_golden: bool) -> None:
    found = shown(parsed(folder.parent.name, raw_of(folder), parameters_of(folder)))

    expected = folder / "expected.json"
    if update_golden:
        expected.write_text(found)
    assert expected.exists(), "new capture: run pytest --update-golden and read the diff"
    assert found == expected.read_text()


@for_each("folder", FOLDERS, ids=ids)
def test_a_capture_says_where_it_comes_from(folder: Path) -> None:
    meta = tomllib.loads((folder / "meta.toml").read_text())

    assert meta["origin"] in {"recorded", "documentation"}
    assert {"written", "source", "masked"} <= meta.keys()


@pytest.mark.thorough
@pytest.mark.parametrize("folder", [one for one in FOLDERS if one.parent.name not in TEXT_FORMS], ids=ids)
def test_an_answer_cut_short_anywhere_is_right_or_refused(folder: Path) -> None:
    raw, parameters = raw_of(folder), parameters_of(folder)
    whole = parsed(folder.parent.name, raw, parameters)
    for length in range(len(raw)):
        try:
            cut = parsed(folder.parent.name, raw[:length], parameters)
        except BadPayload:
            continue
        assert cut == whole, f"cut at byte {length}"


@pytest.mark.parametrize("folder", [one for one in FOLDERS if one.parent.name in TEXT_FORMS], ids=ids)
def test_a_table_cut_short_anywhere_has_no_number_that_the_whole_one_has_not(folder: Path) -> None:
    raw, parameters = raw_of(folder), parameters_of(folder)
    written = {Decimal(number) for number in re.findall(r"-?\d+(?:\.\d+)?(?:e\d+)?", raw.decode())}
    numbers = {float(number) for number in written} | written | {number / 1000 for number in written}
    units = {BITCOIN_UNIT, 1.0}  # of the table of coins, where the row's own is cut away
    for length in range(len(raw)):
        try:
            cut = parsed(folder.parent.name, raw[:length], parameters)
        except BadPayload:
            continue
        assert set(all_numbers(cut)) <= numbers | units, f"cut at byte {length}"


@pytest.mark.thorough
@pytest.mark.parametrize("name", FEEDS)
def test_garbage_is_a_bad_payload_or_says_nothing_but_problems(name: str) -> None:
    for (kind, garbage), given in itertools.product(GARBAGE.items(), ({}, NEEDED)):
        try:
            reading = parsed(name, garbage, given)
        except BadPayload as refusal:
            assert len(str(refusal)) < 400, kind
            continue
        assert (reading.quotes, reading.rates, reading.slots) == ((), (), ()), kind
        assert reading.problems, kind


def test_garbage_is_no_feeds_answer() -> None:
    for kind, garbage in GARBAGE.items():
        try:
            reading = parsed(feeds.detect(garbage).name, garbage)  # it may look like one, such as a table without a row
        except BadPayload:
            continue
        assert (reading.quotes, reading.rates, reading.slots) == ((), (), ()), kind
        assert reading.problems, kind


@for_each(
    "folder",
    [  # but for those whose columns are told in the configuration
        one for one in FOLDERS if one.parent.name != "tariff_json" and not parameters_of(one).keys() & {"start", "zone"}
    ],
    ids=ids,
)
def test_a_saved_answer_is_recognised_by_what_is_in_it(folder: Path) -> None:
    assert feeds.detect(raw_of(folder)).name == folder.parent.name


@for_each(
    ("raw", "sentence"),
    [
        (b"", "not an empty one"),
        (b"<!DOCTYPE html><html>", "page of HTML"),
        (b'{"title": "Error", "detail": "Monthly usage exceeded"}', "Monthly usage exceeded"),
        (b'{"error": "Invalid key"}', "Invalid key"),
        (b'{"status": {"error_message": "too many"}}', "too many"),
        (
            b'{"what": "is this"}',
            "the answer of a source that is known, or a table of one's own; docs/feeds.md has them all",
        ),
        (b"x" * (MAXIMUM_BYTES + 1), "at most 8 MiB"),
    ],
)
def test_what_no_feed_answers_is_refused_with_what_it_is(raw: bytes, sentence: str) -> None:
    with pytest.raises(BadPayload, match=sentence):
        feeds.detect(raw)


@for_each("name", FEEDS)
def test_every_feed_has_a_capture_and_says_what_it_gives_and_on_what_terms(name: str) -> None:
    feed = FEEDS[name]

    assert any(folder.parent.name == name for folder in FOLDERS)
    assert feed.gives
    assert feed.terms
    assert feed.documentation
    assert feed.interval_seconds >= 60
    assert feed.base_url is None or feed.base_url.startswith("https://")


def mutated(raw: bytes, seed: int) -> bytes:
    """The answer with a few bytes changed, repeated or taken out: always the same ones for a seed."""
    dice = random.Random(seed)
    text = bytearray(raw)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(text))
        match dice.randrange(6):
            case 0:
                text[at] = dice.randrange(256)
            case 1:
                del text[at : at + dice.randint(1, 20)]
            case 2:
                text[at:at] = text[at : at + dice.randint(1, 40)]
            case 3:
                text[at:at] = dice.choice([b"null", b"-1", b"1e308", b"[]", b"{}", b'"x"', b"true", b"NaN", b"1e999"])
            case 4:
                digits = [i for i, c in enumerate(text) if 0x30 <= c <= 0x39]
                if digits:
                    text[dice.choice(digits)] = dice.choice(b"0123456789-.e")
            case _:
                text[at : at + 1] = dice.choice([b'"', b",", b":", b"\\u0000", b"\\ud800", b"\x00", b"<", b">"])
        if not text:
            return b""
    return bytes(text)


def all_numbers(reading: FeedReading) -> list[float | Decimal]:
    found: list[float | Decimal] = []
    for quote in reading.quotes:
        found += [held for field in fields(quote) if isinstance(held := getattr(quote, field.name), float)]
        found += [money.amount for money in (quote.price, quote.volume_per_day) if money is not None]
    found += [rate.worth.amount for rate in reading.rates]
    found += [slot.price.amount for slot in reading.slots]
    return found


@pytest.mark.parametrize("count", [100, pytest.param(400, marks=pytest.mark.thorough)])
@pytest.mark.parametrize("folder", FOLDERS, ids=ids)
def test_mutated_answers_give_possible_numbers_or_a_bad_payload(folder: Path, count: int) -> None:
    raw, parameters = raw_of(folder), parameters_of(folder)
    for seed in range(count):
        try:
            reading = parsed(folder.parent.name, mutated(raw, seed), parameters)
        except BadPayload:
            continue
        assert all(math.isfinite(number) for number in all_numbers(reading)), seed
        assert all(quote.price is None or quote.price.amount > 0 for quote in reading.quotes), seed
        assert all(slot.start < slot.end for slot in reading.slots), seed
        assert all(one.end <= two.start for one, two in zip(reading.slots, reading.slots[1:], strict=False)), seed
        assert all("\n" not in problem and len(problem) <= 256 for problem in reading.problems), seed


@for_each("folder", [one for one in FOLDERS if one.parent.name != "tariff_json"], ids=ids)
def test_a_file_that_an_editor_began_with_a_byte_order_mark_reads_the_same(folder: Path) -> None:
    raw, parameters = raw_of(folder), parameters_of(folder)

    assert parsed(folder.parent.name, b"\xef\xbb\xbf" + raw, parameters) == parsed(folder.parent.name, raw, parameters)
    if not parameters:
        assert feeds.detect(b"\xef\xbb\xbf" + raw).name == folder.parent.name
