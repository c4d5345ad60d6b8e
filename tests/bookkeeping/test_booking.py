"""Events become entries: each fact once, the first seen holds, all of a file or nothing."""

import random
import sqlite3
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from calculators.books.exact import plain
from miner_agent.bookkeeping.booking import Request, book_events
from miner_agent.bookkeeping.books_folder import BooksFolder
from miner_agent.bookkeeping.event_body import body_of, events_of, fact_of, transaction_fact
from miner_agent.bookkeeping.event_reader import EventRefused, read_amount, read_event
from miner_agent.bookkeeping.events_file import UnfitFile, parse_events_file
from miner_agent.errors import StorageError
from miner_agent.model.book.events import Link, Payout, Sale
from miner_agent.model.book.whole_book import BookTerms
from miner_agent.storage.ledger.chain_check import check_books
from miner_agent.storage.ledger.ledger_file import LedgerFile
from miner_agent.storage.sqlite.file_names import LEDGER_FILE, STATE_FILE
from tests import databases
from tests.bookkeeping.books import NOW, book_in, entries_in, events_file, imported, payout, sale, told

FEW, MANY = 500, 1_000_000


def statuses(folder: Path) -> dict[str, str]:
    return {one.event.id: one.status for one in entries_in(folder) if one.event.kind != "setting"}


def values(folder: Path) -> dict[str, Decimal | None]:
    return {event.id: event.value for event in book_in(folder).events if isinstance(event, Payout)}


def test_a_file_without_events_begins_the_book(folder: Path) -> None:
    booked = told(folder, currency="EUR", country="DE", time_zone="Europe/Berlin", method="lifo", activity="business")
    book = book_in(folder)

    assert (booked.head.seq, booked.settings, book.events) == (5, 5, ())
    assert book.terms == BookTerms(
        currency="EUR", country="DE", time_zone="Europe/Berlin", method="lifo", scope="universal", activity="business"
    )


def test_the_scope_follows_the_country_unless_it_is_said(folder: Path) -> None:
    told(folder)
    assert book_in(folder).terms == BookTerms(currency="USD")
    told(folder, country="GB")
    assert book_in(folder).terms.scope == "universal"
    told(folder, scope="wallet", note="free text", scenario="any")
    assert (book_in(folder).terms.scope, book_in(folder).terms.country) == ("wallet", "GB")


def test_the_same_file_and_overlapping_files_add_each_fact_once(folder: Path) -> None:
    first = events_file(payout("a"), payout("b", txid="ab" * 32), sale("s"))
    assert len(imported(folder, first).added) == 4
    again = imported(folder, first)
    assert (again.added, again.known) == ((), 3)
    more = told(folder, payout("b", txid="0x" + "AB" * 32, value="99.00"), payout("c"))
    assert ([event.id for event in more.added], more.known) == (["c"], 1)
    assert values(folder) == {"a": Decimal("42.00"), "b": Decimal("42.00"), "c": Decimal("42.00")}


def test_twin_payouts_of_one_second_survive(folder: Path) -> None:
    told(folder, payout("a"), payout("b"))
    told(folder, payout("a"), payout("b"), payout("c"))

    assert len(values(folder)) == 3


def test_outputs_of_one_transaction_are_facts_of_their_own(folder: Path) -> None:
    told(
        folder,
        payout("a", txid="T", output=0),
        payout("b", txid="T", output=1),
        payout("c", txid="T", output=1, wallet="v"),
    )
    assert len(values(folder)) == 3
    assert told(folder, payout("x", txid="T", output=1)).known == 1


def test_what_was_cancelled_or_amended_stays_so_when_the_fact_comes_again(folder: Path) -> None:
    told(folder, payout("a", txid="A"), payout("b", txid="B"))
    told(
        folder,
        {"id": "x", "kind": "cancel", "time": "2025-06-01T00:00:00Z", "target": "a", "why": "orphaned"},
        {
            "id": "y",
            "kind": "amend",
            "time": "2025-06-01T00:00:00Z",
            "target": "b",
            "set": {"value": "43.10"},
            "why": "typo",
        },
    )
    again = told(folder, payout("from the pool", txid="A"), payout("another", txid="B"))

    assert again.added == ()
    assert values(folder) == {"b": Decimal("43.10")}
    assert statuses(folder) == {"a": "cancelled", "b": "amended", "x": "booked", "y": "booked"}


