"""``miner-agent history``: what it prints is what the other commands take."""

from pathlib import Path

import pytest

from calculators.horizon.history import parse_history
from miner_agent.tables.sample_history import sample_history
from tests.cli.profit_asked import RIG, answered, run, written
from tools import sample_history as maker

pytestmark = pytest.mark.usefixtures("no_configuration")


@pytest.fixture
def sample(tmp_path: Path) -> str:
    result = run("history", "sample")
    assert result.exit_code == 0
    return written(tmp_path, "history.csv", result.stdout)


def test_the_sample_is_the_one_that_its_tool_makes() -> None:
    assert sample_history() == maker.render()


def test_the_sample_is_whole() -> None:
    reading = parse_history(sample_history(), currency="USD")

    assert reading.problems == ()
    assert reading.history.coins == ("ERG", "ETC", "RVN")
    assert all(len(reading.history.of(coin)) == 3 * 365 for coin in reading.history.coins)


@pytest.mark.thorough
@pytest.mark.parametrize(
    "command",
    [
        ("stress", "--paths", "200", "--history"),
        ("outlook", "ETC", "--history"),
        ("backtest", "--horizon-days", "7", "--choose-by", "mean"),
    ],
)
def test_documented_commands_run_on_the_sample(sample: str, command: tuple[str, ...]) -> None:
    result = run(*command, sample, *RIG, "--kwh-price", "0.1626")

    assert result.exit_code == 0, result.stderr
    assert result.stdout


def test_intervals_hold_on_the_sample_as_they_say(sample: str) -> None:
    for coin in ("ETC", "RVN"):
        for each in answered("outlook", coin, *RIG, "--kwh-price", "0.16", "--history", sample)["intervals"]:
            assert 0.85 <= each["measured"]["held_ratio"] <= 0.95


def test_an_import_of_a_history_is_that_history(sample: str) -> None:
    result = run("history", "import", sample)

    assert result.exit_code == 0, result.stderr
    assert "RVN: 1095 days, 2023-10-06 to 2026-10-04: 1095 of history.csv" in result.stderr
    once, again = (parse_history(text, currency="USD").history for text in (sample_history(), result.stdout))
    assert all(once.of(coin) == again.of(coin) for coin in once.coins)


def test_nothing_to_import_is_refused() -> None:
    result = run("history", "import")

    assert result.exit_code == 2
    assert "name files to make a history of, or --log" in result.stderr


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    result = run("history", "import", written(tmp_path, "poem.txt", "Shall I compare thee"))

    assert result.exit_code != 0
    assert "poem.txt" in result.stderr
