"""Rules run over a history: nothing of tomorrow is known, hindsight is the most that could be had, and sums are right."""

import csv
import math
import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise, product
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calculators.earnings.operation import Operation
from calculators.horizon.backtest import BEST_YESTERDAY, HINDSIGHT, Backtest, Chain, Minable, Strategy, backtest
from calculators.horizon.choice import Rule
from calculators.horizon.forecast import coverage
from calculators.horizon.history import History, MarketDay
from calculators.money import Money
from tests import examples
from tests.quotes import usd

START = date(2025, 1, 1)
FREE = usd(0)
AT_ONCE = Rule(by="mean", hysteresis_ratio=0, minimum_dwell=timedelta(0))
PATIENT = Strategy(name="patient", rule=Rule(by="mean", hysteresis_ratio=0.05), lookback_days=3, hold_days=3)


def a_candidate(coin: str, power_watts: float = 0, **operation: Any) -> Minable:
    """One hash a second: with a yield of one coin for it, revenue is the price."""
    return Minable(
        operation=Operation(hashes_per_second=1, power_watts=power_watts, **operation), chains=(Chain(coin=coin),)
    )


def a_history(prices: dict[str, list[float]], tariffs: list[float] | None = None) -> History:
    return History(
        (
            MarketDay(
                day=START + timedelta(days=number),
                coin=coin,
                price=Money(Decimal(str(price)), "USD"),
                coins_per_hash_per_second_per_day=1,
                price_per_kilowatt_hour=None if tariffs is None else usd(tariffs[number]),
            )
            for coin, series in prices.items()
            for number, price in enumerate(series)
        ),
        currency="USD",
    )


def run(prices: dict[str, list[float]], *strategies: Strategy, watts: float = 0, **more: Any) -> Backtest:
    return backtest(
        history=a_history(prices, more.pop("tariffs", None)),
        candidates=[a_candidate(coin, watts) for coin in prices],
        strategies=strategies,
        **{"price_per_kilowatt_hour": usd("0.1"), **more},
    )


def swings(seed: int, days: int) -> dict[str, list[float]]:
    chance = random.Random(seed)
    series: dict[str, list[float]] = {}
    for coin in ("A", "B", "C"):
        level = 0.0
        series[coin] = []
        for _ in range(days):
            level = 0.9 * level + chance.gauss(0, 0.2)
            series[coin].append(round(10 * math.exp(level), 6))
    return series


def test_a_switcher_earns_what_a_person_reckons() -> None:
    #                first seen                                    decided from the day before
    found = run({"A": [3, 1, 1, 5], "B": [2, 4, 2, 2]}, switch_cost=usd("0.5"))

    yesterday = found.run(BEST_YESTERDAY)
    assert yesterday.mined == ("A", "B", "B")  # A led 3:2, B led 4:1 by more than a switch, B leads 2:1
    assert (yesterday.profit, yesterday.switches) == (usd("4.5"), 1)  # 1 + 2 - 0.50 + 2
    assert found.run("hold A").profit == usd(7)
    assert found.run("hold B").profit == usd(8)
    assert found.run(HINDSIGHT).profit == usd("10.5")  # B 4, B 2, A 5, less one switch
    assert found.run(HINDSIGHT).mined == ("B", "B", "A")
    assert yesterday.regret == usd("6")
    assert [str(day) for day in found.days] == ["2025-01-02", "2025-01-03", "2025-01-04"]
    assert [each.name for each in found.runs] == [HINDSIGHT, "hold B", "hold A", BEST_YESTERDAY]


