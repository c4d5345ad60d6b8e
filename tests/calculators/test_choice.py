"""Which coin is chosen, when a choice is held back, and what the record of it says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.horizon.choice import REFUSALS, Decision, Rule, choose
from calculators.horizon.outlook import Outlook
from calculators.money import Money
from tests.quotes import usd

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LONG_AGO = NOON - timedelta(days=2)

amounts = st.integers(min_value=-50, max_value=50)


def outlook(coin: str, expected: float = 1, **differences: Any) -> Outlook:
    figures: dict[str, Any] = {
        "machine": "rig",
        "coin": coin,
        "algorithm": "any",
        "days": 7,
        "paths": 1000,
        "expected_revenue": usd(10),
        "expected": usd(expected),
        "p5": usd(expected - 2),
        "p50": usd(expected),
        "p95": usd(expected + 2),
        "cvar_5": usd(expected - 3),
        "maximum_regret": usd(1),
        "probability_of_loss": 0.1,
        "probability_best": 0.5,
        "switch_cost": usd(0),
    }
    return Outlook(**{**figures, **differences})


def decide(*outlooks: Outlook, **differences: Any) -> Decision:
    given_: dict[str, Any] = {
        "mining": "ETC",
        "mined_since": LONG_AGO,
        "now": NOON,
        "outlooks_at": NOON,
        "rule": Rule(by="mean"),
        "idle": usd(0),
    }
    return choose(outlooks=outlooks, **{**given_, **differences})


ETC, BETTER = outlook("ETC", 4), outlook("RVN", 5)


def test_a_better_coin_is_chosen() -> None:
    decision = decide(ETC, BETTER)

    assert (decision.before, decision.after, decision.wanted, decision.reason) == ("ETC", "RVN", "RVN", "better")
    assert decision.changed
    assert not decision.refused


def test_the_best_coin_stays() -> None:
    decision = decide(outlook("ETC", 6), BETTER)

    assert (decision.after, decision.reason, decision.changed, decision.refused) == ("ETC", "best", False, False)


def test_of_equals_the_mined_one_stays() -> None:
    assert decide(outlook("RVN", 5), outlook("ETC", 5)).reason == "best"
    assert decide(outlook("RVN", 5), outlook("KAS", 5), mining=None, mined_since=None).after == "KAS"


@pytest.mark.parametrize(("by", "chosen"), [("mean", "MEAN"), ("cvar", "TAIL"), ("regret", "SURE")])
def test_each_criterion_chooses_by_its_own_figure(by: Any, chosen: str) -> None:
    coins = (
        outlook("MEAN", 9, cvar_5=usd(-9), maximum_regret=usd(5)),
        outlook("TAIL", 5, cvar_5=usd(3), maximum_regret=usd(4)),
        outlook("SURE", 6, cvar_5=usd(1), maximum_regret=usd(2)),
    )

    assert decide(*coins, mining=None, mined_since=None, rule=Rule(by=by)).after == chosen


def test_a_coin_that_is_better_by_less_than_the_hysteresis_has_to_wait() -> None:
    # 5 % of the 10 USD of revenue that ETC should bring
    held, chosen = decide(ETC, outlook("RVN", 4.5)), decide(ETC, outlook("RVN", 4.51))

    assert (held.after, held.wanted, held.reason, held.refused) == ("ETC", "RVN", "hysteresis", True)
    assert held.sentence == "RVN is better than ETC by 0.5 USD, not by more than 5 % of 10 USD of revenue"
    assert chosen.reason == "better"


def test_the_criterion_is_what_the_hysteresis_measures() -> None:
    steady = outlook("RVN", 4, cvar_5=usd(1.2))
    decisions = [decide(ETC, steady, rule=Rule(by="cvar", hysteresis_ratio=ratio)) for ratio in (0.01, 0.02)]

    assert [each.reason for each in decisions] == ["better", "hysteresis"]  # 1.2 against 1


def test_nothing_is_switched_before_the_minimum_dwell() -> None:
    rule = Rule(by="mean", minimum_dwell=timedelta(hours=2))
    early = decide(ETC, BETTER, rule=rule, mined_since=NOON - timedelta(minutes=119))
    due = decide(ETC, BETTER, rule=rule, mined_since=NOON - timedelta(minutes=120))

    assert (early.after, early.reason, early.refused) == ("ETC", "dwell", True)
    assert early.sentence == "RVN would be better; 119 min since the last switch, 120 min is the least"
    assert due.reason == "better"


def test_a_clock_that_stepped_back_holds_no_choice() -> None:
    assert decide(ETC, BETTER, mined_since=NOON + timedelta(days=365)).reason == "better"


@pytest.mark.parametrize("away", [timedelta(minutes=31), -timedelta(minutes=31)])
def test_figures_of_another_time_change_nothing(away: timedelta) -> None:
    decision = decide(ETC, BETTER, outlooks_at=NOON - away)

    assert (decision.after, decision.reason, decision.refused) == ("ETC", "stale", True)
    assert decide(ETC, BETTER, outlooks_at=NOON - timedelta(minutes=30)).reason == "better"


def test_a_coin_of_which_nothing_is_known_any_more_stays() -> None:
    decision = decide(BETTER)

    assert (decision.after, decision.reason) == ("ETC", "stale")
    assert decision.sentence == "nothing is known of what ETC earns now"


def test_without_any_figure_an_idle_machine_stays_idle() -> None:
    decision = decide(mining=None)

    assert (decision.after, decision.reason) == (None, "stale")


def test_a_coin_that_failed_is_left_at_once() -> None:
    decision = decide(ETC, outlook("RVN", 1), failed={"ETC"}, mined_since=NOON, outlooks_at=LONG_AGO)

    assert (decision.after, decision.reason) == ("RVN", "failure")
    assert decision.sentence == "ETC does not work now; RVN instead"


def test_a_machine_whose_coins_all_failed_stands_idle() -> None:
    assert decide(ETC, BETTER, failed={"ETC", "RVN"}).after is None
    assert decide(ETC, failed={"ETC"}, idle=None).after is None


def test_a_coin_that_failed_is_not_chosen() -> None:
    assert decide(ETC, BETTER, failed={"RVN"}).reason == "best"


def test_what_the_user_wants_is_done_whatever_the_figures_say() -> None:
    decision = decide(ETC, BETTER, user_wants="XMR", mined_since=NOON)

    assert (decision.after, decision.reason, decision.wanted) == ("XMR", "user", "RVN")
    assert not decide(ETC, BETTER, user_wants="ETC").changed


def test_what_brings_no_more_than_idle_is_switched_off() -> None:
    decision = decide(outlook("ETC", -1), outlook("RVN", -2))

    assert (decision.after, decision.wanted, decision.reason) == (None, None, "unprofitable")
    assert decision.sentence == "ETC brings no more than standing idle; idle is better than ETC by 1 USD"


def test_a_loss_too_small_for_the_hysteresis_runs_on() -> None:
    decision = decide(outlook("ETC", -0.5))

    assert (decision.after, decision.wanted, decision.reason, decision.refused) == ("ETC", None, "hysteresis", True)


def test_a_machine_that_may_not_stand_idle_mines_the_smallest_loss() -> None:
    decision = decide(outlook("ETC", -5), outlook("RVN", -2), idle=None)

    assert (decision.after, decision.reason) == ("RVN", "better")


def test_from_a_loss_a_profitable_coin_is_chosen_by_the_mean_though_its_tail_be_worse() -> None:
    risky = outlook("RVN", 3, cvar_5=usd(-20))
    decision = decide(outlook("ETC", -1), risky, rule=Rule(by="cvar"))

    assert (decision.after, decision.reason) == ("RVN", "unprofitable")


def test_the_tail_tells_which_coin_and_not_whether_any() -> None:
    coins = (outlook("ETC", 2, cvar_5=usd(-3)), outlook("RVN", -1, cvar_5=usd(-1)))

    assert decide(*coins, rule=Rule(by="cvar")).reason == "best"


def test_an_idle_machine_begins_when_a_coin_is_worth_it() -> None:
    few, enough = (decide(outlook("RVN", each), mining=None) for each in (0.5, 0.6))

    assert (few.after, few.reason) == (None, "hysteresis")
    assert (enough.after, enough.reason) == ("RVN", "better")
    first = decide(outlook("RVN", 0.1), mining=None, mined_since=None)
    assert (first.after, first.reason) == ("RVN", "better")


def test_a_winner_on_few_paths_is_told_to_be_none() -> None:
    unclear = decide(ETC, outlook("RVN", 5, probability_best=0.61))
    clear = decide(ETC, outlook("RVN", 5, probability_best=0.95))

    assert (unclear.clear_winner, clear.clear_winner) == (False, True)
    assert unclear.sentence.endswith("; no clear winner: best on 61 % of the paths, not on 95 %")
    assert "winner" not in clear.sentence


def test_the_record_holds_what_it_was_decided_from() -> None:
    rule = Rule(by="regret")
    decision = decide(ETC, BETTER, rule=rule)

    assert decision.outlooks == (ETC, BETTER)
    assert (decision.rule, decision.decided_at, decision.mined_since) == (rule, NOON, LONG_AGO)


@given(
    expected=st.lists(amounts, min_size=1, max_size=4),
    revenue=st.integers(0, 100),
    mining=st.sampled_from(["A", "B", None]),
    hysteresis=st.sampled_from([0.0, 0.05, 1.0]),
)
def test_a_decision_is_never_undone_by_the_next_on_the_same_figures(
    expected: list[int], revenue: int, mining: str | None, hysteresis: float
) -> None:
    coins = [
        outlook(name, amount, expected_revenue=usd(revenue)) for name, amount in zip("ABCD", expected, strict=False)
    ]
    rule = Rule(by="mean", hysteresis_ratio=hysteresis, minimum_dwell=timedelta(0))
    first = decide(*coins, mining=mining, rule=rule)
    again = decide(*coins, mining=first.after, rule=rule)

    assert not again.changed
    if first.changed:
        assert again.reason == "best"
    assert first.refused == (not first.changed and first.reason in REFUSALS)


def test_money_of_two_currencies_is_not_compared() -> None:
    euro = replace(BETTER, expected=Money(Decimal(5), "EUR"))

    for idle in (None, usd(0)):
        with pytest.raises(ValueError, match="outlooks are in EUR and USD; convert them to one currency"):
            decide(ETC, euro, idle=idle)
    with pytest.raises(ValueError, match="in EUR and USD"):
        decide(ETC, idle=Money(Decimal(0), "EUR"))


def test_outlooks_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(ValueError, match="several machines, or of several horizons"):
        decide(ETC, outlook("RVN", machine="other"))
    with pytest.raises(ValueError, match="several machines, or of several horizons"):
        decide(ETC, outlook("RVN", days=30))
    with pytest.raises(ValueError, match="a coin is there twice: ETC, ETC"):
        decide(ETC, ETC)


def test_times_without_a_zone_are_refused() -> None:
    for name in ("now", "outlooks_at", "mined_since"):
        with pytest.raises(ValueError, match="need their zones"):
            decide(ETC, **{name: NOON.replace(tzinfo=None)})


@pytest.mark.parametrize(
    "wrong", [{"hysteresis_ratio": -0.1}, {"minimum_dwell": timedelta(-1)}, {"stale_after": timedelta(-1)}]
)
def test_an_impossible_rule_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="zero or more"):
        Rule(**wrong)
