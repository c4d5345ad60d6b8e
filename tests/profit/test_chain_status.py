"""Of a chain that has ended nothing is ranked; one that nobody looks after is doubted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from calculators.chain.coin import ChainStatus
from calculators.chain.quote import Quote
from calculators.electricity.tariff import FlatTariff
from calculators.equipment.rigs import parse_rig
from calculators.money import Money
from miner_agent.profit.energy_cost import Prices
from miner_agent.profit.quotes import Market
from miner_agent.profit.ranking import Ranking, rank
from miner_agent.profit.ranking_question import Conditions, Question
from miner_agent.profit.rig_figures import rig_of
from tests.tables.shipped import COINS, HARDWARE

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def told(coin: str, algorithm: str, hardware: str, at: datetime = NOON) -> Ranking:
    """A ranking of one coin, its figures invented."""
    quote = Quote(
        coin=coin,
        algorithm=algorithm,
        source="invented",
        taken_at=at,
        network_hashes_per_second=1e18,
        block_time_seconds=60,
        block_reward_coins=5,
        price=Money(Decimal(10), "USD"),
    )
    return rank(
        Question(
            market=Market(quotes=(quote,)),
            rig=rig_of(parse_rig(hardware, HARDWARE)),
            conditions=Conditions(prices=Prices(tariff=FlatTariff(Money(Decimal("0.1"), "USD")), source="test")),
            coins=COINS,
            now=at,
        )
    )


def test_a_chain_that_has_ended_is_not_ranked_whatever_a_source_tells() -> None:
    answer = told("ZEN", "equihash-200-9", "antminer-z15")

    assert answer.ranked == ()
    assert any(problem.startswith("ZEN: nobody mines it since 2025-07-23 (") for problem in answer.problems)


def test_while_it_was_mined_it_is_ranked() -> None:
    answer = told("ZEN", "equihash-200-9", "antminer-z15", at=NOON - timedelta(days=700))

    assert [found.coin for found in answer.ranked] == ["ZEN"]


def test_a_chain_that_nobody_looks_after_has_low_confidence_and_the_reason() -> None:
    (found,) = told("KDA", "blake2s", "antminer-ka3").ranked

    assert found.confidence.level == "low"
    assert any("no organisation looks after the chain since 2025-10-21" in each for each in found.confidence.reasons)


def test_every_status_has_a_day_and_a_source() -> None:
    marked = {coin.ticker: coin.status for coin in COINS.values() if coin.status is not None}

    assert {ticker: status.state for ticker, status in marked.items()} == {
        "ZEN": "ended",
        "ETH": "ended",
        "KDA": "unattended",
    }
    assert all(status.since < NOON.date() and len(status.source) > 10 for status in marked.values())


def test_a_status_of_ones_own_replaces_ours() -> None:
    ended = replace(COINS["RVN"], status=ChainStatus(state="ended", since=NOON.date(), source="a test"))

    assert ended.status is not None
    assert ended.status.told == "nobody mines it since 2026-11-29 (a test)"


def test_chains_that_take_anothers_work_name_it() -> None:
    assert {ticker for ticker, coin in COINS.items() if coin.merged_with == "BTC"} == {"FB-MERGED", "NMC", "RBTC"}
    assert {"DOGE", "PEP", "DINGO", "BELLS", "LKY", "JKC"} <= {
        ticker for ticker, coin in COINS.items() if coin.merged_with == "LTC"
    }
    assert COINS["FB"].block_time_seconds == COINS["FB-MERGED"].block_time_seconds == 90
