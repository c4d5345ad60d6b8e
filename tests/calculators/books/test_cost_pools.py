"""The pools of the United Kingdom and of Canada, against worked examples."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from calculators.books.cost_pool import CostPool
from calculators.books.exact import fraction_sum
from calculators.books.matching_rules import match
from calculators.books.movements import Disposal, Matching, Movement, Receipt
from tests import examples
from tests.calculators.books.histories import START, disposal, move, receipt
from tests.calculators.books.test_lots import DEMO, gain

LONDON = ZoneInfo("Europe/London")
TORONTO = ZoneInfo("America/Toronto")


def uk(history: Sequence[Movement], zone: ZoneInfo = LONDON) -> Matching:
    return match(history, method="section104", scope="universal", zone=zone, country="GB")


def canada(history: Sequence[Movement]) -> Matching:
    return match(history, method="average", scope="universal", zone=TORONTO, country="CA")


def rows(matching: Matching) -> list[tuple[str, Decimal, Fraction | None, Fraction | None]]:
    return [(piece.rule, piece.amount, piece.basis, piece.gain) for piece in matching.pieces]


def test_coins_that_are_bought_within_thirty_days_go_first() -> None:
    """HMRC's Cryptoassets Manual, the example of Melanie: 4,000 of 14,000 tokens sold, 500 bought twelve days later."""
    told = uk(
        [
            receipt("pool", -100, "14000", "200000"),
            disposal("s", 0, "4000", "160000"),
            receipt("again", 12, "500", "17500"),
        ]
    )

    assert rows(told) == [
        ("30 days", Decimal(500), Fraction(17_500), Fraction(2_500)),
        ("section 104", Decimal(3_500), Fraction(50_000), Fraction(90_000)),
    ]
    assert [(lot.amount, lot.basis) for lot in told.held] == [(Decimal(10_500), Fraction(150_000))]


def test_the_pool_of_the_published_example_is_that_of_bittytax() -> None:
    assert round(gain(uk(DEMO)), 2) == Fraction("-5.02")


def test_what_comes_on_the_day_goes_first_and_at_the_average_of_that_day() -> None:
    told = uk(
        [
            receipt("pool", -100, "1", "1"),
            disposal("s", 0, "2", "200"),
            receipt("one", 0.1, "1", "10"),
            receipt("two", 0.2, "3", "50"),
        ]
    )

    assert rows(told) == [("same day", Decimal(2), Fraction(30), Fraction(170))]
    assert [(lot.amount, lot.basis) for lot in told.held] == [(Decimal(3), Fraction(31))]


def test_the_earlier_disposal_takes_the_earlier_coins_after_those_of_their_own_day() -> None:
    told = uk(
        [
            receipt("pool", -100, "10", "10"),
            disposal("first", 0, "1", "100"),
            disposal("second", 1, "1", "100"),
            receipt("day 5", 5, "1.5", "150"),
            disposal("day 5 too", 5, "0.5", "100"),
            receipt("day 30", 30, "1", "300"),
            receipt("day 32", 32, "1", "9999"),
        ]
    )

    by_disposal = {
        name: [(piece.rule, piece.amount, piece.receipt_id) for piece in told.pieces if piece.disposal_id == name]
        for name in ("first", "second", "day 5 too")
    }
    assert by_disposal == {
        "day 5 too": [("same day", Decimal("0.5"), "day 5")],
        "first": [("30 days", Decimal(1), "day 5")],
        "second": [("30 days", Decimal(1), "day 30")],
    }


