"""What a coin earns: the sum that can be done again by hand, and what it breaks even at."""

import math
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.chain.pools import SCHEMES, SchemeName
from calculators.chain.rewards import BlockReward
from calculators.earnings.estimate import Estimate
from calculators.earnings.own_hashrate import own_ratio_of
from calculators.earnings.sum_sheet import Term
from calculators.money import Money
from tests.calculators.earning_rig import ENERGY, PLAIN_RIG, RATES, RIG, earn, number, recalculated
from tests.for_each import for_each
from tests.quotes import NOON, quote, usd

hashrates = st.floats(min_value=1e3, max_value=1e15)


def test_a_rig_earns_what_a_person_works_out_on_paper() -> None:
    found = earn(operation=replace(PLAIN_RIG, pool_fee_ratio=0.01))
    # 600e6 * 86400 * 1.6384 / 1.94e15 = 0.0437807..., less 1 %
    assert found.coins_per_day == pytest.approx(0.0437807 * 0.99, rel=1e-5)
    assert float(found.revenue_per_day) == pytest.approx(found.coins_per_day * 8.84)
    assert found.profit_per_day == found.revenue_per_day - ENERGY
    assert found.confidence.level == "high"


@for_each("name", SCHEMES)
@for_each("method", ["difficulty", "network", "published"])
@for_each("currency", ["USD", "EUR"])
def test_the_sum_that_is_shown_leads_to_the_result(name: SchemeName, method: str, currency: str) -> None:
    differences: dict[str, dict[str, Any]] = {
        "difficulty": {},
        "network": {"difficulty": None},
        "published": {
            "difficulty": None,
            "network_hashes_per_second": None,
            "coins_per_hash_per_second_per_day": 1e-10,
        },
    }
    found = earn(
        quote(**differences[method], price=Money(Decimal("0.0001037"), "BTC")),
        operation=replace(RIG, pool_scheme=name),
        energy=Money(ENERGY.amount, currency),
        fixed_cost_per_day=Money(Decimal("0.35"), currency),
        reward_by_rule=BlockReward(subsidy_coins=1.6, block_coins=1.6, miner_coins=1.6),
        rates=RATES,
    )
    lines = recalculated(found)

    assert len(lines) == len(found.terms), "every name stands for one line"
    assert {term.name: number(term.value) for term in found.terms} == {
        line: pytest.approx(value, rel=1e-10, abs=1e-10) for line, value in lines.items()
    }
    assert lines["coins_per_day"] == pytest.approx(found.coins_per_day, rel=1e-12)
    assert lines["profit_per_day"] == pytest.approx(float(found.profit_per_day), rel=1e-10)
    assert lines["price"] == pytest.approx(float(found.price), rel=1e-12)
    for term in found.terms:
        assert (term.formula is None) != (term.source is None), f"{term.name} is either given or computed"


def test_every_figure_of_a_source_stands_with_its_source_and_age() -> None:
    found = earn(
        quote(price=Money(Decimal("0.0001037"), "BTC"), price_taken_at=NOON - timedelta(minutes=7)), rates=RATES
    )
    lines = {term.name: term for term in found.terms}

    assert (lines["difficulty"].source, lines["difficulty"].taken_at) == ("whattomine", NOON)
    assert lines["listed_price"].taken_at == NOON - timedelta(minutes=7)
    assert (lines["rate_BTC_in_USD"].value, lines["rate_BTC_in_USD"].source) == (usd(85_218), "coingecko")
    assert lines["price"].formula == "listed_price * rate_BTC_in_USD"
    assert found.oldest_taken_at == NOON - timedelta(minutes=7)


def test_what_energy_came_from_stands_in_the_sum() -> None:
    tariff = Term(name="price_per_kilowatt_hour", value=usd("0.1626"), unit="USD/kWh", source="flat tariff")

    assert tariff in earn(energy_terms=[tariff]).terms


@pytest.mark.thorough
@given(own=hashrates, other=hashrates)
def test_two_rigs_earn_what_each_earns(own: float, other: float) -> None:
    def rig(hashes_per_second: float, beside: float) -> Estimate:
        operation = replace(RIG, hashes_per_second=hashes_per_second, payout_fee_coins=0)
        return earn(operation=operation, energy=usd(0), hashes_per_second_beside=beside * operation.uptime_ratio)

    together, apart = rig(own + other, 0), rig(own, other).revenue_per_day + rig(other, own).revenue_per_day
    assert float(together.revenue_per_day) == pytest.approx(float(apart), rel=1e-10)


@given(difficulty=st.floats(min_value=1e9, max_value=1e18))
def test_a_coin_of_twice_the_difficulty_earns_half(difficulty: float) -> None:
    def revenue(difficulty: float) -> Money:
        market = quote(difficulty=difficulty, network_hashes_per_second=difficulty / 14.5)
        found = earn(market, operation=PLAIN_RIG)  # without what the own hashrate adds to the network
        return found.revenue_per_day.scaled(1 + own_ratio_of(found.terms))

    assert float(revenue(2 * difficulty)) == pytest.approx(float(revenue(difficulty)) / 2, rel=1e-9)


