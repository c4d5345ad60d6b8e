"""Feeds know algorithms by the same words as the rest of the agent."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from miner_agent.market.feeds.forms.gather import Gathering, fits
from miner_agent.tables.coin_table import load_coins
from miner_agent.tables.spellings import load_algorithms
from tests.for_each import for_each

NOON = datetime(2026, 10, 4, 12, tzinfo=UTC)


@for_each(
    ("ticker", "word"),
    [
        *(("XMR", "RandomXMonero"), ("XMR", "rx/0"), ("ETHW", "DaggerHashimoto"), ("ETC", "Ethash"), ("ETC", "ETC")),
        *(("KAS", "HeavyHash"), ("ZEC", "Equihash"), ("BTC", "SHA256AsicBoost"), ("RVN", "progpow-kawpow")),
    ],
)
def test_a_row_means_our_coin_whatever_its_source_calls_the_algorithm(ticker: str, word: str) -> None:
    coins = load_coins()
    meant = Gathering(source="x", coins=coins, taken_at=NOON).meant(ticker, word)

    assert (meant.ticker, meant.algorithm) == (ticker, coins[ticker].algorithm)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [("MeowPow", "kawpow"), ("rx/wow", "randomx"), ("cn/r", "randomx"), ("EthashB3", "etchash"), ("X11", "kawpow")],
)
def test_what_is_only_akin_is_another_coin(theirs: str, ours: str) -> None:
    assert not fits(theirs, ours, load_algorithms())


def test_a_coin_that_is_in_no_table_has_its_algorithm_in_our_spelling() -> None:
    gathering = Gathering(source="x", coins=load_coins(), taken_at=NOON)

    assert gathering.meant("NOTOURS", "Cuckarood-29").algorithm == "cuckarood29"
    assert gathering.meant("NOTOURS", "daggerhashimoto").algorithm == "ethash"
    assert gathering.meant("NOTOURS", "Brand New").algorithm == "brand-new"


def test_words_of_the_user_s_own_file_are_known_to_feeds_as_well(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text(
        '[algorithms]\nkawpow = ["Ravens Own"]\nnewhash = ["Brand New"]\n'
        '[[coins]]\nticker = "NEW"\nname = "New"\nalgorithm = "newhash"\n'
    )
    gathering = Gathering(source="x", coins=load_coins(own), taken_at=NOON)

    assert gathering.meant("RVN", "ravens-own").algorithm == "kawpow"
    assert gathering.meant("NEW", "Brand New").algorithm == "newhash"
    assert gathering.meant("NOTOURS", "Brand New").algorithm == "newhash"
    with pytest.raises(ValueError, match="is it another coin of that ticker"):
        Gathering(source="x", coins=load_coins(), taken_at=NOON).meant("RVN", "ravens-own")