def test_energy_fees_and_fixed_cost_are_in_the_profit() -> None:
    operation = Operation(
        hashes_per_second=100, power_watts=1000, uptime_ratio=0.9, dev_fee_ratio=0.01, pool_fee_ratio=0.02,
        exchange_fee_ratio=0.01, payout_fee_coins=0.5, days_between_payouts=2,
    )  # fmt: skip
    rows = [
        MarketDay(
            day=START + timedelta(days=number), coin="ETC", price=usd(10), difficulty=864_000, block_reward_coins=2,
            price_per_kilowatt_hour=usd("0.2"),
        )
        for number in range(2)
    ]  # fmt: skip
    candidate = Minable(operation=operation, chains=(Chain(coin="ETC", hashes_per_difficulty=0.5),))
    found = backtest(
        history=History(rows, currency="USD"), candidates=[candidate], strategies=[], fixed_cost_per_day=usd("0.3")
    )

    coins = 100 * 0.9 * 0.99 * 86_400 * 2 / (864_000 * 0.5) * 0.98 - 0.25
    assert float(found.run("hold ETC").profit) == pytest.approx(coins * 10 * 0.99 - 24 * 0.2 - 0.3, rel=1e-10)


def test_chains_that_are_mined_together_add_up_and_are_paid_for_once() -> None:
    history = a_history({"LTC": [3, 3], "DOGE": [5, 7]})
    both = Minable(
        operation=Operation(hashes_per_second=1, power_watts=1000), chains=(Chain(coin="LTC"), Chain(coin="DOGE"))
    )
    found = backtest(history=history, candidates=[both], strategies=[], price_per_kilowatt_hour=usd("0.1"))

    assert found.run("hold LTC").profit == usd("7.6")


def test_a_machine_that_may_stand_idle_does_so_on_days_that_do_not_pay() -> None:
    prices = {"A": [5.0, 5, 1, 1, 5, 5]}
    found = run(prices, watts=1000, idle_cost_per_day=usd("0.1"))

    assert found.run(HINDSIGHT).mined == ("A", None, None, "A", "A")
    assert found.run(HINDSIGHT).profit == usd("7.6")  # three days of 5 - 2.40, two of -0.10
    yesterday = found.run(BEST_YESTERDAY)
    assert yesterday.mined == ("A", "A", None, None, "A")
    assert (yesterday.idle_days, yesterday.switches) == (2, 0)
    assert yesterday.profit == usd("3.6")  # 2.60 - 1.40 - 0.10 - 0.10 + 2.60


def test_a_coin_that_gains_less_than_a_switch_costs_is_not_switched_to() -> None:
    #                  A is seen first; B is better by 1.50 over the three days of holding it
    prices = {"A": [3.0, *[3] * 6], "B": [1.0, *[3.5] * 6]}
    plan = Strategy(name="by days", rule=AT_ONCE, lookback_days=1, hold_days=3)
    cheap, dear = (run(prices, plan, switch_cost=usd(cost)).run("by days") for cost in ("1.4", "1.6"))

    assert cheap.mined == ("A", *["B"] * 5)
    assert dear.mined == ("A",) * 6
    weighed = {each.coin: (each.expected, each.switch_cost) for each in cheap.decisions[1].outlooks}
    assert weighed == {"A": (usd(9), usd(0)), "B": (usd("9.1"), usd("1.4"))}


def test_standing_idle_is_weighed_over_as_many_days_as_a_coin_is_held() -> None:
    plan = Strategy(name="by days", rule=AT_ONCE, lookback_days=1, hold_days=3)
    losing = run({"A": [2.35] * 4}, plan, watts=1000, idle_cost_per_day=usd("0.1"))  # 0.05 a day, 0.15 in three

    assert losing.run("by days").mined == ("A", "A", "A")


def test_the_tariff_of_the_day_is_paid() -> None:
    found = run({"A": [5.0, 5, 5]}, watts=1000, tariffs=[0.1, 0.2, -0.1])

    assert found.run("hold A").profit == usd("7.6")  # 10 - 4.80 + 2.40


