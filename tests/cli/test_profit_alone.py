"""What the network pays for work, and what mining alone comes to, as ``profit`` tells them."""

import csv
import json
from pathlib import Path

import pytest

from calculators.chain.network import hash_price, solo_odds
from calculators.money import Money, decimal_of
from tests.cli.profit_asked import FRESH, answered, run, written

pytestmark = pytest.mark.usefixtures("no_configuration")

DIFFICULTY, HASHES, REWARD, PRICE = 132_716_002_350_730, 4_294_967_296, 3.125, 85_218
S21 = ("--hardware", "antminer-s21", "--coin", "BTC", "--kwh-price", "0.05")
YEAR = 365.25 * 86_400


def market(tmp_path: Path) -> tuple[str, str]:
    head = "coin,algorithm,taken_at,difficulty,hashes_per_difficulty,block_reward_coins,price,currency"
    row = f"BTC,sha256d,{FRESH},{DIFFICULTY},{HASHES},{REWARD},{PRICE},USD"
    return "--market", written(tmp_path, "market.csv", f"{head}\n{row}\n")


def test_one_machine_alone_waits_ninety_years_for_a_block(tmp_path: Path) -> None:
    said = run("profit", *S21, *market(tmp_path), "--pool-scheme", "solo").stdout
    found = answered("profit", *S21, *market(tmp_path), "--pool-scheme", "solo")["ranking"][0]
    right = solo_odds(
        hashes_per_second=200e12, difficulty=DIFFICULTY, hashes_per_difficulty=HASHES, block_reward_coins=REWARD,
        period_seconds=30 * 86_400,
    )  # fmt: skip

    assert "on average, with a block every 90 years and nothing before it" in said
    assert found["alone"]["BTC"]["mean_seconds_to_first_block"] == pytest.approx(right.mean_seconds_to_first_block)
    assert found["alone"]["BTC"]["probability_of_none_in_30_days"] == pytest.approx(right.probability_of_none_in_period)
    assert found["alone"]["BTC"]["mean_seconds_to_first_block"] / YEAR == pytest.approx(90.3, abs=0.1)
    assert found["confidence"] == "low"
    assert found["reasons"][0] == "BTC: mined alone, a block comes every 90 years on average, and nothing before it"


@pytest.mark.parametrize(("machines", "level"), [(1, "low"), (3_000, "medium"), (40_000, None)])
def test_how_sure_income_is_goes_by_how_long_a_block_takes(tmp_path: Path, machines: int, level: str | None) -> None:
    rig = ("--hashrate", f"sha256d={machines * 200}T", "--watts", "3500", "--coin", "BTC", "--kwh-price", "0.05")
    alone, pooled = (
        answered("profit", *rig, *market(tmp_path), "--pool-scheme", scheme)["ranking"][0] for scheme in ("solo", "pps")
    )

    assert any("mined alone" in reason for reason in alone["reasons"]) is (level is not None)
    assert not any("mined alone" in reason for reason in pooled["reasons"])
    assert level in {None, alone["confidence"]}


def test_other_answers_say_it_too(tmp_path: Path) -> None:
    said = run("hours", *S21, *market(tmp_path), "--pool-scheme", "solo").stdout

    assert "low (BTC: mined alone, a block comes every 90 years on average" in said


def test_the_hash_price_is_before_fees(tmp_path: Path) -> None:
    right = hash_price(
        difficulty=DIFFICULTY, hashes_per_difficulty=HASHES, block_reward_coins=REWARD,
        coin_price=Money(decimal_of(PRICE), "USD"),
    )  # fmt: skip
    given = (*S21, *market(tmp_path), "--pool-fee", "0.04")
    found = answered("profit", *given)["ranking"][0]
    row, *_ = csv.DictReader(run("profit", *given, "--csv").stdout.splitlines())

    assert float(found["hash_price"]["amount"]) == pytest.approx(float(right))
    assert row["hash_price"] == found["hash_price"]["amount"]
    assert float(row["mean_seconds_to_first_block_alone"]) == found["alone"]["BTC"]["mean_seconds_to_first_block"]
    assert "Hash price: 0.04037 USD a day for 1 TH/s, before fees." in run("profit", *given).stdout


def test_chains_that_are_mined_together_add_up_to_one_hash_price() -> None:
    given = ("--hardware", "antminer-l7", "--coin", "LTC", "--kwh-price", "0.05", "--pool-fee", "0", "--explain")
    found = answered("profit", *given)["ranking"][0]
    revenue, rate = float(found["revenue_per_day"]["amount"]), found["hashes_per_second"]

    assert len(found["alone"]) > 1
    assert float(found["hash_price"]["amount"]) * rate == pytest.approx(revenue)
    assert json.dumps(found)