def test_a_correction_that_is_cancelled_corrects_nothing(folder: Path) -> None:
    told(folder, payout("a"), payout("b"))
    when = {"time": "2025-06-01T00:00:00Z", "why": "w"}
    told(
        folder,
        {"id": "x", "kind": "cancel", "target": "a", **when},
        {"id": "y", "kind": "cancel", "target": "x", **when},
    )
    told(folder, {"id": "p", "kind": "amend", "target": "b", "set": {"value": "1"}, **when})
    told(folder, {"id": "q", "kind": "amend", "target": "b", "set": {"value": "2", "price": "3"}, **when})
    assert values(folder) == {"a": Decimal(42), "b": Decimal(2)}
    told(folder, {"id": "r", "kind": "cancel", "target": "q", **when})
    assert values(folder) == {"a": Decimal(42), "b": Decimal(1)}


def test_a_valuation_prices_what_is_unpriced_and_nothing_else(folder: Path) -> None:
    told(folder, payout("a", price=None, value=None), payout("b"), payout("c", value=None, price="2", amount="3"))
    assert book_in(folder).unpriced == ("a",)
    assert values(folder)["c"] == 6  # its price tells it
    when = {"kind": "valuation", "time": "2025-06-01T00:00:00Z", "price": "281.5"}
    told(folder, {"id": "v", "target": "a", "value": "42.23", **when}, {"id": "w", "target": "b", "value": "1", **when})
    told(folder, {"id": "late", "target": "a", "value": "7", **when})

    assert values(folder) == {"a": Decimal("42.23"), "b": Decimal("42.00"), "c": Decimal(6)}
    assert book_in(folder).unpriced == ()


def test_another_currency_than_the_books_is_refused(folder: Path) -> None:
    told(folder, payout("a"))
    with pytest.raises(UnfitFile, match="its currency is EUR, but book main is kept in USD"):
        told(folder, payout("b"), currency="EUR")
    imported(folder, events_file(payout("a"), currency="EUR"), "second")

    assert list(values(folder)) == ["a"]
    assert book_in(folder, "second").terms.currency == "EUR"


def test_all_of_a_file_is_booked_or_nothing(folder: Path) -> None:
    told(folder, payout("a"))
    cancel = {"id": "x", "kind": "cancel", "time": "2025-06-01T00:00:00Z", "target": "nobody", "why": "w"}
    with pytest.raises(UnfitFile, match=r'events\.json: event 2 "x": target = "nobody" is no earlier event'):
        told(folder, payout("b"), cancel)
    with pytest.raises(UnfitFile, match="no earlier event"):
        told(folder, {**cancel, "target": "c"}, payout("c"))

    assert list(values(folder)) == ["a"]


def test_a_dry_run_says_what_would_come_of_it(tmp_path: Path, folder: Path) -> None:
    nowhere = tmp_path / "nowhere"
    assert len(imported(nowhere, events_file(payout("a")), dry_run=True).added) == 2
    assert not nowhere.exists()
    told(folder, payout("a"))
    assert [e.id for e in imported(folder, events_file(payout("a"), payout("b")), dry_run=True).added] == ["b"]
    assert list(values(folder)) == ["a"]


@pytest.mark.parametrize("known_first", [True, False])
def test_a_payout_under_another_key_is_linked_where_it_is_unique(folder: Path, *, known_first: bool) -> None:
    """From the pool without the transaction, and from the wallet with it, in either order."""
    by_pool = payout("pool/7")
    by_wallet = payout("w1", txid="T", time="2025-05-05T08:47:11Z", value="41.00")
    first, second = (by_pool, by_wallet) if known_first else (by_wallet, by_pool)
    told(folder, first)
    parsed = parse_events_file(events_file(second, payout("another", txid="U", amount="0.2")), "x")
    request = Request(events=parsed.events, by_whom="a test", currency="USD", made_up_ids=True)
    linked = book_events(BooksFolder(folder), "main", request, now=NOW)

    assert [link.target for link in linked.linked] == [first["id"]]
    assert values(folder) == {first["id"]: Decimal(first["value"]), "another": Decimal(42)}
    assert {event.txid for event in book_in(folder).events if isinstance(event, Payout)} == {"T", "U"}
    assert told(folder, by_pool, by_wallet).known == 2


