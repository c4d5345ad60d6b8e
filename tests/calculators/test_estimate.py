"""What a coin earns: the sum that can be done again by hand, what it breaks even at, and chains mined together."""

import math
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.chain.coin import Coin
from calculators.chain.pools import SCHEMES, SchemeName
from calculators.chain.quote import Quote
from calculators.chain.rewards import BlockReward
from calculators.earnings.estimate import Estimate, estimate
from calculators.earnings.merged_mining import merged, with_merged_mining
from calculators.earnings.operation import Operation
from calculators.earnings.own_hashrate import own_ratio_of
from calculators.earnings.sum_sheet import Term
from calculators.exchange import Rate, Rates
from calculators.money import Money
from tests.for_each import for_each
from tests.quotes import NOON, quote, usd

RIG = Operation(
    hashes_per_second=600e6,
    power_watts=1320,
    uptime_ratio=0.98,
    dev_fee_ratio=0.01,
    stale_ratio=0.015,
    rejected_ratio=0.002,
    pool_scheme="pps+",
    pool_fee_ratio=0.02,
    orphan_ratio=0.01,
    payout_fee_coins=0.002,
    days_between_payouts=4,
    exchange_fee_ratio=0.003,
)
PLAIN_RIG = Operation(hashes_per_second=600e6, power_watts=1320)
ENERGY = usd("5.151168")  # 31.68 kWh at 16.26 ct
RATES = Rates(
    [
        Rate(currency="BTC", worth=usd(85_218), taken_at=NOON - timedelta(minutes=4), source="coingecko"),
        Rate(currency="EUR", worth=usd("1.1742"), taken_at=NOON - timedelta(days=1), source="ecb"),
    ]
)

hashrates = st.floats(min_value=1e3, max_value=1e15)


def earn(*quotes: Quote, operation: Operation = RIG, energy: Money = ENERGY, **more: Any) -> Estimate:
    return estimate(quotes=quotes or (quote(),), operation=operation, energy_cost_per_day=energy, now=NOON, **more)


def number(value: float | Money) -> float:
    return float(value)


def recalculated(found: Estimate) -> dict[str, float]:
    """Every line of the sum by name, those with a formula worked out anew from the lines above."""
    lines: dict[str, float] = {}
    for term in found.terms:
        lines[term.name] = number(term.value) if term.formula is None else eval(term.formula, {}, dict(lines))
    return lines


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


def test_a_price_is_converted_at_dated_rates_only() -> None:
    listed = quote(price=Money(Decimal("0.0001037"), "BTC"))
    found = earn(listed, energy=Money(Decimal(5), "EUR"), rates=RATES)
    assert float(found.price) == pytest.approx(0.0001037 * 85_218 / 1.1742)
    assert found.profit_per_day.currency == "EUR"

    with pytest.raises(ValueError, match="ETC: the price is in BTC, costs are in USD; give rates of exchange"):
        earn(listed)
    with pytest.raises(ValueError, match=r"ETC: .*CHF"):
        earn(listed, energy=Money(Decimal(5), "CHF"), rates=RATES)


@pytest.mark.parametrize(
    ("taken_at", "words"),
    [
        (NOON.replace(hour=0) - timedelta(days=4), None),  # a central bank's, before Easter
        (NOON.replace(hour=0) - timedelta(days=6), "ETC: ecb's rate of EUR in USD is 6 days old"),
        (NOON - timedelta(minutes=29), None),
        (NOON - timedelta(hours=3), "ETC: ecb's rate of EUR in USD is 3 h old"),
    ],
)
def test_an_old_rate_of_exchange_is_named(taken_at: datetime, words: str | None) -> None:
    rates = Rates([Rate(currency="EUR", worth=usd("1.1742"), taken_at=taken_at, source="ecb")])
    found = earn(energy=Money(Decimal(5), "EUR"), rates=rates)

    assert found.confidence.reasons == ((words,) if words else ())


@pytest.mark.parametrize(("in_bitcoin", "level"), [("0.000104", "high"), ("0.000130", "low"), ("0.104", "refused")])
def test_prices_in_two_currencies_are_compared_where_rates_lead_from_one_to_the_other(
    in_bitcoin: str, level: str
) -> None:
    bitcoin = Rate(currency="BTC", worth=usd(85_000), taken_at=NOON, source="coingecko")
    dollars = quote(source="coingecko", price=usd("8.84"))
    other = quote(price=Money(Decimal(in_bitcoin), "BTC"))

    for market in ((dollars, other), (other, dollars)):
        found = earn(*market, rates=Rates([bitcoin]))
        assert found.confidence.level == level
        assert any("prices are" in reason for reason in found.confidence.reasons) == (level != "high")
    assert earn(dollars, other).confidence.level == "high"  # no rate, nothing to compare


