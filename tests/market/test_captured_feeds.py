"""What sources really answered, read in place: their own figures come out again."""

import csv
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from calculators.chain.quote import Quote
from calculators.money import Money
from miner_agent.market import feeds
from miner_agent.market.feed import FeedReading
from tests.feed_coins import COINS

NOW = datetime(2026, 11, 21, tzinfo=UTC)
DAY_SECONDS = 86_400


def coins_per_day(quote: Quote, hashes_per_second: float) -> float:
    assert quote.difficulty
    assert quote.hashes_per_difficulty
    assert quote.block_reward_coins
    work = quote.difficulty * quote.hashes_per_difficulty
    return hashes_per_second * DAY_SECONDS * quote.block_reward_coins / work


def by_coin(reading: FeedReading) -> dict[str, Quote]:
    return {quote.coin: quote for quote in reading.quotes}


def detected(raw: bytes, name: str) -> FeedReading:
    feed = feeds.detect(raw)
    assert feed.name == name
    return feed.parse(raw, taken_at=NOW, coins=COINS)


@pytest.fixture
def whattomine(captured: Path) -> dict[str, FeedReading]:
    snippets = json.loads((captured / "market" / "snapshots" / "whattomine_snippets.json").read_text())
    return {
        day: detected(json.dumps({"coins": rows}).encode(), "whattomine")
        for day, rows in snippets.items()
        if day != "note"
    }


@pytest.mark.parametrize(
    ("day", "coin", "hashes_per_second", "published", "rounding"),
    [
        ("2020-02-19", "ETC", 88.5e6, 0.18164, 3e-5),
        ("2020-02-19", "ETH", 88.5e6, 0.00674, 8e-4),
        ("2018-05-29", "ETH", 84e6, 0.00649, 8e-4),
    ],
)
def test_whattomines_own_rewards_come_out_of_its_difficulty(
    whattomine: dict[str, FeedReading], day: str, coin: str, hashes_per_second: float, published: float, rounding: float
) -> None:
    quote = by_coin(whattomine[day])[coin]

    assert coins_per_day(quote, hashes_per_second) == pytest.approx(published, rel=rounding)
    assert quote.taken_at.strftime("%Y-%m-%d") == day
    assert quote.price is not None
    assert quote.price.currency == "BTC"


def test_the_market_for_hashrate_is_no_coin(whattomine: dict[str, FeedReading]) -> None:
    assert by_coin(whattomine["2020-02-19"]).keys() == {"ETC", "ETH"}
    assert all(reading.problems == () for reading in whattomine.values())


def test_a_coin_that_is_not_in_the_table_is_read_without_its_unit(whattomine: dict[str, FeedReading]) -> None:
    (quote,) = whattomine["2017-11-01"].quotes

    assert (quote.coin, quote.algorithm, quote.hashes_per_difficulty) == ("XDN", "cryptonight", None)
    assert quote.price == Money(Decimal("3.013e-07"), "BTC")


def test_minerstats_yield_comes_out_of_its_difficulty(captured: Path) -> None:
    rows = json.loads((captured / "market" / "snapshots" / "minerstat_2024-02-16.json").read_text())["rows"]
    reading = detected(json.dumps(rows).encode(), "minerstat")

    assert by_coin(reading).keys() == {"BTC", "KAS"}
    for quote in reading.quotes:
        assert quote.coins_per_hash_per_second_per_day == pytest.approx(coins_per_day(quote, 1), rel=1e-9)
    assert reading.problems == ()


@pytest.fixture
def hashrate_no(captured: Path) -> FeedReading:
    """The rows of the capture, put back into the form in which they came."""
    with (captured / "market" / "snapshots" / "hashrate_no_coins_2026-10_subset.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    answer = {
        row["ticker"]: {
            "ticker": row["ticker"],
            "name": row["name"],
            "algorithm": row["algorithm"],
            "price": {"USD": row["price_usd"], "volume": ""},
            "estimate": {"yield": row["yield_per_hs_day"], "revenue": row["revenue_usd_per_hs_day"]},
            "network": {
                "hashrate": row["net_hashrate"] or None,
                "difficulty": row["difficulty"] or None,
                "blockTime": row["block_time_s"],
                "blockReward": row["block_reward"],
            },
        }
        for row in rows
    }
    return detected(json.dumps(answer).encode(), "hashrate_no")


def test_every_row_of_hashrate_no_is_read(hashrate_no: FeedReading) -> None:
    assert len(hashrate_no.quotes) == 43
    assert hashrate_no.problems == ()
    assert [(rate.currency, rate.worth) for rate in hashrate_no.rates] == [("BTC", Money(Decimal(85218), "USD"))]


@pytest.mark.parametrize("coin", ["BTC", "ETHW", "CKB"])
def test_a_yield_of_hashrate_no_comes_out_of_its_difficulty(hashrate_no: FeedReading, coin: str) -> None:
    quote = by_coin(hashrate_no)[coin]

    assert quote.coins_per_hash_per_second_per_day == pytest.approx(coins_per_day(quote, 1), rel=1e-3)


@pytest.mark.parametrize(
    "beginnings", [("2018-06", "2020-01"), pytest.param(("",), marks=pytest.mark.thorough)], ids=["around it", "all"]
)
def test_years_of_hourly_prices_are_slots_with_their_one_hole_named(
    captured: Path, beginnings: tuple[str, ...]
) -> None:
    whole = (captured / "market" / "power" / "de_day_ahead_hourly.csv").read_text()
    head, *hours = whole.splitlines()
    raw = "\n".join([head, *(hour for hour in hours if hour.startswith(beginnings)), ""]).encode()
    reading = feeds.load("tariff_csv").parse(
        raw,
        taken_at=NOW,
        coins={},
        parameters={"start": "utc", "price": "eur_per_mwh", "per": "MWh", "currency": "EUR"},
    )

    assert len(reading.slots) == len(raw.splitlines()) - 1
    assert reading.problems == ("there is no price from 2018-06-14 00:00 UTC to 2020-01-01 00:00 UTC",)
    assert min(slot.price.amount for slot in reading.slots) < 0
