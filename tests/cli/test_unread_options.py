"""Options and coins that an answer would not go by are refused; those that it takes change it as they say."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.profit_asked import PRICE, RIG, answered, run, written

pytestmark = pytest.mark.usefixtures("no_configuration")
CONTRACT = ("cloud", "--coin", "BTC", "--hashrate", "100T", "--days", "360", "--price", "1200")
RENTAL = ("cloud", "--coin", "BTC", "--hashrate", "100T", "--days", "360", "--rent-per-day", "4")
REFUSED = (
    "coin,difficulty,block_reward_coins,network_hashes_per_second,block_time_seconds,price,currency,taken_at\n"
    "RVN,70000,2500,1e20,60,0.01,USD,2026-10-04T00:00:00Z\n"
)
"""Its network and its difficulty are of two worlds."""


@pytest.mark.parametrize(
    ("command", "more", "named"),
    [
        (RENTAL, ("--fee-per-day", "100", "--promised-per-day", "100"), "--fee-per-day, --promised-per-day is of"),
        (RENTAL, ("--difficulty-growth", "3%"), "--difficulty-growth is of a contract"),
        (CONTRACT, ("--rejected", "50%", "--market-fee", "50%"), "--market-fee, --rejected is of rented hashrate"),
        (CONTRACT, ("--order-fee", "1"), "--order-fee is of rented hashrate"),
        (("stress", *RIG, *PRICE, "--paths", "0"), ("--height", "XXX=1"), "'XXX' is not known"),
    ],
)
def test_an_option_that_the_answer_does_not_go_by_is_refused(
    command: tuple[str, ...], more: tuple[str, ...], named: str
) -> None:
    assert run(*command).exit_code == 0
    result = run(*command, *more)

    assert result.exit_code == 2
    assert named in result.stderr


@pytest.mark.parametrize("command", [("profit",), ("what-if",), ("stress", "--paths", "0")])
def test_a_coin_of_the_configuration_that_nobody_knows_is_refused(tmp_path: Path, command: tuple[str, ...]) -> None:
    config = written(tmp_path, "coins.toml", '[profit]\ncoins = ["XXX"]\n')
    result = run(*command, *RIG, *PRICE, "--config", config)

    assert result.exit_code == 78
    assert "coins.toml: [profit]: coins: 'XXX' is not known" in result.stderr


def test_watts_at_the_wall_are_all_that_is_drawn(tmp_path: Path) -> None:
    config = written(tmp_path, "power.toml", "[power]\ncooling_factor = 1.5\nhost_watts = 100\n")
    found = answered("profit", *RIG, *PRICE, "--watts", "1000", "--config", config)["ranking"]

    assert {row["power_watts"] for row in found} == {1000.0}


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("rig", "more", "named"),
    [
        ((*RIG, "--watts", "1500"), ("--psu", "bronze"), "--psu changes nothing"),
        ((*RIG, "--watts", "1500"), ("--psu-line", "115v"), "--psu-line changes nothing"),
        ((*RIG, "--watts", "1500"), ("--host-watts", "60"), "--host-watts changes nothing"),
        (("--hardware", "antminer-l7"), ("--psu", "bronze"), "the watts of 1x Antminer L7 are told at the wall"),
        ((*RIG, "--psu", "none"), ("--psu-line", "115v"), "--psu-line changes nothing"),
    ],
)
@pytest.mark.parametrize("command", ["profit", "hours", "mine-or-buy"])
def test_a_supply_through_which_nothing_goes_is_refused(
    command: str, rig: tuple[str, ...], more: tuple[str, ...], named: str
) -> None:
    words = (command, *rig, *PRICE, *(("--investment", "100") if command == "mine-or-buy" else ()))
    result = run(*words, *more)

    assert run(*words).exit_code == 0
    assert result.exit_code == 2
    assert named in " ".join(result.stderr.split())


def best(*arguments: str) -> Any:
    return answered(*arguments)["ranking"][0]


def test_a_coin_that_is_mined_with_another_brings_that_one_along() -> None:
    rig = ("profit", "--hardware", "antminer-l7", *PRICE)

    assert best(*rig, "--coin", "DOGE") == best(*rig, "--coin", "LTC")
    assert "LTC" in best(*rig, "--coin", "DOGE")["chains"]
    assert best(*rig, "--coin", "DOGE", "--separate")["coin"] == "DOGE"


@pytest.mark.parametrize(
    "command",
    [
        ("what-if", "--set", "kwh_price=0.2"),
        ("mine-or-buy", "--investment", "100"),
        ("stress", "--paths", "0"),
    ],
)
def test_nothing_is_computed_from_a_coin_that_is_refused(tmp_path: Path, command: tuple[str, ...]) -> None:
    result = run(*command, *RIG, *PRICE, "--market", written(tmp_path, "market.csv", REFUSED))

    assert result.exit_code == 69
    assert "every coin is refused, so nothing is computed from any: RVN: " in result.stderr


def test_no_contract_is_judged_by_a_coin_that_is_refused(tmp_path: Path) -> None:
    market = written(tmp_path, "market.csv", REFUSED)
    result = run("cloud", "--coin", "RVN", "--hashrate", "1G", "--days", "9", "--price", "9", "--market", market)

    assert result.exit_code == 69
    assert "RVN is refused, so nothing is computed from it" in result.stderr
