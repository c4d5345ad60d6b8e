"""Lots by the order of a method: worked examples, transfers, choices, and what must hold of every history."""

import json
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calculators.books.exact import EXACT, exact_sum, fraction_sum
from calculators.books.lot_pile import LotMethod
from calculators.books.lots import Order
from calculators.books.matching_rules import MatchingMethod, MatchingScope, match
from calculators.books.movements import Disposal, HeldLot, Matching, Movement, Piece, Receipt
from tests import examples
from tests.calculators.books.histories import at, disposal, move, receipt
from tests.for_each import for_each
from tests.requires import NO_CAPTURED_DATA, captured_folder

UTC_ZONE = ZoneInfo("UTC")
LOT_METHODS: list[LotMethod] = ["fifo", "lifo", "hifo", "lofo"]
METHODS: list[MatchingMethod] = [*LOT_METHODS, "specific", "average", "section104"]
SCOPES: list[MatchingScope] = ["wallet", "universal"]


def matched(
    movements: Sequence[Movement], method: MatchingMethod = "fifo", scope: MatchingScope = "wallet", **more: object
) -> Matching:
    return match(movements, method=method, scope=scope, zone=UTC_ZONE, **more)  # type: ignore[arg-type]


def gain(matching: Matching) -> Fraction:
    return fraction_sum(piece.gain for piece in matching.pieces if piece.gain is not None)


def taken(matching: Matching, disposal_id: str) -> list[tuple[str | None, str]]:
    return [(piece.receipt_id, str(piece.amount)) for piece in matching.pieces if piece.disposal_id == disposal_id]


DEMO: list[Movement] = [
    receipt("p1", 0, "0.15", "42.00"),
    receipt("p2", 1, "0.20", "68.00"),
    receipt("p3", 2, "0.25", "80.00"),
    disposal("f1", 3, "0.001", "0.30", kind="fee"),
    disposal("s1", 4, "0.30", "90.00"),
]


@pytest.mark.parametrize("method", LOT_METHODS)
def test_the_published_example_comes_out_to_the_last_digit(method: LotMethod) -> None:
    folder = captured_folder()
    if folder is None:
        pytest.skip(NO_CAPTURED_DATA)
    expected = json.loads((folder / "tax" / "demo_expected.json").read_text())

    for scope in SCOPES:
        told = matched(DEMO, method, scope)
        assert gain(told) == Fraction(expected["gain"][method]["all"])
        fees = [piece.gain for piece in told.pieces if piece.disposal_id == "f1"]
        assert fees == [Fraction(expected["gain"][method]["2025 fee"])]
        assert exact_sum(lot.amount for lot in told.held) == Decimal(expected["holdings"]["XMR"])
        left = fraction_sum(lot.basis for lot in told.held if lot.basis is not None)
        assert left == Fraction(expected["cost_left"][method]["XMR"])


def test_the_dearest_go_first_by_what_one_coin_cost() -> None:
    """Lots of 1 at 130 and 3 at 100: 2 of them sold at 300 gain 370, which a known program tells as 400."""
    history: list[Movement] = [receipt("a", 0, "1", "130"), receipt("b", 1, "3", "300"), disposal("s", 2, "2", "600")]

    assert gain(matched(history, "hifo")) == 370
    assert gain(matched(history, "lofo")) == 400
    assert gain(matched(history, "fifo")) == 370
    assert gain(matched(history, "lifo")) == 400


def test_of_lots_at_one_price_the_oldest_goes_first_and_one_without_a_price_last() -> None:
    history: list[Movement] = [
        receipt("none", 0, "1", None),
        receipt("old", 1, "1", "10"),
        receipt("new", 2, "2", "20"),
        disposal("s", 3, "4", "40"),
    ]

    for method in ("hifo", "lofo"):
        told = matched(history, method)
        assert [piece.receipt_id for piece in told.pieces] == ["old", "new", "none"]
        assert told.pieces[-1].basis is None
        assert told.pieces[-1].gain is None
        assert told.pieces[-1].proceeds == 10


def test_prices_that_no_float_tells_apart_are_told_apart() -> None:
    dearer = "100.000000000000000000000000000000000001"
    history: list[Movement] = [receipt("a", 0, "3", "100"), receipt("b", 1, "3", dearer), disposal("s", 2, "1", "1")]

    assert taken(matched(history, "hifo"), "s") == [("b", "1")]
    assert taken(matched(history, "lofo"), "s") == [("a", "1")]


def test_a_third_of_a_lot_costs_a_third() -> None:
    history: list[Movement] = [
        receipt("a", 0, "3", "10"),
        *(disposal(f"s{number}", number, "1", "5") for number in (1, 2, 3)),
    ]

    told = matched(history)

    assert [piece.basis for piece in told.pieces] == [Fraction(10, 3)] * 3
    assert gain(told) == 5
    assert told.held == ()


