"""``miner-agent outlook``: an interval, how such intervals held, and odds, each in every form the same."""

import csv
import io
import math
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest

from tests.cli.profit_asked import PRICE, RIG, answered, run, written

pytestmark = pytest.mark.usefixtures("no_configuration")
TODAY = datetime.now(UTC).date()
FINE = (*RIG, "--kwh-price", "0.001", "--currency", "USD")


def a_history(days: int = 700, coins: tuple[str, ...] = ("RVN",), until: date = TODAY) -> str:
    """Days on which price and difficulty walk."""
    chance = random.Random(7)
    level = dict.fromkeys(coins, 0.0)
    lines = ["date,coin,price,difficulty,reward"]
    for number in range(days):
        day = until - timedelta(days=days - 1 - number)
        for coin in coins:
            level[coin] += chance.gauss(0, 0.04)
            lines.append(f"{day},{coin},{0.02 * math.exp(level[coin]):.9g},{9e4 * (1 + number % 5 / 50):.6g},1250")
    return "\n".join(lines) + "\n"


@pytest.fixture
def history(tmp_path: Path) -> str:
    return written(tmp_path, "history.csv", a_history())


def money(told: dict[str, str]) -> Decimal:
    return Decimal(told["amount"])


def test_the_interval_is_of_what_profit_says_of_today(history: str) -> None:
    found = answered("outlook", "RVN", *FINE, "--history", history)
    today = answered("profit", *FINE, "--coin", "RVN")["ranking"][0]

    assert found["estimate"] == today
    revenue, cost = money(today["revenue_per_day"]), money(today["energy_cost_per_day"])
    interval = found["intervals"][-1]
    for end in ("low", "median", "high"):
        told = found["mean_of_the_days_ahead"][end]
        assert float(money(told["revenue_per_day"])) == pytest.approx(float(revenue) * interval[f"{end}_ratio"])
        assert money(told["profit_per_day"]) == money(told["revenue_per_day"]) - cost
    assert interval["low_ratio"] < interval["median_ratio"] < interval["high_ratio"]


def test_it_says_how_often_such_intervals_held(history: str) -> None:
    found = answered("outlook", "RVN", *FINE, "--history", history, "--coverage", "80%")

    assert [each["measure"] for each in found["intervals"]] == ["coins", "revenue"]
    measured = found["intervals"][-1]["measured"]
    assert measured["intervals"] == 700 - 30 - (300 - 1)
    assert measured["held_ratio"] + measured["below_ratio"] + measured["above_ratio"] == pytest.approx(1)
    text = run("outlook", "RVN", *FINE, "--history", history, "--coverage", "80%").stdout
    assert "what these are worth: of 371 such intervals on days held out" in text
    assert text.startswith("Market: ")
    assert text.splitlines()[3].startswith("Confidence of RVN: low (RVN: ")


def test_dear_energy_is_a_loss_on_every_day_and_free_energy_on_none(history: str) -> None:
    dear = answered("outlook", "RVN", *RIG, "--kwh-price", "9", "--history", history)
    free = answered("outlook", "RVN", *RIG, "--kwh-price", "0", "--history", history)

    assert (dear["odds"]["loss"], free["odds"]["loss"]) == (1, 0)
    assert money(dear["mean_of_the_days_ahead"]["high"]["profit_per_day"]) < 0


def test_the_odds_of_a_loss_are_even_where_energy_costs_what_the_median_brings(history: str) -> None:
    found = answered("outlook", "RVN", *RIG, "--kwh-price", "1", "--history", history)
    median = money(found["mean_of_the_days_ahead"]["median"]["revenue_per_day"])
    even = median / money(found["estimate"]["energy_cost_per_day"])
    told = answered("outlook", "RVN", *RIG, "--kwh-price", f"{even:.12f}", "--history", history)

    assert told["odds"]["loss"] == pytest.approx(0.5, abs=0.01)


