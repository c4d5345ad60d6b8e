"""The page on feeds says what there is, and its examples load."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from miner_agent.market import feeds
from miner_agent.market.feeds.forms import rpc
from tests.feed_coins import COINS
from tools import feeds_table

PAGE = Path(__file__).parents[2] / "docs" / "feeds.md"
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
EXAMPLES = re.findall(r"```(?:toml|csv)\n(.*?)```", PAGE.read_text(), re.DOTALL)


def test_the_tables_of_feeds_are_made_from_the_feeds(update_golden: bool) -> None:
    if update_golden:
        PAGE.write_text(feeds_table.with_tables(PAGE.read_text()))

    assert feeds_table.with_tables(PAGE.read_text()) == PAGE.read_text()
    assert all(f"| `{name}` |" in PAGE.read_text() for name in feeds.names())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.split("\n")[0])
def test_an_example_of_a_file_is_recognised_and_read_whole(example: str) -> None:
    raw = example.encode()
    reading = feeds.detect(raw).parse(raw, taken_at=NOW, coins=COINS)

    assert len(reading.quotes) + len(reading.slots) + len(reading.rates) >= 2
    assert reading.problems == ()


def test_there_is_an_example_of_each_kind_of_file() -> None:
    assert {feeds.detect(example.encode()).name for example in EXAMPLES} == {"file", "tariff_csv"}
    assert len(EXAMPLES) == 4


def test_the_page_names_every_method_that_a_node_is_asked() -> None:
    assert all(f"`{method}`" in PAGE.read_text() for method in rpc.READ_ONLY)