def test_a_payout_with_an_id_of_its_source_is_no_other_one_whose_transaction_is_known(folder: Path) -> None:
    told(folder, payout("a", txid="T"))
    told(folder, payout("b"))

    assert list(values(folder)) == ["a", "b"]


def test_payouts_of_one_file_are_never_one(folder: Path) -> None:
    told(folder, payout("a"), payout("b", txid="T"))
    assert len(values(folder)) == 2


def test_what_may_be_one_of_several_is_an_open_item_that_somebody_decides(folder: Path) -> None:
    told(folder, payout("a"), payout("b"))
    booked = told(folder, payout("c", txid="T"))
    (item,) = book_in(folder).open_items

    assert (booked.linked, [link.candidates for link in booked.open]) == ((), [("a", "b")])
    assert "may be one of: a, b" in item.sentence
    assert len(values(folder)) == 2
    decided = {
        "id": "d",
        "kind": "amend",
        "time": "2025-06-01T00:00:00Z",
        "target": item.id,
        "why": "seen in the wallet",
    }
    told(folder, {**decided, "set": {"target": "b"}})
    assert book_in(folder).open_items == ()
    assert len(values(folder)) == 2
    told(folder, {**decided, "id": "e", "set": {"target": item.id}})
    assert set(values(folder)) == {"a", "b", item.id}


def test_unequal_amounts_of_one_id_are_never_merged_in_silence(folder: Path) -> None:
    told(folder, payout("a"))
    booked = told(folder, payout("a", txid="T", amount="0.14"))

    assert (booked.linked, len(booked.open)) == ((), 1)
    assert len(book_in(folder).open_items) == 1


def test_two_facts_with_one_id_both_stand_and_what_is_said_of_them_finds_the_right_one(folder: Path) -> None:
    told(folder, payout("1", txid="T", amount="0.1"))
    told(
        folder,
        payout("1", txid="U", amount="0.2"),
        {"id": "x", "kind": "cancel", "time": "2025-06-01T00:00:00Z", "target": "1", "why": "taken back"},
    )
    assert statuses(folder) == {"1": "booked", "1~2": "cancelled", "x": "booked"}


def test_chosen_lots_hold_where_they_were_chosen_in_time(folder: Path) -> None:
    choice = {"kind": "lot_choice", "target": "s", "lots": [["b", "0.1"]]}
    told(
        folder,
        payout("a", value="1"),
        payout("b", value="2"),
        {"id": "c", "time": "2025-09-15T11:59:59Z", **choice},
        sale("s"),
    )
    book = book_in(folder)
    assert [(piece.receipt_id, piece.amount) for piece in book.matching.pieces] == [("b", Decimal("0.1"))]
    late = folder / "late"
    databases.begun(late)
    databases.empty_ledger(late)
    told(
        late,
        payout("a", value="1"),
        payout("b", value="2"),
        sale("s"),
        {"id": "c", "time": "2025-09-15T12:00:01Z", **choice},
    )
    assert [piece.receipt_id for piece in book_in(late).matching.pieces] == ["a"]
    assert "after it" in book_in(late).open_items[0].sentence


def test_a_bill_stands_in_place_of_the_energy_of_its_days(folder: Path) -> None:
    def energy(day: str) -> dict[str, Any]:
        return {"id": day, "kind": "energy", "time": f"{day}T23:30:00Z", "device": "rig", "kwh": "10", "value": "2.00"}

    bill = {
        "id": "bill",
        "kind": "invoice",
        "time": "2025-06-01T00:00:00Z",
        "from": "2025-05-02",
        "to": "2025-05-03",
        "kwh": "19",
        "value": "4",
    }
    told(
        folder, *map(energy, ("2025-04-30", "2025-05-01", "2025-05-02", "2025-05-03")), bill, time_zone="Europe/Berlin"
    )

    assert [event.id for event in book_in(folder).events] == [
        "2025-04-30",
        "2025-05-03",
        "bill",
    ]  # 23:30 is the day after


def test_more_sold_than_held_is_told(folder: Path) -> None:
    told(folder, payout("a", amount="0.1"), sale("s", amount="0.3"))
    (item,) = book_in(folder).open_items

    assert (item.id, "0.2 XMR more left w than was in it" in item.sentence) == ("s", True)