def test_a_halving_of_the_history_is_not_taken_for_chance(tmp_path: Path) -> None:
    whole = a_history()
    halved = "\n".join(
        line.replace(",1250", ",625") if line > f"{TODAY - timedelta(days=200)}" and line[:1] == "2" else line
        for line in [*whole.splitlines(), ""]
    )
    told = [
        answered("outlook", "RVN", *FINE, "--history", written(tmp_path, name, text))["intervals"]
        for name, text in (("whole.csv", whole), ("halved.csv", halved))
    ]

    assert told[0] == told[1]


def test_chains_that_are_mined_together_are_one(tmp_path: Path) -> None:
    merged = ("outlook", "LTC", "--hardware", "antminer-l7", *PRICE)
    chains = answered(*merged)["estimate"]["chains"]
    history = written(tmp_path, "merged.csv", a_history(coins=tuple(chains)))

    assert len(chains) > 1
    assert answered(*merged, "--history", history)["estimate"]["chains"] == chains
    lacking = run(*merged, "--history", written(tmp_path, "one.csv", a_history(coins=("LTC",))))
    assert lacking.exit_code != 0
    assert "the history has no day of it" in lacking.stderr


@pytest.mark.parametrize("by_history", [False, True])
def test_a_coin_that_two_devices_mine_is_the_sum_of_both(tmp_path: Path, by_history: bool) -> None:
    told = ("--history", written(tmp_path, "btc.csv", a_history(coins=("BTC",)))) if by_history else ()
    both = ("--hardware", "1x antminer-s21, 1x antminer-s19-xp", *PRICE, *told)
    one, other = (
        answered("outlook", "BTC", "--hardware", name, *PRICE, *told)["mean_of_the_days_ahead"]["high"][
            "revenue_per_day"
        ]
        for name in ("antminer-s21", "antminer-s19-xp")
    )
    found = answered("outlook", "BTC", *both)["mean_of_the_days_ahead"]["high"]["revenue_per_day"]

    assert float(money(found)) == pytest.approx(float(money(one) + money(other)), rel=1e-6)


def test_a_halving_that_is_known_is_made_on_its_day() -> None:
    """Ten days of thirty before it: what is left is fees, and of the subsidy two thirds."""
    rig = ("outlook", "BTC", "--hardware", "antminer-s21", *PRICE)
    whole = answered(*rig, "--height", "BTC=900000")["intervals"][-1]
    halved = answered(*rig, "--height", f"BTC={1_050_000 - 1 - 10 * 144}")["intervals"][-1]

    left = halved["high_ratio"] / whole["high_ratio"]
    assert 20 / 30 - 0.02 < left < 20 / 30 + 0.02
    assert halved["known_steps_of_the_reward_ratio"] == pytest.approx(left)


def test_without_a_history_it_is_a_model_and_says_that_nobody_measured_it() -> None:
    found = answered("outlook", "RVN", *FINE)

    assert found["intervals"][0]["measured"] is None
    assert "a model without a history" in found["source"]
    assert any("nobody knows how often such an interval holds" in note for note in found["notes"])
    assert found == {**answered("outlook", "RVN", *FINE), "taken_at": found["taken_at"], "market": found["market"]}


def test_the_model_is_that_of_a_stress_test() -> None:
    same = ("--horizon-days", "30", "--seed", "3")
    interval = answered("outlook", "RVN", *FINE, *same)["mean_of_the_days_ahead"]
    spread = answered("stress", *FINE, "--coin", "RVN", *same, "--paths", "4000")["paths"]["coins"][0]["over_horizon"]

    assert float(money(interval["low"]["profit_per_day"])) * 30 == pytest.approx(float(money(spread["p5"])), rel=0.01)
    assert float(money(interval["high"]["profit_per_day"])) * 30 == pytest.approx(float(money(spread["p95"])), rel=0.01)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (("--coverage", "100%"), "no forecast states that all or none hold"),
        (("--coin", "RVN"), "outlook is of one coin, RVN; leave --coin away"),
    ],
)
def test_what_cannot_be_is_refused(more: tuple[str, ...], said: str) -> None:
    result = run("outlook", "RVN", *FINE, *more)

    assert result.exit_code == 2
    assert said in result.stderr


