"""What is asked on the command line of profit, where it cannot be answered."""

from tests.cli.every_command import ended


def test_a_machine_whose_algorithm_no_coin_of_the_market_has_is_told_what_to_bring() -> None:
    done = ended("profit", "--hardware", "iceriver-al3", "--kwh-price", "0.10")

    assert done.returncode == 69
    assert "no coin of blake3 is in the market: give --market FILE, or configure a feed" in done.stderr
