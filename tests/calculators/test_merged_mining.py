"""Chains mined together: one sum, one bill for power, and what is left out of it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.chain.coin import Coin
from calculators.chain.quote import Quote
from calculators.earnings.estimate import Estimate
from calculators.earnings.merged_mining import merged, with_merged_mining
from calculators.earnings.operation import Operation
from calculators.earnings.sum_sheet import Term
from calculators.money import Money
from tests.calculators.earning_rig import earn, recalculated
from tests.quotes import NOON, usd

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