def test_thirty_days_end_with_the_thirtieth_and_days_are_those_of_the_user() -> None:
    pool = receipt("pool", -100, "10", "10")
    on_the_thirtieth = uk([pool, disposal("s", 0, "1", "5"), receipt("a", 30, "1", "7")])
    on_the_next = uk([pool, disposal("s", 0, "1", "5"), receipt("a", 31, "1", "7")])
    late = datetime(2025, 7, 1, 23, 30, tzinfo=UTC)
    days = (late - datetime(2025, 1, 1, 12, tzinfo=UTC)).total_seconds() / 86400
    summer: list[Movement] = [pool, disposal("s", days, "1", "5"), receipt("a", days + 0.1, "1", "7")]

    assert [piece.rule for piece in on_the_thirtieth.pieces] == ["30 days"]
    assert [piece.rule for piece in on_the_next.pieces] == ["section 104"]
    assert [piece.rule for piece in uk(summer).pieces] == ["same day"]
    assert [piece.rule for piece in uk(summer, ZoneInfo("UTC")).pieces] == ["30 days"]


def test_the_pool_lies_where_the_coins_are() -> None:
    told = uk(
        [receipt("a", 0, "3", "10", wallet="a"), move("m", 1, "1", "a", "b"), disposal("s", 2, "1", "9", wallet="a")]
    )

    assert sorted((lot.wallet, lot.amount, lot.basis) for lot in told.held) == [
        ("a", Decimal(1), Fraction(10, 3)),
        ("b", Decimal(1), Fraction(10, 3)),
    ]


@dataclass
class Unit:
    """One coin that nobody can divide."""

    day: int
    cost: Fraction
    taken: bool = False


def by_the_unit(history: Sequence[Movement]) -> dict[str, Fraction]:
    """The cost of each disposal by the three rules, coin after coin: the slow and simple way."""
    came: dict[int, list[Receipt]] = defaultdict(list)
    went: list[tuple[int, Disposal]] = []
    for one in history:
        day = (one.at - START).days
        if isinstance(one, Receipt):
            came[day].append(one)
        elif isinstance(one, Disposal):
            went.append((day, one))
    units: list[Unit] = []
    for day, receipts in sorted(came.items()):
        count = int(sum(one.amount for one in receipts))
        units += [Unit(day, Fraction(sum(one.basis or 0 for one in receipts)) / count) for _ in range(count)]
    costs = {one.id: Fraction(0) for _, one in went}
    missing = {one.id: int(one.amount) for _, one in went}
    for first, last in ((0, 0), (1, 30)):
        for day, one in went:
            for unit in units:
                if missing[one.id] and not unit.taken and first <= unit.day - day <= last:
                    unit.taken = True
                    missing[one.id] -= 1
                    costs[one.id] += unit.cost
    pool: list[Fraction] = []
    for day in range(200):
        pool += [unit.cost for unit in units if unit.day == day and not unit.taken]
        for one in (each for on, each in went if on == day):
            if missing[one.id] and pool:
                average = sum(pool, Fraction(0)) / len(pool)
                count = min(missing[one.id], len(pool))
                costs[one.id] += average * count
                pool = [average] * (len(pool) - count)
    return costs


days = st.integers(0, 70)
counts = st.integers(1, 6).map(str)
worths = st.integers(0, 500).map(str)


@given(
    st.lists(st.tuples(st.sampled_from(["in", "in", "out"]), days, counts, worths), max_size=12).map(
        lambda rows: sorted(rows, key=lambda row: row[1])
    )
)
@settings(max_examples=examples.times(2))
def test_every_history_costs_what_it_costs_coin_after_coin(rows: list[tuple[str, int, str, str]]) -> None:
    history = [
        receipt(f"m{number}", day, count, worth) if kind == "in" else disposal(f"m{number}", day, count, worth)
        for number, (kind, day, count, worth) in enumerate(rows)
    ]
    costs = {one.id: Fraction(0) for one in history if isinstance(one, Disposal)}
    for piece in uk(history, ZoneInfo("UTC")).pieces:
        costs[piece.disposal_id] += piece.basis or 0

    assert costs == by_the_unit(history)


def test_coins_cost_their_average_in_canada() -> None:
    told = canada(
        [
            receipt("a", 0, "100", "5000"),
            receipt("b", 100, "50", "3250"),
            disposal("s", 200, "60", "4200"),
        ]
    )

    assert rows(told) == [("average", Decimal(60), Fraction(3300), Fraction(900))]
    assert [(lot.amount, lot.basis) for lot in told.held] == [(Decimal(90), Fraction(4950))]


