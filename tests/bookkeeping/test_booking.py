"""Events become entries: each fact once, the first seen holds, all of a file or nothing."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from miner_agent.bookkeeping.booking import Request, book_events
from miner_agent.bookkeeping.books_folder import BooksFolder
from miner_agent.bookkeeping.events_file import UnfitFile, parse_events_file
from miner_agent.model.book.events import Payout, Sale
from miner_agent.model.book.whole_book import BookTerms
from miner_agent.storage.ledger.ledger_file import LedgerFile
from miner_agent.storage.sqlite.file_names import LEDGER_FILE
from tests import databases
from tests.bookkeeping.books import NOW, book_in, entries_in, events_file, imported, payout, sale, told


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


def test_of_many_equal_payouts_the_one_of_the_same_moment_is_meant(folder: Path) -> None:
    """A pool with a threshold pays the same amount again and again."""
    times = [f"2025-05-05T{hour:02}:15:30Z" for hour in range(12)]
    told(folder, *(payout(f"pool/{time}", time=time) for time in times))
    linked = told(folder, *(payout(f"wallet/{time}", time=time, txid=time) for time in times[1:]))
    assert [link.target for link in linked.linked] == [f"pool/{time}" for time in times[1:]]
    told(folder, *(payout(f"more/{time}", time=time) for time in times))
    (undecided,) = told(folder, payout("near", time="2025-05-05T06:20:00Z", txid="near")).open
    assert len(undecided.candidates) == 8
    assert undecided.candidates[0] == "more/2025-05-05T06:15:30Z"


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


def test_what_follows_from_a_chain_is_the_same_each_time(folder: Path) -> None:
    told(folder, payout("a"), sale("s"))
    assert book_in(folder) == book_in(folder)
    assert replace(book_in(folder), name="x") != book_in(folder)
    assert isinstance(book_in(folder).events[1], Sale)


def test_each_thread_opens_its_own(folder: Path) -> None:
    told(folder, payout("a"))
    with (
        LedgerFile.open_read_only(folder / LEDGER_FILE) as one,
        LedgerFile.open(folder / LEDGER_FILE, now=NOW) as other,
    ):
        assert one.head("main") == other.head("main")


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
