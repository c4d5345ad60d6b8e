"""What a file of events may say, and the sentence about what it may not."""

import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from calculators.books.exact import plain
from miner_agent.bookkeeping.event_body import body_of, events_of, fact_of, transaction_fact
from miner_agent.bookkeeping.event_reader import EventRefused, read_amount, read_event
from miner_agent.bookkeeping.events_file import UnfitFile, parse_events_file
from miner_agent.model.book.events import Link, Payout
from tests.bookkeeping.books import book_in, events_file, payout, told
from tests.for_each import for_each

FEW, MANY = 500, 1_000_000


@pytest.mark.parametrize(
    "count", [FEW, pytest.param(MANY // 10, marks=pytest.mark.thorough), pytest.param(MANY, marks=pytest.mark.soak)]
)
def test_decimals_come_out_as_they_went_in(count: int) -> None:
    chosen, sample = random.Random(18), read_event(payout("a"))
    assert isinstance(sample, Payout)
    for start in range(0, count, 10_000):
        digits = [
            f"{chosen.randrange(10**10)}.{chosen.randrange(10**18):018d}" for _ in range(min(10_000, count - start))
        ]
        bodies = [body_of(replace_amount(sample, read_amount(text))) for text in digits]
        out = [event.amount for event in events_of(bodies) if isinstance(event, Payout)]
        assert [plain(amount) for amount in out] == digits


def replace_amount(sample: Payout, amount: Decimal) -> Payout:
    import msgspec

    return msgspec.structs.replace(sample, amount=amount)


def test_a_body_is_canonical_and_says_only_what_was_said() -> None:
    event = read_event(payout("ä\u0000\n", price="1E-7", value=None, amount="1e3", note="=CMD()"))
    assert body_of(event) == (
        '{"amount":"1000","asset":"XMR","id":"ä\\u0000\\n","kind":"payout","note":"=CMD()","price":"0.0000001",'
        '"time":"2025-05-05T08:15:30Z","value":"0.0001","wallet":"w"}'
    )
    assert events_of([body_of(event)]) == [event]
    assert fact_of(event) == '["id","ä\\u0000\\n"]'
    assert transaction_fact("T", "0xAB", 'w"', None) == '["tx","T","0xAB","w\\""]'


@for_each(
    ("change", "sentence"),
    [
        ({"amount": 0.15}, 'amount = 0.15 is no text; write it in quotes, so that no digit is lost: "0.15"'),
        ({"amount": "0,15"}, 'amount = "0,15" is no number; write it as text with a point, such as "0.15"'),
        ({"amount": "NaN"}, 'amount = "NaN" is no number'),
        ({"amount": "\u0661"}, "is no number"),
        ({"amount": "0"}, "is not above zero"),
        ({"amount": "-1"}, "is not above zero"),
        ({"amount": "1e31"}, "is no amount"),
        ({"amount": "1e-37"}, "is no amount"),
        ({"amount": "1" * 500}, "is no number"),
        ({"value": "-1"}, "is below zero"),
        ({"time": "2025-05-05T08:15:30"}, "has no time zone"),
        ({"time": "yesterday"}, "is no time"),
        ({"time": None}, "is no time"),
        ({"kind": "payuot"}, 'kind = "payuot" is not known; did you mean "payout"?'),
        ({"kind": "setting"}, "missing"),
        ({"vlaue": "1"}, 'key "vlaue" is not one of payout; did you mean "value"?'),
        ({"wallet": ""}, 'wallet = "" is empty'),
        ({"wallet": "x" * 300}, "is longer than 200 characters"),
        ({"id": "\ud800"}, "holds half a character"),
        ({"output": "-1"}, "is no whole number"),
    ],
)
def test_what_cannot_be_booked_is_said_with_what_should_stand_there(change: dict[str, Any], sentence: str) -> None:
    raw = payout("a") | change
    if change.get("kind") == "setting":
        with pytest.raises(EventRefused):
            read_event(raw)
        return
    with pytest.raises(UnfitFile) as refused:
        parse_events_file(events_file(payout("first"), raw), "events.json")
    assert str(refused.value).startswith("events.json: event 2")
    assert sentence in str(refused.value)


@for_each(
    ("raw", "sentence"),
    [
        (b"", "line 1, column 1: this is no JSON"),
        (b"\xff", "byte 0 is no UTF-8"),
        (b"[]", "expected an object"),
        (b"[" * 100_000, "nested deeper"),
        (b'{"events": []}', 'key "currency" is missing'),
        (b'{"currency": "usd", "events": []}', 'currency = "usd" is no code'),
        (b'{"currency": "USD"}', 'key "events" has to be a list'),
        (b'{"currency": "USD", "events": [], "events": []}', 'key "events" stands twice'),
        (b'{"currency": "USD", "events": [], "county": "US"}', 'key "county" is not known'),
        (b'{"currency": "USD", "events": [], "country": "FR"}', "write one of US, GB, DE, CA, AU"),
        (b'{"currency": "USD", "events": [], "time_zone": "../../etc/passwd"}', "IANA name"),
        (b'{"currency": "USD", "events": [7]}', "event 1: 7 is no object"),
        (b'{"currency": "USD", "events": [{"kind": "payout"}]}', 'key "id" is missing'),
    ],
)
def test_a_file_that_is_none_is_said_in_one_sentence(raw: bytes, sentence: str) -> None:
    with pytest.raises(UnfitFile) as refused:
        parse_events_file(raw, "events.json")
    assert sentence in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_id_stands_once_in_a_file() -> None:
    with pytest.raises(UnfitFile, match="its id stands in an earlier event"):
        parse_events_file(events_file(payout("a"), payout("a")), "events.json")


def test_an_amendment_is_checked_as_an_event_is(folder: Path) -> None:
    told(folder, payout("a"))
    amend = {"id": "x", "kind": "amend", "time": "2025-06-01T00:00:00Z", "target": "a", "why": "w"}
    for changes, sentence in (
        ({"value": "abc"}, "is no number"),
        ({"device": "rig"}, "is not one of payout"),
        ({"id": "b"}, "set replaces id"),
        ({}, "set is empty"),
    ):
        with pytest.raises(UnfitFile, match=sentence):
            told(folder, {**amend, "set": changes})


def test_kinds_that_commands_write_are_not_taken_from_a_file() -> None:
    link = {"id": "x", "kind": "link", "time": "2025-06-01T00:00:00Z", "payout": payout("a")}
    assert isinstance(read_event(link), Link)
    with pytest.raises(UnfitFile, match='kind = "link" is not taken from a file'):
        parse_events_file(events_file(link), "events.json")


@pytest.mark.parametrize(
    "time", ["2025-05-05T08:15:30+02:00:30", "2025-05-05 08:15:30.123456789+05:45", "20250505T081530Z"]
)
def test_every_time_that_is_taken_comes_out_as_it_went_in(folder: Path, time: str) -> None:
    told(folder, payout("a", time=time))
    (event,) = book_in(folder).events

    assert event.time == read_event(payout("a", time=time)).time