def test_a_loss_that_is_bought_back_is_denied_and_becomes_cost() -> None:
    """100 at 50 sold at 30, 40 of them bought again: 40 of the 100 lose nothing now, their loss of 800 is cost."""
    told = canada(
        [
            receipt("a", 0, "100", "5000"),
            disposal("s", 100, "100", "3000"),
            receipt("again", 120, "40", "1000"),
        ]
    )

    assert rows(told) == [("average", Decimal(100), Fraction(4200), Fraction(-1200))]
    assert [(lot.amount, lot.basis) for lot in told.held] == [(Decimal(40), Fraction(1800))]


def test_no_more_is_denied_than_was_sold_acquired_or_is_left() -> None:
    def denied(*more: Movement) -> Fraction:
        told = canada([receipt("a", 0, "100", "5000"), disposal("s", 100, "50", "1500"), *more])
        return 1000 + fraction_sum(piece.gain or Fraction(0) for piece in told.pieces if piece.disposal_id == "s")

    assert denied() == 0
    assert denied(receipt("late", 131, "40", "1200")) == 0
    assert denied(receipt("in time", 130, "40", "1200")) == 800
    assert denied(receipt("before", 70, "40", "2000")) == 800
    assert denied(receipt("much", 101, "400", "12000")) == 1000
    assert denied(receipt("in time", 101, "40", "1200"), disposal("most", 125, "80", "2400")) == 200
    assert denied(receipt("in time", 101, "40", "1200"), disposal("all", 125, "90", "2700")) == 0


def test_each_coin_that_was_bought_denies_the_loss_of_one() -> None:
    told = canada(
        [
            receipt("a", 0, "100", "5000"),
            disposal("s", 100, "20", "600"),
            disposal("t", 101, "20", "600"),
            receipt("again", 110, "30", "900"),
        ]
    )

    assert [piece.gain for piece in told.pieces] == [0, -200]
    assert [(lot.amount, lot.basis) for lot in told.held] == [(Decimal(90), Fraction(3000 + 900 + 600))]


def test_gains_are_never_superficial_and_other_countries_deny_nothing() -> None:
    history: Sequence[Movement] = [
        receipt("a", 0, "100", "5000"),
        disposal("s", 100, "100", "6000"),
        receipt("again", 120, "40", "1000"),
    ]
    loss: Sequence[Movement] = [history[0], disposal("s", 100, "100", "3000"), history[2]]

    assert gain(canada(history)) == 1000
    assert gain(match(loss, method="average", scope="universal", zone=TORONTO, country="US")) == -2000


def test_wallets_may_have_averages_of_their_own_that_move_with_the_coins() -> None:
    history: Sequence[Movement] = [
        receipt("a", 0, "2", "20", wallet="a"),
        receipt("a2", 1, "1", "40", wallet="a"),
        receipt("b", 2, "1", "100", wallet="b"),
        move("m", 3, "1", "a", "b"),
        disposal("s", 4, "1", "100", wallet="b"),
    ]
    told = match(history, method="average", scope="wallet", zone=TORONTO)

    assert [piece.basis for piece in told.pieces] == [60]
    assert [(lot.wallet, lot.amount, lot.basis) for lot in told.held] == [
        ("a", Decimal(2), Fraction(40)),
        ("b", Decimal(1), Fraction(60)),
    ]


def test_thousands_of_takings_keep_the_whole_cost_in_short_numbers() -> None:
    pool = CostPool()
    given = taken = Fraction(0)
    for number in range(1, 2000):
        amount, basis = Decimal(number * 7919 % 1009 + 1) / 1000, Decimal(number * 104_729 % 9973) / 100
        pool.put(amount, basis)
        given += Fraction(basis)
        taken += pool.take(amount / 2)[1]

    assert taken + pool.basis == given
    assert pool.basis.denominator.bit_length() < 3000
    assert pool.take(pool.amount)[1] + taken == given