@given(
    hashes_per_second=st.floats(min_value=1e6, max_value=1e12),
    energy=st.floats(min_value=0.01, max_value=1e4),
    fixed=st.floats(min_value=0, max_value=100),
    pool_fee=st.floats(min_value=0, max_value=0.5),
    payout_fee=st.floats(min_value=0, max_value=1e-6),
)
def test_a_break_even_put_back_leaves_nothing(
    hashes_per_second: float, energy: float, fixed: float, pool_fee: float, payout_fee: float
) -> None:
    operation = replace(RIG, hashes_per_second=hashes_per_second, pool_fee_ratio=pool_fee, payout_fee_coins=payout_fee)
    cost = {"energy": Money.estimated(energy, "USD"), "fixed_cost_per_day": Money.estimated(fixed, "USD")}
    market = quote(network_hashes_per_second=None, volume_per_day=None)
    found = earn(market, operation=operation, **cost)
    scale = 1e-9 * max(1, energy + fixed, float(found.revenue_per_day))

    assert found.break_even_coin_price is not None
    at_price = earn(replace(market, price=found.break_even_coin_price), operation=operation, **cost)
    assert float(at_price.profit_per_day) == pytest.approx(0, abs=scale)

    assert found.break_even_difficulty is not None
    assert found.break_even_difficulty_ratio is not None
    assert market.difficulty is not None
    assert found.break_even_difficulty == pytest.approx(market.difficulty * found.break_even_difficulty_ratio)
    at_difficulty = earn(replace(market, difficulty=found.break_even_difficulty), operation=operation, **cost)
    assert float(at_difficulty.profit_per_day) == pytest.approx(0, abs=scale)

    assert found.break_even_price_per_kilowatt_hour is not None
    at_energy_price = found.break_even_price_per_kilowatt_hour * Decimal("31.68")
    at_tariff = earn(market, operation=operation, energy=at_energy_price, fixed_cost_per_day=cost["fixed_cost_per_day"])
    assert float(at_tariff.profit_per_day) == pytest.approx(0, abs=scale)


def test_what_nothing_reaches_has_no_break_even() -> None:
    free = earn(operation=replace(RIG, power_watts=0), energy=usd(0))
    assert free.break_even_price_per_kilowatt_hour is None
    assert free.break_even_coin_price is None

    paid_for = earn(energy=usd(-3))
    assert paid_for.profit_per_day > paid_for.revenue_per_day
    assert paid_for.break_even_coin_price is None
    assert paid_for.break_even_difficulty is None

    idle = earn(operation=replace(RIG, hashes_per_second=0, payout_fee_coins=0))
    assert idle.revenue_per_day == usd(0)
    assert idle.profit_per_day == -ENERGY
    assert idle.break_even_coin_price is None
    assert idle.break_even_difficulty is None
    assert idle.cost_per_coin is None


def test_the_break_even_of_a_network_rate_is_a_ratio_without_a_difficulty() -> None:
    found = earn(quote(difficulty=None), operation=PLAIN_RIG)

    assert found.break_even_difficulty is None
    own, margin = own_ratio_of(found.terms), float(found.revenue_per_day) / float(ENERGY)
    assert found.break_even_difficulty_ratio == pytest.approx(margin * (1 + own) - own)


def test_a_dev_fee_takes_coins_and_no_power() -> None:
    without, with_fee = earn(operation=PLAIN_RIG), earn(operation=replace(PLAIN_RIG, dev_fee_ratio=0.02))

    assert with_fee.coins_per_day == pytest.approx(without.coins_per_day * 0.98)
    assert with_fee.energy_cost_per_day == without.energy_cost_per_day


def test_pps_pays_no_fees_of_transactions() -> None:
    rule = BlockReward(subsidy_coins=1.6, block_coins=1.6, miner_coins=1.6)
    pps, fpps = (earn(operation=replace(PLAIN_RIG, pool_scheme=name), reward_by_rule=rule) for name in ("pps", "fpps"))
    assert pps.coins_per_day == pytest.approx(fpps.coins_per_day * 1.6 / 1.6384)

    unknown = earn(operation=replace(PLAIN_RIG, pool_scheme="pps"))
    assert unknown.coins_per_day == pytest.approx(fpps.coins_per_day)
    assert "ETC: PPS keeps fees of transactions; what part they are is not known" in unknown.confidence.reasons


def test_a_payout_that_costs_more_than_is_earned_is_named() -> None:
    found = earn(operation=replace(RIG, payout_fee_coins=1))

    assert found.coins_per_day < 0
    assert found.break_even_coin_price is None
    assert any("the fee of a payout, 1 coins, is more than is earned" in reason for reason in found.confidence.reasons)


@for_each(
    ("name", "bad"),
    [
        ("hashes_per_second", -1),
        ("hashes_per_second", math.nan),
        ("hashes_per_second", 1e300),
        ("power_watts", math.inf),
        ("uptime_ratio", 1.5),
        ("pool_fee_ratio", -0.1),
        ("exchange_fee_ratio", 2),
        ("days_between_payouts", 0),
    ],
)
def test_an_operation_that_cannot_be_is_named(name: str, bad: float) -> None:
    with pytest.raises(ValueError, match=name):
        replace(RIG, **{name: bad})  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no pool scheme"):
        replace(RIG, pool_scheme="lucky")  # type: ignore[arg-type]


def test_a_refused_coin_keeps_its_figures() -> None:
    found = earn(quote(network_hashes_per_second=1.3e17))

    assert found.confidence.level == "refused"
    assert found.revenue_per_day > usd(0)
