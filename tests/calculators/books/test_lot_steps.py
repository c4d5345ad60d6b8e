"""What each movement does to the lots of each wallet: nothing leaves a wallet that has not lain in it."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calculators.books.exact import EXACT
from calculators.books.lot_pile import LotMethod
from calculators.books.lot_steps import LotStep, lot_steps
from calculators.books.matching_rules import MatchingScope, match
from calculators.books.movements import Matching, Movement
from calculators.books.whereabouts import Whereabouts
from tests import examples
from tests.calculators.books.histories import disposal, move, receipt
from tests.calculators.books.test_foreign_lots import drawn
from tests.calculators.books.test_lots import LOT_METHODS, SCOPES

UTC_ZONE = ZoneInfo("UTC")


def stepped(
    history: Sequence[Movement], method: LotMethod = "fifo", scope: MatchingScope = "universal"
) -> tuple[Matching, list[LotStep]]:
    matching = match(history, method=method, scope=scope, zone=UTC_ZONE)
    return matching, lot_steps(history, matching, by_wallet=scope == "wallet")


def changes(step: LotStep) -> list[tuple[str, str | None, str]]:
    return [(one.wallet, one.receipt.id if one.receipt else None, str(one.amount)) for one in step.changes]


def test_a_lot_that_lies_elsewhere_changes_places_with_one_that_lies_here() -> None:
    history: list[Movement] = [
        receipt("old", 0, "1", "10", wallet="a"),
        receipt("new", 1, "3", "60", wallet="b"),
        disposal("s", 2, "2", "100", wallet="b"),
    ]

    _, steps = stepped(history)

    assert changes(steps[-1]) == [("b", "new", "-1"), ("a", "old", "-1"), ("b", "new", "-1"), ("a", "new", "1")]


def test_a_transfer_takes_along_what_the_method_says() -> None:
    history: list[Movement] = [
        receipt("old", 0, "1", "10", wallet="a"),
        receipt("new", 1, "1", "60", wallet="a"),
        move("m", 2, "1.5", "a", "b"),
    ]

    matching, steps = stepped(history, "lifo", "wallet")

    assert changes(steps[-1]) == [("a", "new", "-1"), ("b", "new", "1"), ("a", "old", "-0.5"), ("b", "old", "0.5")]
    assert [(one.move.id, one.amount, one.basis) for one in matching.carried] == [
        ("m", Decimal(1), Fraction(60)),
        ("m", Decimal("0.5"), Fraction(5)),
    ]
    assert stepped(history, "lifo", "universal")[0].carried == ()


def test_what_nobody_knows_the_receipt_of_leaves_all_the_same() -> None:
    _, steps = stepped([receipt("a", 0, "1", "10"), disposal("s", 1, "1.5", "1")])

    assert changes(steps[-1]) == [("w", "a", "-1"), ("w", None, "-0.5")]


def test_pools_have_no_lots() -> None:
    history: list[Movement] = [receipt("a", 0, "2", "10"), disposal("s", 1, "1", "1")]
    matching = match(history, method="average", scope="universal", zone=UTC_ZONE)

    with pytest.raises(ValueError, match="pools have no lots"):
        lot_steps(history, matching, by_wallet=False)


@given(st.integers(0, 10**6), st.sampled_from(LOT_METHODS), st.sampled_from(SCOPES))
@settings(max_examples=examples.times(1.5))
def test_lots_lie_where_the_coins_are(seed: int, method: LotMethod, scope: MatchingScope) -> None:
    history = drawn(seed, places=18, wallets=3, moves=True).movements
    matching, steps = stepped(history, method, scope)
    lying: dict[tuple[str, str], Decimal] = defaultdict(Decimal)

    for step in steps:
        by_wallet: dict[str, Decimal] = defaultdict(Decimal)
        for one in step.changes:
            assert one.receipt is not None
            by_wallet[one.wallet] = EXACT.add(by_wallet[one.wallet], one.amount)
            key = one.wallet, one.receipt.id
            lying[key] = EXACT.add(lying[key], one.amount)
            assert lying[key] >= 0
        assert {wallet: amount for wallet, amount in by_wallet.items() if amount} == coins_of(step.movement)
    assert matching.shortages == ()

    held: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for lot in matching.held:
        key = lot.wallet if scope == "wallet" else "", lot.receipt_id or ""
        held[key] = EXACT.add(held[key], lot.amount)
    left: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for (wallet, name), amount in lying.items():
        key = wallet if scope == "wallet" else "", name
        left[key] = EXACT.add(left[key], amount)
    assert {key: amount for key, amount in left.items() if amount} == held


def coins_of(movement: Movement) -> dict[str, Decimal]:
    """What a movement does to the coins of each wallet."""
    return {wallet: amount for wallet, amount in Whereabouts.of([movement]).amounts["COIN"].items() if amount}