def test_books_that_are_gone_or_cut_are_not_begun_anew(folder: Path) -> None:
    told(folder, payout("a"), payout("b"))
    whole = (folder / LEDGER_FILE).read_bytes()
    for content in (None, b"", databases.empty_ledger(folder / "empty").read_bytes()):
        for file in folder.glob(f"{LEDGER_FILE}*"):
            file.unlink()
        if content is not None:
            (folder / LEDGER_FILE).write_bytes(content)
        with pytest.raises(StorageError, match=r"state\.db knows"):
            told(folder, payout("c"))
    for file in folder.glob(f"{LEDGER_FILE}*"):
        file.unlink()
    (folder / LEDGER_FILE).write_bytes(whole)
    assert len(told(folder, payout("c")).added) == 1
    assert check_books(folder / LEDGER_FILE, BooksFolder(folder).known()).findings == ()


def test_a_lost_state_costs_no_book(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told(folder, payout("a"))
    for file in folder.glob(f"{STATE_FILE}*"):
        file.unlink()
    assert BooksFolder(folder).known() is None
    databases.empty_state(folder)
    told(folder, payout("b"))
    known = BooksFolder(folder).known()
    assert known is not None
    assert known["main"].seq == 3


@pytest.mark.parametrize("count", [FEW, pytest.param(MANY, marks=pytest.mark.thorough)])
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


@pytest.mark.parametrize(
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


@pytest.mark.parametrize(
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


def test_what_follows_from_a_chain_is_the_same_each_time(folder: Path) -> None:
    told(folder, payout("a"), sale("s"))
    assert book_in(folder) == book_in(folder)
    assert replace(book_in(folder), name="x") != book_in(folder)
    assert isinstance(book_in(folder).events[1], Sale)


def test_kinds_that_commands_write_are_not_taken_from_a_file() -> None:
    link = {"id": "x", "kind": "link", "time": "2025-06-01T00:00:00Z", "payout": payout("a")}
    assert isinstance(read_event(link), Link)
    with pytest.raises(UnfitFile, match='kind = "link" is not taken from a file'):
        parse_events_file(events_file(link), "events.json")


def test_each_thread_opens_its_own(folder: Path) -> None:
    told(folder, payout("a"))
    with (
        LedgerFile.open_read_only(folder / LEDGER_FILE) as one,
        LedgerFile.open(folder / LEDGER_FILE, now=NOW) as other,
    ):
        assert one.head("main") == other.head("main")


@pytest.mark.parametrize(
    "time", ["2025-05-05T08:15:30+02:00:30", "2025-05-05 08:15:30.123456789+05:45", "20250505T081530Z"]
)
def test_every_time_that_is_taken_comes_out_as_it_went_in(folder: Path, time: str) -> None:
    told(folder, payout("a", time=time))
    (event,) = book_in(folder).events

    assert event.time == read_event(payout("a", time=time)).time


def test_what_is_said_of_a_whole_book_is_said_anew_and_not_corrected(folder: Path) -> None:
    told(folder, payout("a"), method="lifo")
    when = {"time": "2025-06-01T00:00:00Z", "why": "w"}
    for correction in (
        {"id": "x", "kind": "cancel", "target": "setting/currency/1"},
        {"id": "y", "kind": "amend", "target": "setting/method/1", "set": {"setting": "nonsense"}},
    ):
        with pytest.raises(UnfitFile, match="is about the whole book"):
            told(folder, {**correction, **when})
    told(folder, method="hifo")
    assert book_in(folder).terms.method == "hifo"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entries SET body = '{}' WHERE seq = 2",
        "UPDATE entries SET body = 'x' WHERE seq = 2",
        "UPDATE entries SET body = CAST(x'7bff7d' AS TEXT) WHERE seq = 2",
        "DELETE FROM entries WHERE seq = 1",
    ],
)
def test_of_entries_that_nobody_wrote_so_no_book_follows_but_a_sentence(folder: Path, statement: str) -> None:
    told(folder, payout("a"))
    with closing(sqlite3.connect(folder / LEDGER_FILE, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER entries_keep_update")
        connection.execute("DROP TRIGGER entries_keep_delete")
        connection.execute(statement)
    with pytest.raises(StorageError, match=r"ledger (verify|restore)"):
        book_in(folder)
    if "seq = 1" not in statement:
        with pytest.raises(StorageError, match=r"ledger (verify|restore)"):
            told(folder, payout("a", txid="T"))
