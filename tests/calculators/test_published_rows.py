"""Single figures that others published, with where they did: what is worked out here has to come to them."""

from decimal import Decimal

import pytest

from calculators.chain.network import expected_coins_per_day, expected_coins_per_day_by_network
from calculators.chain.shares import expected_shares_bounds
from calculators.horizon.finance import internal_rate_of_return, net_present_value, payback_periods
from calculators.money import Money
from tests.quotes import usd

TWO_TO_32 = 2.0**32


@pytest.mark.parametrize(
    ("difficulty", "reward_coins", "told_coins"),
    [
        pytest.param(2270502374195570.0, 2.0, "0.00674", id="ethereum"),
        pytest.param(163334790581410.0, 3.88, "0.18164", id="ethereum-classic"),
    ],
)
def test_what_whattomine_said_that_eighty_eight_and_a_half_megahashes_earn(
    difficulty: float, reward_coins: float, told_coins: str
) -> None:
    """Its ``coins.json`` of 19 February 2020, block 9,511,398 of Ethereum: ``estimated_rewards``."""
    coins = expected_coins_per_day(
        hashes_per_second=88.5e6, difficulty=difficulty, hashes_per_difficulty=1, block_reward_coins=reward_coins
    )

    assert round(Decimal(coins), 5) == Decimal(told_coins)


def test_what_minerstat_said_that_a_hash_of_bitcoin_earns_in_an_hour() -> None:
    """Its ``coins`` of 16 February 2024, 16:36 UTC."""
    coins = expected_coins_per_day(
        hashes_per_second=1, difficulty=81725299822043, hashes_per_difficulty=TWO_TO_32, block_reward_coins=6.25
    )

    assert coins / 24 == pytest.approx(6.4101196246686e-20, rel=1e-12)


def test_what_hashrate_no_said_of_ethereum_classic_by_difficulty_and_by_network() -> None:
    """Its ``coins`` of the first days of October 2026: three figures of one row, within 2 %."""
    told = 7.2026650781173e-11
    by_difficulty = expected_coins_per_day(
        hashes_per_second=1,
        difficulty=1937855895624333,
        hashes_per_difficulty=1,
        block_reward_coins=1.6391623799197,
    )
    by_network = expected_coins_per_day_by_network(
        hashes_per_second=1,
        network_hashes_per_second=1.2963197023333e14,
        block_time_seconds=14.948904133265,
        block_reward_coins=1.6391623799197,
    )

    assert by_difficulty == pytest.approx(told, rel=0.02)
    assert by_network == pytest.approx(told, rel=0.02)


# Microsoft's help on Excel, of NPV and IRR; cents and tenths of a percent are all that it prints.


@pytest.mark.parametrize(
    ("flows", "told"),
    [([8000, 9200, 10000, 12000, 14500], 1922.06), ([8000, 9200, 10000, 12000, 14500, -9000], -3749.47)],
)
def test_the_present_values_of_excels_help_are_met(flows: list[int], told: float) -> None:
    found = net_present_value(
        investment=usd(40000), cash_flows=[usd(flow) for flow in flows], discount_ratio_per_period=0.08
    )

    assert float(found) == pytest.approx(told, abs=0.005)


@pytest.mark.parametrize(
    ("flows", "told"), [([12000, 15000, 18000, 21000], -0.021), ([12000, 15000, 18000, 21000, 26000], 0.087)]
)
def test_the_rates_of_return_of_excels_help_are_met(flows: list[int], told: float) -> None:
    found = internal_rate_of_return(investment=usd(70000), cash_flows=[usd(flow) for flow in flows])

    assert found == pytest.approx(told, abs=0.0005)


@pytest.mark.parametrize(("invested", "paid", "times"), [(37155, 560, 144), (10000, Decimal("327.24625"), 16)])
def test_a_rate_of_return_that_numpy_financial_is_known_to_miss_pays_back_exactly(
    invested: int, paid: Decimal | int, times: int
) -> None:
    """Two cases that its users reported, issues 131 and 98 of numpy/numpy-financial; the annuity's closed form judges."""
    flows = [Money(Decimal(paid), "USD")] * times
    rate = internal_rate_of_return(investment=usd(invested), cash_flows=flows)

    assert rate is not None
    assert float(paid) * (1 - (1 + rate) ** -times) / rate == pytest.approx(invested, rel=1e-9)
    assert (payback_periods(investment=usd(invested), cash_flows=flows) is None) == (rate < 0)


@pytest.mark.parametrize(
    ("counted", "low", "high"), [(10, 4.795, 18.390), (50, 37.111, 65.919), (100, 81.364, 121.627)]
)
def test_the_exact_bounds_of_a_poisson_count_are_met(counted: int, low: float, high: float) -> None:
    """F. Garwood, "Fiducial limits for the Poisson distribution", Biometrika 28, 1936: central bounds of 95 %."""
    found = expected_shares_bounds(accepted_shares=counted, coverage=0.95)

    assert found == pytest.approx((low, high), rel=2e-3)
