"""What is asked on the command line of profit, where it cannot be answered."""

import json

import pytest

from tests.cli.every_command import ended
from tests.cli.profit_asked import run


def test_a_machine_whose_algorithm_no_coin_of_the_market_has_is_told_what_to_bring() -> None:
    done = ended("profit", "--hardware", "iceriver-al3", "--kwh-price", "0.10")

    assert done.returncode == 69
    assert "no coin of blake3 is in the market: give --market FILE, or configure a feed" in done.stderr


@pytest.mark.parametrize("rig", ["1000x antminer-s21", "1000x antminer-s21, 1000x antminer-s19"])
@pytest.mark.parametrize("command", ["profit", "what-if", "hours", "stress", "outlook"])
@pytest.mark.usefixtures("no_configuration")
def test_where_every_coin_is_refused_each_command_ends_alike_and_names_the_part(command: str, rig: str) -> None:
    coin = ("XEC",) if command == "outlook" else ("--coin", "XEC")
    result = run(command, *coin, "--hardware", rig, "--kwh-price", "0.06")

    assert result.exit_code == 69
    assert "every coin is refused, so nothing is computed from any: " in result.stderr
    assert ("1000x Antminer S21: XEC: the rig has" in result.stderr) is ("," in rig)
    assert ("1000x Antminer S19: XEC: the rig has" in result.stderr) is ("," in rig)


@pytest.mark.usefixtures("no_configuration")
def test_a_ranking_of_refused_coins_alone_still_tells_them() -> None:
    result = run("profit", "--hardware", "1000x antminer-s21", "--kwh-price", "0.06", "--coin", "XEC", "--json")
    told = json.loads(result.stdout)

    assert result.exit_code == 69
    assert [row["coin"] for row in told["refused"]] == ["XEC"]