def test_money_of_two_currencies_is_never_added() -> None:
    with pytest.raises(ValueError, match="ETC: energy is paid in USD and fixed cost in EUR"):
        earn(fixed_cost_per_day=Money(Decimal(1), "EUR"))


def test_the_first_price_that_can_be_used_is_used() -> None:
    sources = (
        quote(source="a", price=None),
        quote(source="b", price=usd(0)),
        quote(source="c", price=Money(Decimal("0.0001"), "BTC")),
        quote(source="d", price=usd("8.80"), price_taken_at=NOON - timedelta(hours=9)),
        quote(source="e", price=usd("8.90")),
    )
    found = earn(*sources)

    assert found.price == usd("8.90")
    assert "ETC: b gives a price of 0; expected one above zero" in found.confidence.reasons
    assert any("the price is in BTC" in reason for reason in found.confidence.reasons)


@pytest.mark.parametrize("amount", ["0", "-4"])
def test_a_price_that_no_coin_has_is_a_sentence(amount: str) -> None:
    with pytest.raises(ValueError, match=f"ETC: whattomine gives a price of {amount}; expected one above zero"):
        earn(quote(price=usd(amount)))
    with pytest.raises(ValueError, match="ETC: whattomine tells no price; add a source of prices"):
        earn(quote(price=None))


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


LTC = Quote(
    coin="LTC",
    algorithm="scrypt",
    source="hashrate_no",
    taken_at=NOON,
    difficulty=9e7,
    hashes_per_difficulty=2**32,
    network_hashes_per_second=2.7e15,
    block_time_seconds=150,
    block_reward_coins=6.25,
    price=usd(84),
    volume_per_day=usd(300_000_000),
)
DOGE = replace(
    LTC, coin="DOGE", difficulty=4.5e7, network_hashes_per_second=3.1e15, block_time_seconds=60,
    block_reward_coins=10_000, price=usd("0.0943"), taken_at=NOON - timedelta(minutes=10),
)  # fmt: skip
PEP = replace(LTC, coin="PEP", difficulty=4e7, block_time_seconds=60, network_hashes_per_second=2.8e15,
    block_reward_coins=250_000, price=usd("0.000002"), volume_per_day=usd(50))  # fmt: skip
L9 = Operation(hashes_per_second=17e9, power_watts=3570, pool_fee_ratio=0.02)


def scrypt(market: Quote, *, operation: Operation = L9, energy: Money = usd("8.57")) -> Estimate:  # noqa: B008
    return earn(market, operation=operation, energy=energy)


def test_merged_mining_earns_what_all_chains_earn_and_pays_for_power_once() -> None:
    parts = [scrypt(LTC), scrypt(DOGE), scrypt(PEP)]
    together = merged(parts)

    assert together.chains == ("LTC", "DOGE", "PEP")
    assert together.revenue_per_day == sum((part.revenue_per_day for part in parts[1:]), parts[0].revenue_per_day)
    assert together.profit_per_day == together.revenue_per_day - usd("8.57")
    assert together.oldest_taken_at == NOON - timedelta(minutes=10)
    lines = recalculated(together)
    assert lines["profit_per_day"] == pytest.approx(float(together.profit_per_day), rel=1e-12)
    assert lines["revenue_LTC_per_day"] == float(parts[0].revenue_per_day)


@given(ltc=st.floats(min_value=1, max_value=1e4), doge=st.floats(min_value=1e-4, max_value=1e2))
def test_a_merged_sum_is_the_sum_of_its_parts(ltc: float, doge: float) -> None:
    parts = [
        scrypt(replace(LTC, price=Money.estimated(ltc, "USD"))),
        scrypt(replace(DOGE, price=Money.estimated(doge, "USD"))),
    ]
    revenue = parts[0].revenue_per_day + parts[1].revenue_per_day

    assert merged(parts).revenue_per_day == revenue
    assert merged(parts).profit_per_day == revenue - usd("8.57")


def test_a_merged_break_even_put_back_leaves_nothing() -> None:
    dear = usd(60)
    rider = scrypt(DOGE, energy=dear)
    together = merged([scrypt(LTC, energy=dear), rider])

    assert together.break_even_coin_price is not None
    at_price = merged([scrypt(replace(LTC, price=together.break_even_coin_price), energy=dear), rider])
    assert float(at_price.profit_per_day) == pytest.approx(0, abs=1e-9)

    assert together.break_even_difficulty is not None
    harder = replace(LTC, difficulty=together.break_even_difficulty, network_hashes_per_second=None)
    at_difficulty = merged([scrypt(harder, energy=dear), rider])
    assert float(at_difficulty.profit_per_day) == pytest.approx(0, abs=1e-9)

    assert together.break_even_price_per_kilowatt_hour is not None
    at_energy = together.break_even_price_per_kilowatt_hour * Decimal("85.68")
    at_tariff = merged([scrypt(LTC, energy=at_energy), scrypt(DOGE, energy=at_energy)])
    assert float(at_tariff.profit_per_day) == pytest.approx(0, abs=1e-9)


