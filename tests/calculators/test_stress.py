"""What the presets do to an estimate: the sum done again, and break-evens that are ones."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.chain.pools import SchemeName
from calculators.chain.reward_rules import Step
from calculators.chain.rewards import BlockReward
from calculators.earnings.estimate import Estimate, estimate
from calculators.earnings.merged_mining import merged
from calculators.earnings.operation import Operation
from calculators.earnings.own_hashrate import own_ratio_of
from calculators.earnings.stress import LUCK_DAYS, PRESETS, Scenario, Stressed, poisson_quantile, stress_grid
from calculators.money import Money
from tests.for_each import for_each
from tests.quotes import NOON, quote, usd

RIG = Operation(
    hashes_per_second=600e6,
    power_watts=1320,
    pool_scheme="pplns",
    pool_fee_ratio=0.01,
    orphan_ratio=0.01,
    payout_fee_coins=0.002,
    days_between_payouts=4,
    exchange_fee_ratio=0.003,
)
RULE = BlockReward(subsidy_coins=1.5, block_coins=1.5, miner_coins=1.5)  # the quote lists 1.6384: 8.4 % are fees
HALVING = {"ETC": Step(ratio=0.5, blocks=1000, seconds=None)}
CALM = Scenario(name="calm", why="nothing happens")
UNLUCKY = Scenario(name="luck", why="test", unlucky=True)
HALVED = Scenario(name="halving", why="test", after_reward_step=True)

ratios = st.floats(min_value=0.2, max_value=5)
scenarios = st.builds(
    Scenario,
    name=st.just("any"),
    why=st.just("test"),
    energy_price_ratio=ratios,
    coin_price_ratio=ratios,
    difficulty_ratio=ratios,
    after_reward_step=st.booleans(),
    unlucky=st.booleans(),
)


def earn(
    energy: str = "0.25", operation: Operation = RIG, coin: str = "ETC", *, beside: float = 0, **differences: Any
) -> Estimate:
    return estimate(
        quotes=[quote(coin=coin, **differences)],
        operation=operation,
        energy_cost_per_day=usd(energy),
        fixed_cost_per_day=usd("0.01"),
        reward_by_rule=RULE,
        now=NOON,
        hashes_per_second_beside=beside,
    )


def stressed(found: Estimate, scenario: Scenario, **more: Any) -> Stressed:
    return stress_grid(estimates=[found], scenarios=[scenario], **more)[0].cells[0]


def cell(name: str, found: Estimate | None = None, **more: Any) -> Stressed:
    return stressed(found or earn(), next(each for each in PRESETS if each.name == name), **more)


def test_the_presets_are_those_that_professional_miners_plan_with() -> None:
    assert [each.name for each in PRESETS] == [
        "energy +10 %", "energy +20 %", "price -15 %", "price -30 %", "difficulty +10 %", "difficulty +30 %", "halving",
        "pool luck", "worst",
    ]  # fmt: skip


@pytest.mark.parametrize(("name", "factor"), [("energy +10 %", "1.1"), ("energy +20 %", "1.2")])
def test_dearer_energy_costs_what_it_says(name: str, factor: str) -> None:
    found = earn()

    assert cell(name).energy_cost_per_day == found.energy_cost_per_day * Decimal(factor)
    assert cell(name).revenue_per_day == found.revenue_per_day


@pytest.mark.parametrize(("name", "factor"), [("price -15 %", 0.85), ("price -30 %", 0.7)])
def test_a_lower_price_takes_its_part_of_the_revenue(name: str, factor: float) -> None:
    found = earn()

    assert float(cell(name).revenue_per_day) == pytest.approx(float(found.revenue_per_day) * factor, rel=1e-10)
    assert float(cell(name).change_per_day) == pytest.approx(float(found.revenue_per_day) * (factor - 1), rel=1e-10)


@pytest.mark.parametrize(("name", "factor"), [("difficulty +10 %", 1.1), ("difficulty +30 %", 1.3)])
def test_a_higher_difficulty_is_what_an_estimate_at_that_difficulty_says(name: str, factor: float) -> None:
    again = earn(difficulty=1.94e15 * factor, network_hashes_per_second=1.3e14 * factor)

    assert cell(name).coins_per_day == pytest.approx(again.coins_per_day, rel=1e-10)
    assert float(cell(name).profit_per_day) == pytest.approx(float(again.profit_per_day), rel=1e-9)


def test_a_halving_halves_the_subsidy_and_leaves_fees_of_transactions() -> None:
    after_pool = earn().coins_per_day + 0.0005
    fees_part = 1 - 1.5 / 1.6384

    halved = cell("halving", reward_steps=HALVING)

    assert halved.coins_per_day + 0.0005 == pytest.approx(after_pool * (fees_part + (1 - fees_part) / 2), rel=1e-12)
    assert halved.left_out == ()


def test_a_pool_that_keeps_the_fees_pays_half_after_a_halving() -> None:
    found = earn(operation=replace(RIG, pool_scheme="pps"))

    halved = cell("halving", found, reward_steps=HALVING)

    assert halved.coins_per_day + 0.0005 == pytest.approx((found.coins_per_day + 0.0005) / 2, rel=1e-12)


def test_a_chain_without_a_step_says_so_and_stays() -> None:
    told = cell("halving")

    assert told.profit_per_day == earn().profit_per_day
    assert told.left_out == ("ETC: no next step of its reward is known",)


@for_each(("scheme", "lucky_part"), [("pplns", 1), ("prop", 1), ("solo", 1), ("pps", 0), ("fpps", 0), ("pps+", None)])
def test_bad_luck_strikes_who_bears_it(scheme: SchemeName, lucky_part: float | None) -> None:
    found = earn(operation=replace(RIG, pool_scheme=scheme))
    luck = poisson_quantile(mean_count=2 * LUCK_DAYS, probability=0.05) / (2 * LUCK_DAYS)
    if lucky_part is None:  # of PPS+ the fees alone, which the orphans are taken from
        fees = 1 - 1.5 / 1.6384
        lucky_part = fees * 0.99 / (fees * 0.99 + 1 - fees)

    unlucky = stressed(found, UNLUCKY, blocks_per_day={"ETC": 2})

    expected = (found.coins_per_day + 0.0005) * (1 - lucky_part + lucky_part * luck)
    assert unlucky.coins_per_day + 0.0005 == pytest.approx(expected, rel=1e-12)
    assert bool(unlucky.left_out) == (scheme in {"pps", "fpps"})


def test_luck_that_cannot_be_reckoned_is_left_out_with_a_sentence() -> None:
    told = cell("pool luck")

    assert told.profit_per_day == earn().profit_per_day
    assert told.left_out == ("ETC: how many blocks the pool finds in a day is not known, so luck is left out",)


def test_a_solo_miner_with_few_blocks_may_get_none_in_a_month() -> None:
    found = earn(operation=replace(RIG, pool_scheme="solo", payout_fee_coins=0))

    assert stressed(found, UNLUCKY, blocks_per_day={"ETC": 0.02}).coins_per_day == 0


@for_each("energy", ["0.25", "0", "-0.4"])
@for_each("name", [each.name for each in PRESETS])
def test_no_preset_makes_a_coin_better(name: str, energy: str) -> None:
    found = earn(energy)

    assert cell(name, found, reward_steps=HALVING, blocks_per_day={"ETC": 3}).profit_per_day <= found.profit_per_day


def test_the_worst_is_all_of_its_parts_at_once() -> None:
    found, blocks = earn(), {"ETC": 3.0}
    luck = poisson_quantile(mean_count=90, probability=0.05) / 90
    own = own_ratio_of(found.terms)
    coins = (found.coins_per_day + 0.0005) * luck * (1 + own) / (1.3 + own) - 0.0005
    revenue = coins * 8.84 * 0.7 * 0.997

    worst = cell("worst", blocks_per_day=blocks)

    assert float(worst.profit_per_day) == pytest.approx(revenue - 0.25 * 1.2 - 0.01, rel=1e-9)
    assert stress_grid(estimates=[found], blocks_per_day=blocks)[0].worst == worst


@given(scenario=scenarios)
def test_break_evens_of_a_scenario_put_back_leave_nothing(scenario: Scenario) -> None:
    more: dict[str, Any] = {"reward_steps": HALVING, "blocks_per_day": {"ETC": 3}}
    found = earn()
    cell_ = stressed(found, scenario, **more)

    assert cell_.break_even_price_per_kilowatt_hour is not None
    energy = cell_.break_even_price_per_kilowatt_hour * Decimal("31.68")  # 1.32 kW for a day
    assert float(cell_.revenue_per_day - energy - usd("0.01")) == pytest.approx(0, abs=1e-9)
    if cell_.break_even_coin_price is not None:
        price_ratio = float(cell_.break_even_coin_price) / 8.84
        again = stressed(found, replace(scenario, coin_price_ratio=price_ratio), **more)
        assert float(again.profit_per_day) == pytest.approx(0, abs=1e-9)
    assert cell_.break_even_difficulty_ratio is not None
    again = stressed(found, replace(scenario, difficulty_ratio=cell_.break_even_difficulty_ratio), **more)
    assert float(again.profit_per_day) == pytest.approx(0, abs=1e-9)


def test_a_calm_scenario_changes_nothing() -> None:
    found = earn()
    calm = stressed(found, CALM)

    assert calm.profit_per_day == found.profit_per_day
    assert calm.change_per_day == usd(0)
    assert calm.break_even_difficulty_ratio == pytest.approx(found.break_even_difficulty_ratio, rel=1e-12)
    assert calm.break_even_coin_price == found.break_even_coin_price


def test_merged_chains_are_struck_each_by_itself_and_paid_for_once() -> None:
    main, aux = earn(), earn(coin="AUX", price=usd(3))
    both = merged([main, aux])

    calm, halved = stressed(both, CALM), stressed(both, HALVED, reward_steps=HALVING)

    assert calm.profit_per_day == both.profit_per_day
    alone = stressed(main, HALVED, reward_steps=HALVING).revenue_per_day
    assert halved.revenue_per_day == alone + aux.revenue_per_day
    assert halved.energy_cost_per_day == main.energy_cost_per_day


@given(scenario=scenarios)
def test_two_rigs_are_hit_by_what_hits_each(scenario: Scenario) -> None:
    operation = replace(RIG, payout_fee_coins=0)
    twice = replace(operation, hashes_per_second=1200e6, power_watts=2640)
    beside = operation.hashes_per_second * operation.uptime_ratio
    one = stressed(earn("0.25", operation, beside=beside), scenario, reward_steps=HALVING)
    two = stressed(earn("0.50", twice), scenario, reward_steps=HALVING)

    assert float(two.revenue_per_day) == pytest.approx(2 * float(one.revenue_per_day), rel=1e-10)
    assert two.energy_cost_per_day == one.energy_cost_per_day * 2


def test_estimates_in_two_currencies_are_refused() -> None:
    euro = replace(earn(), profit_per_day=Money(Decimal(1), "EUR"))

    with pytest.raises(ValueError, match="EUR and USD; convert them to one currency"):
        stress_grid(estimates=[earn(), euro])


def test_a_grid_without_scenarios_is_refused() -> None:
    with pytest.raises(ValueError, match="no scenario"):
        stress_grid(estimates=[earn()], scenarios=[])


@pytest.mark.parametrize("ratio", [0.0, -1.0, float("nan"), float("inf")])
def test_a_scenario_with_an_impossible_ratio_is_refused(ratio: float) -> None:
    with pytest.raises(ValueError, match="coin_price_ratio"):
        Scenario(name="x", why="test", coin_price_ratio=ratio)


@for_each("mean", [0.02, 0.5, 3, 90, 999])
@for_each("probability", [0.01, 0.05, 0.5, 0.99])
def test_a_poisson_quantile_is_that_of_a_binomial_with_many_trials(mean: float, probability: float) -> None:
    trials = 10**7
    chance = Fraction(mean) / trials

    def reached(count: int) -> float:
        if count < 0:
            return 0.0
        term = float(1 - chance) ** trials
        total = term
        for number in range(1, count + 1):
            term *= (trials - number + 1) / number * float(chance / (1 - chance))
            total += term
        return total

    found = poisson_quantile(mean_count=mean, probability=probability)
    if mean < 500:  # beyond, the first term is below what a float holds
        assert reached(found) >= probability - 1e-6
        assert reached(found - 1) < probability + 1e-6
    assert abs(found - mean) <= 4 * mean**0.5 + 1


@pytest.mark.parametrize("probability", [0.01, 0.05, 0.95])
def test_a_poisson_quantile_goes_on_smoothly_where_counting_ends(probability: float) -> None:
    counted = poisson_quantile(mean_count=1e6, probability=probability)
    reckoned = poisson_quantile(mean_count=1e6 + 1e-3, probability=probability)

    assert abs(counted - reckoned) <= 1


@pytest.mark.parametrize("probability", [0.0, 1.0, -1.0, float("nan")])
def test_a_poisson_quantile_of_no_probability_is_refused(probability: float) -> None:
    with pytest.raises(ValueError, match="probability"):
        poisson_quantile(mean_count=3, probability=probability)