def test_ten_thousand_millions_and_the_smallest_part_of_a_coin_stay_whole() -> None:
    big, dust = "10000000000", "0.000000000000000001"
    history: list[Movement] = [receipt("big", 0, big, "1"), receipt("dust", 1, dust, "1"), disposal("s", 2, big, "7")]

    told = matched(history)

    assert [(lot.receipt_id, lot.amount) for lot in told.held] == [("dust", Decimal(dust))]
    both = matched([receipt("one", 0, "10000000000.000000000000000001", "1"), disposal("s", 1, dust, "1")])
    assert [lot.amount for lot in both.held] == [Decimal(big)]


def test_a_transfer_takes_the_lots_that_a_sale_would_take_with_their_date_and_basis() -> None:
    history: list[Movement] = [
        receipt("old", 0, "1", "10", wallet="a"),
        receipt("new", 1, "1", "30", wallet="a"),
        receipt("there", 2, "1", "20", wallet="b"),
        move("m", 3, "0.5", "a", "b"),
        disposal("s", 4, "1", "100", wallet="b"),
    ]

    fifo, hifo = matched(history), matched(history, "hifo")

    assert taken(fifo, "s") == [("old", "0.5"), ("there", "0.5")]
    assert fifo.pieces[0].acquired_at == at(0)
    assert fifo.pieces[0].wallet == "b"
    assert taken(hifo, "s") == [("new", "0.5"), ("there", "0.5")]
    assert [(lot.receipt_id, lot.wallet, lot.amount) for lot in fifo.held] == [
        ("old", "a", Decimal("0.5")),
        ("new", "a", Decimal(1)),
        ("there", "b", Decimal("0.5")),
    ]


def test_where_lots_lie_everywhere_a_transfer_changes_only_where_the_coins_are() -> None:
    history: list[Movement] = [
        receipt("a", 0, "1", "10", wallet="a"),
        receipt("b", 1, "1", "20", wallet="b"),
        move("m", 2, "0.25", "a", "c"),
        disposal("s", 3, "1", "100", wallet="b"),
    ]

    told = matched(history, scope="universal")

    assert taken(told, "s") == [("a", "1")]
    assert [(lot.receipt_id, lot.wallet, lot.amount) for lot in told.held] == [
        ("b", "c", Decimal("0.25")),
        ("b", "a", Decimal("0.75")),
    ]


def test_parts_of_one_lot_that_meet_again_are_one_lot() -> None:
    history: list[Movement] = [
        receipt("a", 0, "1", "10", wallet="a"),
        move("there", 1, "0.4", "a", "b"),
        move("back", 2, "0.4", "b", "a"),
        disposal("s", 3, "1", "100", wallet="a"),
    ]

    assert taken(matched(history), "s") == [("a", "1.0")]


@for_each("method", METHODS)
def test_what_was_not_there_is_told_and_has_no_basis(method: MatchingMethod) -> None:
    history: list[Movement] = [receipt("a", 0, "1", "10"), disposal("s", 1, "1.5", "150")]

    told = matched(history, method)

    assert [(short.disposal_id, short.amount) for short in told.shortages] == [("s", Decimal("0.5"))]
    assert [(piece.basis, piece.proceeds) for piece in told.pieces] == [
        (Fraction(10), Fraction(100)),
        (None, Fraction(50)),
    ]
    assert told.pieces[-1].receipt_id is None
    assert told.held == ()


@for_each("method", METHODS)
def test_a_receipt_of_the_same_moment_that_stands_later_is_found(method: MatchingMethod) -> None:
    history: list[Movement] = [
        disposal("s", 1, "1", "50", wallet="b"),
        move("m", 1, "1", "a", "b"),
        receipt("a", 1, "1", "10", wallet="a"),
    ]

    told = matched(history, method)

    assert told.shortages == ()
    assert gain(told) == 40


def test_what_is_there_goes_before_what_comes_at_the_same_moment() -> None:
    history: list[Movement] = [
        receipt("old", 0, "1", "10"),
        disposal("s", 1, "1", "50"),
        receipt("same", 1, "1", "30"),
    ]

    assert taken(matched(history, "lifo"), "s") == [("old", "1")]
    assert taken(matched([history[0], history[2], history[1]], "lifo"), "s") == [("same", "1")]


def test_the_time_decides_and_not_the_order_in_which_it_was_booked() -> None:
    history: list[Movement] = [disposal("s", 2, "1", "50"), receipt("b", 1, "1", "30"), receipt("a", 0, "1", "10")]

    assert taken(matched(history), "s") == [("a", "1")]


def test_a_lot_that_was_chosen_away_may_come_back() -> None:
    history: list[Movement] = [
        receipt("a", 0, "1", "10", wallet="a"),
        receipt("b", 1, "1", "20", wallet="a"),
        disposal("s", 2, "0.5", "50", wallet="a"),
        move("there", 3, "1", "a", "b"),
        move("back", 4, "1", "b", "a"),
        disposal("t", 5, "1.5", "150", wallet="a"),
    ]

    told = matched(history, "specific", choices={"there": [("b", Decimal(1))]})

    assert taken(told, "t") == [("a", "0.5"), ("b", "1")]


