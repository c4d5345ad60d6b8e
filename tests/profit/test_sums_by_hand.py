"""Small sums of money answers, each worked out by hand."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from calculators.electricity.tariff import Slot
from calculators.electricity.tariff_slots import PatchyTariff
from calculators.horizon.forecast import forecast
from calculators.horizon.history import History, MarketDay
from calculators.horizon.paths import ParametricPaths, mean_revenue_ratios
from miner_agent.profit.energy_cost import Prices, cost_of_day
from miner_agent.profit.in_common import with_demand_charge
from miner_agent.profit.own_power import OwnSurplus
from miner_agent.profit.prospect import prospect_by_history, prospect_by_model
from miner_agent.profit.quotes import Market
from miner_agent.profit.ranking_question import Conditions, Question
from miner_agent.profit.rewards_ahead import RewardsAhead
from miner_agent.profit.shocks import grid
from miner_agent.profit.supply import AtTheWall
from miner_agent.profit.what_if import answer_with, estimate_of
from tests.profit.recomputed_ranking import BUILT_IN, NOWHERE, flat, ranking, recomputed, rig
from tests.quotes import NOON, quote, usd

NOTHING_AHEAD = RewardsAhead(days=30, steps={}, notes=())
DAY = date(2026, 1, 1)


def test_the_charge_for_the_peak_comes_to_what_is_fixed() -> None:
    wall = AtTheWall(watts=1500, peak_watts=2000, terms=())
    whole, lines = with_demand_charge(usd(3), usd(10), wall)

    assert whole == usd(23)
    assert recomputed(lines)["fixed_cost_per_day"] == pytest.approx(23)
    assert with_demand_charge(None, usd(10), wall)[0] == usd(20)


def test_own_power_that_another_part_takes_first_is_not_there_for_this_one() -> None:
    """1 kWh, of it 0.4 from the roof at 0.08 and 0.6 bought at 0.30."""
    roof = OwnSurplus(watts_by_hour=(1000.0,) * 24, zone=ZoneInfo("UTC"), export_price=usd("0.08"))
    hour = Slot(NOON, NOON + timedelta(hours=1), usd("0.30"))
    (alone,), (beside,) = (list(roof.priced([hour], power_watts=1000, above_watts=above)) for above in (0, 600))

    assert alone.price == usd("0.08")
    assert float(beside.price) == pytest.approx(0.4 * 0.08 + 0.6 * 0.30)


def test_hours_without_a_price_cost_the_mean_of_the_others() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    known = [
        Slot(start + timedelta(hours=hour), start + timedelta(hours=hour + 1), usd("0.20"))
        for hour in range(48)
        if hour % 24 not in {20, 21}
    ]
    tariff = PatchyTariff(known)
    prices = Prices(tariff=tariff, source="a test", known_until=start + timedelta(hours=48), holes=tariff.holes)
    cost = cost_of_day(prices, power_watts=1000, now=start)

    assert float(cost.money) == pytest.approx(24 * 0.20)
    assert any("22 of the 24 hours are known" in note for note in cost.notes)


def days(coins: tuple[str, ...], count: int = 400) -> list[MarketDay]:
    """Price and difficulty go up and down, each in its own time, and from coin to coin on another level."""
    return [
        MarketDay(
            day=DAY + timedelta(days=number),
            coin=coin,
            price=usd(f"{10**place * (2 + number % (7 + place) / 10):.3f}"),
            difficulty=1e4 * (1 + number % (11 + place) / 20),
        )
        for number in range(count)
        for place, coin in enumerate(coins)
    ]


@pytest.mark.parametrize(("hardware", "coin"), [("6x rtx3080", "RVN"), ("antminer-l7", "LTC")])
def test_an_outlook_is_of_coins_for_a_hash_and_of_what_these_are_worth(hardware: str, coin: str) -> None:
    found = ranking(hardware=hardware, only=(coin,)).found(coin)
    assert found is not None
    history = History(days(found.chains), currency="USD")
    told = prospect_by_history(
        found, history, name="a test", horizon_days=7, stated=0.8, ahead=NOTHING_AHEAD, today=DAY
    )
    shares = [float(part.revenue_per_day) / float(found.revenue_per_day) for part in found.parts or (found,)]
    coins, worths = [0.0] * 400, [0.0] * 400
    for share, chain in zip(shares, found.chains, strict=True):
        rows = history.of(chain)
        last = rows[-1]
        for number, row in enumerate(rows):
            by_today = share * (last.difficulty or 0) / (row.difficulty or 1)
            coins[number] += by_today
            worths[number] += by_today * float(row.price) / float(last.price)

    for measured, values in zip(told.measures, (coins, worths), strict=True):
        by_hand = forecast(values=values, horizon_days=7, coverage=0.8)
        assert measured.interval.low_ratio == pytest.approx(by_hand.low_ratio, rel=1e-9)
        assert measured.interval.median_ratio == pytest.approx(by_hand.median_ratio, rel=1e-9)
        assert measured.interval.high_ratio == pytest.approx(by_hand.high_ratio, rel=1e-9)


def test_the_interval_of_a_model_leaves_as_many_paths_below_it_as_above() -> None:
    found = ranking(only=("RVN",)).found("RVN")
    assert found is not None
    told = prospect_by_model(found, horizon_days=7, paths=1000, seed=3, stated=0.9, ahead=NOTHING_AHEAD)
    means = mean_revenue_ratios(ParametricPaths(days=7, count=1000, seed=3), ["RVN"], [1.0])
    interval = told.revenue.interval

    assert sum(mean < interval.low_ratio for mean in means) == sum(mean > interval.high_ratio for mean in means) == 49
    assert sum(mean < interval.median_ratio for mean in means) == 500


def test_twice_the_reward_is_twice_a_yield_that_is_all_that_a_source_tells() -> None:
    told = quote(
        coin="NEW", difficulty=None, hashes_per_difficulty=None, network_hashes_per_second=None, block_time_seconds=None,
        block_reward_coins=None, coins_per_hash_per_second_per_day=1e-9,
    )  # fmt: skip
    asked = Question(
        market=Market(quotes=(told,)),
        rig=rig("6x rtx3080"),
        conditions=Conditions(prices=flat("0.05")),
        coins={},
        now=NOON,
    )
    today = estimate_of(asked, "NEW")

    assert answer_with(asked, today, {"block_reward_ratio": 2.0}).coins_per_day == pytest.approx(
        2 * today.coins_per_day
    )


def test_a_reward_alone_tells_in_which_era_a_chain_stands_and_how_it_steps() -> None:
    quotes = tuple(replace(each, height=None) for each in BUILT_IN.quotes)
    found = ranking(Market(quotes=quotes), coins=NOWHERE, only=("RVN",))
    (row,) = grid(found, coins=NOWHERE, heights={}, pool_share=None).rows
    halved = next(cell for cell in row.cells if cell.scenario.name == "halving")

    assert halved.left_out == ()
    assert halved.coins_per_day == pytest.approx(row.estimate.coins_per_day / 2, rel=1e-6)