def test_a_coin_that_nobody_knows_is_refused() -> None:
    assert "'XXX' is not known" in run("outlook", "XXX", *FINE).stderr


def test_a_short_history_is_refused_with_what_it_would_take(tmp_path: Path) -> None:
    result = run("outlook", "RVN", *FINE, "--history", written(tmp_path, "short.csv", a_history(days=200)))

    assert result.exit_code != 0
    assert (
        "short.csv: 30 days ahead with a coverage of 0.9 take 600 days of history, and there are 200" in result.stderr
    )


def test_an_old_history_is_told(tmp_path: Path) -> None:
    old = written(tmp_path, "old.csv", a_history(until=TODAY - timedelta(days=40)))
    notes: Any = answered("outlook", "RVN", *FINE, "--history", old)["notes"]

    assert any("40 days ago: what came since is in no interval" in note for note in notes)


def test_csv_and_json_say_the_same(history: str) -> None:
    given = ("outlook", "RVN", *FINE, "--history", history)
    found = answered(*given)
    rows = {(row["part"], row["figure"]): row for row in csv.DictReader(io.StringIO(run(*given, "--csv").stdout))}

    assert float(rows["revenue", "low_ratio"]["value"]) == found["intervals"][-1]["low_ratio"]
    assert float(rows["revenue", "held_ratio"]["value"]) == found["intervals"][-1]["measured"]["held_ratio"]
    low = found["mean_of_the_days_ahead"]["low"]["profit_per_day"]
    assert Decimal(rows["money", "low_profit_per_day"]["value"]) == money(low)
    assert rows["money", "low_profit_per_day"]["unit"] == low["currency"]


def test_a_coin_that_nobody_knows_is_told_where_it_was_named() -> None:
    refused = run("outlook", "FOO", *RIG, *PRICE)

    assert refused.exit_code == 2
    assert "Invalid value for COIN: 'FOO' is not known" in refused.stderr


@pytest.mark.parametrize(
    ("name", "coin", "smoothed_days"),
    [("btc_hashrate_price_2019_2022", "BTC", 14), ("eth_difficulty_price_2015_2021", "ETC", 1)],
)
def test_of_ten_intervals_of_thirty_days_nine_hold_over_real_days(
    captured: Path, tmp_path: Path, name: str, coin: str, smoothed_days: int
) -> None:
    """By the command alone. Bitcoin's blocks of a day are few, so a fortnight's mean is its hashrate; Ethereum's days
    stand under the ticker of its twin, which is mined still."""
    with (captured / "market/btc" / f"{name}.csv").open() as file:
        days = [(row[0], float(row[1]), row[2]) for row in [*csv.reader(file)][1:] if all(row)]
    lines = ["date,coin,price,currency,coins_per_hash_per_second_per_day"]
    for place in range(smoothed_days - 1, len(days)):
        work = fmean(each[1] for each in days[place + 1 - smoothed_days : place + 1])
        lines.append(f"{days[place][0]},{coin},{days[place][2]},USD,{1e-12 / work!r}")
    given = ("--history", written(tmp_path, "real.csv", "\n".join(lines) + "\n"), "--kwh-price", "0.05")
    rig = ("--hashrate", "sha256d=100T" if coin == "BTC" else "etchash=1G", "--watts", "1000")
    found = answered("outlook", coin, *rig, *given, "--horizon-days", "30", "--coverage", "90%")

    assert {each["measure"] for each in found["intervals"]} == {"coins", "revenue"}
    for each in found["intervals"]:
        assert 0.85 <= each["measured"]["held_ratio"] <= 0.95, each