def test_shuffling_the_future_changes_no_decision_of_the_past() -> None:
    prices = swings(1, 120)
    today = 80
    shuffled = {
        coin: [*series[: today + 1], *random.Random(7).sample(series[today + 1 :], 39)]
        for coin, series in prices.items()
    }
    rules = [replace(PATIENT, name=by, rule=replace(PATIENT.rule, by=by)) for by in ("mean", "cvar", "regret")]
    one, other = (
        run(each, *rules, watts=300, idle_cost_per_day=FREE, switch_cost=usd(1)) for each in (prices, shuffled)
    )

    # Tomorrow's choice is made from today's row.
    known = one.days.index(START + timedelta(days=today + 1)) + 1
    for name in (BEST_YESTERDAY, "mean", "cvar", "regret"):
        assert one.run(name).decisions[:known] == other.run(name).decisions[:known]
        assert one.run(name).mined != other.run(name).mined


@settings(max_examples=examples.times(0.6))
@given(
    table=st.lists(st.tuples(*[st.integers(-5, 9)] * 2), min_size=2, max_size=6),
    cost=st.integers(0, 4),
    idle=st.sampled_from([None, 0, 1]),
)
def test_hindsight_is_the_best_of_all_sequences(table: list[tuple[int, int]], cost: int, idle: int | None) -> None:
    prices = {"A": [20.0 + one for one, _ in table], "B": [20.0 + other for _, other in table]}
    found = run(
        prices, fixed_cost_per_day=usd(20), switch_cost=usd(cost), idle_cost_per_day=None if idle is None else usd(idle)
    )  # fmt: skip

    def brought(sequence: tuple[int | None, ...]) -> int:
        mined = [column for column in sequence if column is not None]
        moved = sum(one != other for one, other in pairwise(mined))
        days = zip(sequence, table[1:], strict=True)
        return sum(-20 - (idle or 0) if column is None else row[column] for column, row in days) - cost * moved

    # With 20 of fixed cost standing idle never pays here, so that hold and hindsight can be compared in whole numbers.
    choices = (0, 1) if idle is None else (0, 1, None)
    most = max(brought(sequence) for sequence in product(choices, repeat=len(table) - 1))
    assert float(found.run(HINDSIGHT).profit) == pytest.approx(most)


@settings(max_examples=examples.times(0.3))
@given(seed=st.integers(0, 1000), cost=st.integers(0, 5), may_idle=st.booleans())
def test_nothing_beats_hindsight_and_regret_is_what_it_brings_more(seed: int, cost: int, may_idle: bool) -> None:
    found = run(
        swings(seed, 40), PATIENT, watts=3000, switch_cost=usd(cost), idle_cost_per_day=FREE if may_idle else None
    )  # fmt: skip

    best = found.run(HINDSIGHT)
    for each in found.runs:
        assert float(each.regret) == pytest.approx(float(best.profit - each.profit), abs=1e-9)
        assert each.regret >= usd(0)
        assert float(each.profit_per_day) == pytest.approx(float(each.profit) / len(found.days))


def test_two_rigs_earn_what_each_earns() -> None:
    prices = swings(5, 60)
    twice = {coin: [2 * price for price in series] for coin, series in prices.items()}
    one, two = (
        run(each, PATIENT, watts=watts, switch_cost=usd(cost), idle_cost_per_day=FREE)
        for each, watts, cost in ((prices, 1000, "0.5"), (twice, 2000, "1"))
    )

    for each in one.runs:
        assert float(two.run(each.name).profit) == pytest.approx(2 * float(each.profit), rel=1e-9)
        assert two.run(each.name).mined == each.mined


def test_every_day_of_a_strategy_is_a_record_with_what_it_weighed() -> None:
    found = run(swings(2, 60), PATIENT).run("patient")

    assert len(found.decisions) == len(found.mined)
    assert [each.after for each in found.decisions] == list(found.mined)
    for each in found.decisions:
        assert {outlook.coin for outlook in each.outlooks} == {each.before, each.wanted} - {None}
    assert {each.reason for each in found.decisions} >= {"better", "best", "hysteresis"}