def test_where_the_other_chains_pay_for_everything_the_first_has_no_break_even() -> None:
    together = merged([scrypt(LTC), scrypt(replace(DOGE, price=usd(5)))])

    assert together.break_even_coin_price is None
    assert together.break_even_difficulty is None


def test_a_refused_chain_is_left_out_of_the_sum_with_its_reason() -> None:
    mixed = scrypt(replace(DOGE, network_hashes_per_second=3.1e18))
    together = merged([scrypt(LTC), mixed, scrypt(PEP)])

    assert together.chains == ("LTC", "PEP")
    assert together.confidence.level == "medium"
    assert any(reason.startswith("DOGE is left out of the sum: DOGE: ") for reason in together.confidence.reasons)
    assert merged([mixed, scrypt(LTC)]).confidence.level == "refused"


def test_a_chain_that_brings_next_to_nothing_does_not_make_the_whole_doubtful() -> None:
    thin = scrypt(PEP)
    assert thin.confidence.level == "low"

    assert merged([scrypt(LTC), thin]).confidence.level == "medium"
    assert (
        merged([scrypt(LTC), scrypt(replace(PEP, price=usd("0.0009"), volume_per_day=usd(50)))]).confidence.level
        == "low"
    )


@pytest.mark.parametrize(
    "differs",
    [
        {"operation": replace(L9, hashes_per_second=16e9)},
        {"operation": replace(L9, power_watts=3400)},
        {"energy": usd(9)},
    ],
)
def test_only_what_runs_together_is_merged(differs: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="LTC and DOGE cannot be merged"):
        merged([scrypt(LTC), scrypt(DOGE, **differs)])


def test_a_chain_is_not_merged_with_itself_or_with_nothing() -> None:
    with pytest.raises(ValueError, match="a chain is merged with itself: LTC, LTC"):
        merged([scrypt(LTC), scrypt(LTC)])
    with pytest.raises(ValueError, match="nothing to merge"):
        merged([])


def coins(**merged_with: str | None) -> dict[str, Coin]:
    return {
        ticker: Coin(ticker=ticker, name=ticker, algorithm="scrypt", merged_with=parent)
        for ticker, parent in merged_with.items()
    }


def test_chains_are_summed_with_the_one_whose_work_they_take() -> None:
    table = coins(LTC=None, DOGE="LTC", PEP="LTC")
    ranked = with_merged_mining(estimates=[earn(), scrypt(DOGE), scrypt(LTC), scrypt(PEP)], coins=table)

    assert [each.chains for each in ranked] == [("ETC",), ("LTC", "DOGE", "PEP")]


def test_a_chain_whose_first_chain_is_not_at_hand_stands_by_itself() -> None:
    ranked = with_merged_mining(estimates=[scrypt(DOGE), scrypt(PEP)], coins=coins(DOGE="LTC", PEP="LTC"))

    assert [each.chains for each in ranked] == [("DOGE",), ("PEP",)]


def test_a_refused_first_chain_does_not_take_the_others_with_it() -> None:
    refused = scrypt(replace(LTC, network_hashes_per_second=2.7e18))
    ranked = with_merged_mining(
        estimates=[scrypt(PEP), refused, scrypt(DOGE)], coins=coins(LTC=None, DOGE="LTC", PEP="LTC")
    )

    assert [(each.chains, each.confidence.level == "refused") for each in ranked] == [
        (("LTC",), True),
        (("PEP", "DOGE"), False),
    ]


def test_a_merged_sum_tells_where_its_energy_cost_is_from() -> None:
    tariff = Term(name="price_per_kilowatt_hour", value=usd("0.10"), unit="USD/kWh", source="flat tariff")
    parts = [earn(market, operation=L9, energy_terms=[tariff]) for market in (LTC, DOGE)]

    assert tariff in merged(parts).terms
    with pytest.raises(ValueError, match="LTC: a sum of merged chains cannot be merged again"):
        merged([merged(parts), scrypt(PEP)])


def test_no_chain_is_lost_in_a_table_that_goes_round_in_a_circle_or_over_several_steps() -> None:
    everything = [scrypt(LTC), scrypt(DOGE), scrypt(PEP)]
    stepped = with_merged_mining(estimates=everything, coins=coins(LTC=None, DOGE="LTC", PEP="DOGE"))
    assert [each.chains for each in stepped] == [("LTC", "DOGE", "PEP")]

    circle = with_merged_mining(estimates=everything, coins=coins(LTC="DOGE", DOGE="LTC", PEP=None))
    assert sorted(ticker for each in circle for ticker in each.chains) == ["DOGE", "LTC", "PEP"]