def test_chosen_lots_go_and_the_rest_by_the_oldest() -> None:
    history: list[Movement] = [
        receipt("a", 0, "1", "10"),
        receipt("b", 1, "1", "20"),
        receipt("c", 2, "1", "30"),
        disposal("s", 3, "1.5", "150"),
        disposal("t", 4, "1", "100"),
    ]
    choices = {"s": [("c", Decimal("0.75")), ("gone", Decimal(1)), ("b", Decimal("0.5"))]}

    told = matched(history, "specific", choices=choices)

    assert taken(told, "s") == [("c", "0.75"), ("b", "0.5"), ("a", "0.25")]
    assert taken(told, "t") == [("a", "0.75"), ("b", "0.25")]


def test_a_standing_order_holds_from_its_moment_on_and_for_its_wallet() -> None:
    def of(wallet: str) -> list[Movement]:
        return [
            receipt(f"old {wallet}", 0, "2", "20", wallet=wallet),
            receipt(f"new {wallet}", 1, "2", "80", wallet=wallet),
            disposal(f"before {wallet}", 2, "0.5", "1", wallet=wallet),
            disposal(f"after {wallet}", 4, "0.5", "1", wallet=wallet),
        ]

    orders = [Order(at=at(3), method="hifo", wallet="a")]
    told = matched([*of("a"), *of("b")], orders=orders)

    assert taken(told, "before a") == [("old a", "0.5")]
    assert taken(told, "after a") == [("new a", "0.5")]
    assert taken(told, "after b") == [("old b", "0.5")]


def test_an_amount_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="x: an amount of 0 XMR; expected one above zero"):
        matched([receipt("x", 0, "0", "1")])


amounts = st.sampled_from(
    ["1", "3", "0.1", "0.7", "0.000000000000000001", "10000000000", "0.333333333333", "12.345678901234567891"]
)
values = st.sampled_from(["0.01", "10", "100.10", "7.77", "0", "99999.99"])
places = st.sampled_from(["a", "b"])
whens = st.integers(0, 90).map(lambda hours: hours / 3)


@st.composite
def histories(draw: st.DrawFn) -> list[Movement]:
    told: list[Movement] = []
    for number in range(draw(st.integers(0, 14))):
        name, day, amount = f"m{number}", draw(whens), draw(amounts)
        match draw(st.sampled_from(["in", "in", "out", "move"])):
            case "in":
                told.append(receipt(name, day, amount, draw(values), wallet=draw(places)))
            case "out":
                told.append(disposal(name, day, amount, draw(values), wallet=draw(places)))
            case _:
                told.append(move(name, day, amount, draw(places), draw(places)))
    return told


@given(histories(), st.sampled_from(METHODS), st.sampled_from(SCOPES), st.sampled_from(["US", "CA"]))
@settings(max_examples=examples.times(1.5))
def test_no_coin_and_no_cent_is_lost(
    history: list[Movement], method: MatchingMethod, scope: MatchingScope, country: str
) -> None:
    told = match(history, method=method, scope=scope, zone=UTC_ZONE, country=country)

    receipts = [one for one in history if isinstance(one, Receipt)]
    disposals = [one for one in history if isinstance(one, Disposal)]
    short = exact_sum(one.amount for one in told.shortages if one.disposal_id in {each.id for each in disposals})
    lost = exact_sum(one.amount for one in told.shortages)
    for one in disposals:
        pieces = [piece for piece in told.pieces if piece.disposal_id == one.id]
        assert exact_sum(piece.amount for piece in pieces) == one.amount
        assert fraction_sum(piece.proceeds or Fraction(0) for piece in pieces) == one.proceeds
    came = exact_sum(one.amount for one in receipts)
    went = EXACT.subtract(exact_sum(one.amount for one in disposals), short)
    assert exact_sum(lot.amount for lot in told.held) == EXACT.subtract(came, went)
    assert all(lot.amount > 0 for lot in told.held)
    basis = [piece.basis for piece in told.pieces if piece.basis is not None] + [lot.basis for lot in told.held]
    kept = fraction_sum(one for one in basis if one is not None)
    assert kept == fraction_sum(Fraction(one.basis) for one in receipts if one.basis is not None)
    assert all(one is not None and one >= 0 for one in basis)
    assert lost == 0 or all(one.amount > 0 for one in told.shortages)


@given(histories(), st.sampled_from(LOT_METHODS), st.sampled_from(SCOPES))
def test_what_a_lot_gives_is_its_own_at_its_own_price(
    history: list[Movement], method: LotMethod, scope: MatchingScope
) -> None:
    told = matched(history, method, scope)

    lots = {one.id: one for one in history if isinstance(one, Receipt)}
    parts: list[Piece | HeldLot] = [*(piece for piece in told.pieces if piece.receipt_id), *told.held]
    for part in parts:
        lot = lots[part.receipt_id or ""]
        assert part.acquired_at == lot.at
        assert part.basis == Fraction(lot.basis or 0) * Fraction(part.amount) / Fraction(lot.amount)
    for piece in told.pieces:
        assert piece.acquired_at is None or piece.acquired_at <= piece.disposed_at