def test_the_outlook_of_a_strategy_is_made_of_the_days_it_looks_back_on() -> None:
    plan = Strategy(name="look", rule=AT_ONCE, lookback_days=3, hold_days=2)
    found = run({"A": [1.0, 2, 6, 9], "B": [4.0, 4, 4, 4]}, plan, switch_cost=usd(1)).run("look")

    (outlook,) = found.decisions[0].outlooks
    assert (outlook.coin, outlook.expected, outlook.p5, outlook.cvar_5) == ("B", usd(8), usd(8), usd(8))
    assert outlook.maximum_regret == usd(4)  # of the third day, over two
    assert outlook.probability_best == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"switch_cost": usd(-1)}, "switch_cost is -1"),
        ({"switch_cost": Money(Decimal(1), "EUR")}, "USD and EUR cannot be added, compared or divided"),
        ({"price_per_kilowatt_hour": Money(Decimal(1), "EUR")}, "energy is paid in EUR, the history is in USD"),
        ({"price_per_kilowatt_hour": None}, "the history tells no tariff on 2025-01-01; give a price of energy"),
    ],
)
def test_what_cannot_be_reckoned_is_refused(more: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        run({"A": [1.0, 2]}, **more)


def test_days_too_few_for_a_decision_are_refused() -> None:
    with pytest.raises(ValueError, match="share 3 days, and 3 are needed before the first decision"):
        run({"A": [1.0, 2, 3]}, PATIENT)


def test_a_reward_that_nobody_tells_is_asked_for() -> None:
    history = History([MarketDay(day=START, coin="ETC", price=usd(8), difficulty=1e15)], currency="USD")

    with pytest.raises(ValueError, match="ETC: the history tells no reward of a block; give block_reward_coins"):
        backtest(history=history, candidates=[a_candidate("ETC")], strategies=[], price_per_kilowatt_hour=usd(1))


@pytest.mark.parametrize("name", [HINDSIGHT, BEST_YESTERDAY, "hold A"])
def test_a_name_that_is_taken_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="the same name"):
        run({"A": [1.0, 2]}, replace(PATIENT, name=name))


def test_a_strategy_that_looks_back_on_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="one day or more"):
        replace(PATIENT, lookback_days=0)


def test_a_backtest_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no candidate"):
        run({})
    with pytest.raises(ValueError, match=r"no run is called 'x'; there are hindsight, "):
        run({"A": [1.0, 2]}).run("x")


# What real history says. Files and figures: docs/scenarios.md.


def table(captured: Path, name: str, column: str) -> dict[date, tuple[float, float]]:
    with (captured / "market/btc" / name).open() as file:
        return {
            date.fromisoformat(row["date"]): (float(row[column]), float(row["price_usd"]))
            for row in csv.DictReader(file)
            if row["price_usd"] and float(row["price_usd"]) > 0
        }


def bitcoin(captured: Path) -> dict[date, tuple[float, float]]:
    """Hashrate that was reckoned from a day's blocks strays by their luck: a mean of a fortnight is near the difficulty."""
    days = table(captured, "btc_hashrate_price_2019_2022.csv", "hashrate_TH_s")
    rates = [rate for rate, _ in days.values()]
    return {
        day: (sum(rates[number - 13 : number + 1]) / 14, price)
        for number, (day, (_, price)) in enumerate(days.items())
        if number >= 13
    }


def ether(captured: Path) -> dict[date, tuple[float, float]]:
    return table(captured, "eth_difficulty_price_2015_2021.csv", "difficulty_TH")


@pytest.mark.parametrize(
    ("horizon", "in_dollars", "middle", "worst"), [(30, False, 0.04, 0.14), (90, True, 0.19, 0.39)]
)
def test_today_s_difficulty_is_as_wrong_about_bitcoin_as_published(
    captured: Path, horizon: int, in_dollars: bool, middle: float, worst: float
) -> None:
    values = [(price if in_dollars else 1) / work for work, price in bitcoin(captured).values()]
    told = coverage(values=values, horizon_days=horizon, stated_coverage=0.8)

    # Published of other years, from the difficulty itself.
    assert told.static_error_median == pytest.approx(middle, rel=0.15)
    assert told.static_error_p95 == pytest.approx(worst, rel=0.2)


@pytest.mark.parametrize("in_dollars", [False, True])
@pytest.mark.parametrize("horizon", [7, 30])
@pytest.mark.parametrize("source", [bitcoin, ether])
def test_four_of_five_intervals_hold_on_real_history(
    captured: Path, source: Any, horizon: int, in_dollars: bool
) -> None:
    values = [(price if in_dollars else 1) / work for work, price in source(captured).values()]
    told = coverage(values=values, horizon_days=horizon, stated_coverage=0.8)

    assert told.held_ratio >= 0.78
    assert told.held_ratio <= 0.95


def test_patience_beats_yesterday_s_best_on_real_history(captured: Path) -> None:
    """A machine that could do both chains and earns as much of each on average. No such machine is sold."""
    series = {"BTC": bitcoin(captured), "ETH": ether(captured)}
    days = sorted(set(series["BTC"]) & set(series["ETH"]))
    rows = [
        MarketDay(day=day, coin=coin, price=usd(price), coins_per_hash_per_second_per_day=1 / work)
        for coin, known in series.items()
        for day, (work, price) in known.items()
    ]
    candidates = [
        Minable(
            operation=Operation(
                hashes_per_second=1 / fmean(known[day][1] / known[day][0] for day in days), power_watts=0
            ),
            chains=(Chain(coin=coin),),
        )
        for coin, known in series.items()
    ]
    patient = Strategy(name="patient", rule=Rule(by="mean", hysteresis_ratio=0.05), lookback_days=7, hold_days=1)
    found = backtest(
        history=History(rows, currency="USD"), candidates=candidates, strategies=[patient],
        price_per_kilowatt_hour=usd(0),
    )  # fmt: skip
    anew, calm, best = (found.run(name) for name in (BEST_YESTERDAY, "patient", HINDSIGHT))

    assert len(found.days) > 600
    assert calm.switches < anew.switches / 5
    assert calm.profit > anew.profit > found.run("hold ETH").profit
    assert calm.regret < best.profit * Decimal("0.002")


@pytest.mark.thorough
def test_the_default_rule_brings_no_less_than_cvar_over_real_days_with_no_more_switches(captured: Path) -> None:
    days = real_days(captured)
    for start in (0, 31, 200, 400):
        history = History([row for row in days if row.day >= days[0].day + timedelta(days=start)], currency="USD")
        found = backtest(
            history=history,
            candidates=[as_good_as(history, coin) for coin in ("BTC", "ETH")],
            strategies=[Strategy(name="default", rule=Rule()), Strategy(name="cvar", rule=Rule(by="cvar"))],
        )
        runs = {run.name: run for run in found.runs}

        assert runs["default"].profit >= runs["cvar"].profit
        assert runs["default"].switches <= runs["cvar"].switches
        assert float(runs["default"].profit) > 0.99 * float(runs["best yesterday"].profit)


def real_days(captured: Path) -> list[MarketDay]:
    """Bitcoin and Ethereum on the days that both have."""
    told = {"BTC": bitcoin(captured), "ETH": ether(captured)}
    return [
        MarketDay(
            day=day,
            coin=coin,
            price=Money(Decimal(str(days[day][1])), "USD"),
            difficulty=days[day][0],
            block_reward_coins=1.0,
        )
        for day in sorted(told["BTC"].keys() & told["ETH"].keys())
        for coin, days in told.items()
    ]


def as_good_as(history: History, coin: str) -> Minable:
    """A machine on which a day of the coin brings 1 in the mean of all days that are decided."""
    mean = fmean(float(row.price) / (row.difficulty or 1) for row in history.of(coin)[7:])
    return Minable(
        operation=Operation(hashes_per_second=1 / 86_400 / mean, power_watts=0),
        chains=(Chain(coin=coin, hashes_per_difficulty=1.0),),
        price_per_kilowatt_hour=Money(Decimal(0), "USD"),
    )
