"""Days of several sources become one history, each in the same unit, or a sentence says why not."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from calculators.chain.quote import Quote
from calculators.exchange import Rate, Rates
from calculators.horizon.history import MarketDay
from calculators.money import Money
from miner_agent.economy.coin_metrics import is_coin_metrics, parse_coin_metrics
from miner_agent.economy.history_import import Part, days_of_quotes, joined_history, part_of_file
from miner_agent.errors import SourceError
from miner_agent.tables.coin_table import load_coins
from tests.for_each import for_each

COINS = load_coins()
FEEDS = Path(__file__).parents[1] / "captures" / "feeds"
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
BTC_CSV = (
    "time,AdrActCnt,BlkCnt,DiffMean,FeeTotNtv,IssTotNtv,PriceUSD\n"
    "2009-01-03,0,1,1,0,50,\n"
    "2026-01-01,800000,144,1.5e14,2.88,450,90000\n"
    "2026-01-02T00:00:00.000000000Z,800000,150,1.5e14,3,468.75,91000.5\n"
)


def usd(amount: str) -> Money:
    return Money(Decimal(amount), "USD")


def day(number: int, *, coin: str = "ETC", price: float = 8, difficulty: float | None = 2e15, reward: float | None = 2.0,
        found: float | None = None) -> MarketDay:  # fmt: skip
    return MarketDay(
        day=date(2026, 1, 1) + timedelta(days=number),
        coin=coin,
        price=usd(str(price)),
        difficulty=difficulty,
        coins_per_hash_per_second_per_day=found,
        block_reward_coins=reward,
    )


def part(name: str, *days: MarketDay) -> Part:
    return Part(name=name, days=days)


def test_coin_metrics_tells_price_difficulty_and_what_a_miner_got() -> None:
    assert is_coin_metrics(BTC_CSV)
    found = parse_coin_metrics(BTC_CSV, file_coin="btc", coins=COINS)

    assert [(row.day, row.coin, row.price, row.difficulty) for row in found.days] == [
        (date(2026, 1, 1), "BTC", usd("90000"), 1.5e14),
        (date(2026, 1, 2), "BTC", usd("91000.5"), 1.5e14),
    ]
    assert [row.block_reward_coins for row in found.days] == [pytest.approx(3.145)] * 2
    assert found.problems == ("without a price or a difficulty: 1 day",)


def test_a_file_of_many_coins_names_each() -> None:
    text = "asset,time,DiffMean,PriceUSD\nltc,2026-01-01,9e7,71\netc,2026-01-01,2e15,8.8\n"
    found = parse_coin_metrics(text, file_coin="all", coins=COINS)

    assert [(row.coin, row.block_reward_coins) for row in found.days] == [("LTC", None), ("ETC", None)]


@for_each(
    ("text", "coin", "said"),
    [
        ("time,PriceUSD\n2026-01-01,8\n", "etc", "without DiffMean or DiffLast"),
        ("time,DiffMean,PriceUSD\n2026-01-01,2e15,8\n", "my-file", "name the file as its coin, such as btc.csv"),
        ("time,DiffMean,PriceUSD\n2026-01-01,2e15,-8\n", "etc", "PriceUSD is '-8'; expected a number above zero"),
        ("time,DiffMean,PriceUSD\n2026-01-01,2e15,NaN\n", "etc", "PriceUSD is 'NaN'"),
        ("time,DiffMean,PriceUSD\n2026-01-01,2e15\n", "etc", "2 cells, and the first line has 3"),
        ("time,DiffMean,PriceUSD\n1 Jan,2e15,8\n", "etc", "the day is '1 Jan'"),
        ("time,DiffMean,PriceUSD\n", "etc", "no day of it is good"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, coin: str, said: str) -> None:
    with pytest.raises(ValueError, match=r"line 2|no day|without") as caught:
        parse_coin_metrics(text, file_coin=coin, coins=COINS)

    assert said in str(caught.value)


def test_a_file_that_a_german_spreadsheet_saved_reads_the_same() -> None:
    english = "time,DiffMean,PriceUSD\n2026-01-01,2000000.5,8.25\n2026-01-02,2000000.5,9\n"
    german = "time;DiffMean;PriceUSD\r\n02.01.2026;2.000.000,5;9\r\n01.01.2026;2.000.000,5;8,25\r\n"

    assert is_coin_metrics(german)
    found = parse_coin_metrics(german, file_coin="etc", coins=COINS)
    assert sorted(found.days, key=lambda row: row.day) == list(
        parse_coin_metrics(english, file_coin="etc", coins=COINS).days
    )


def test_an_answer_of_which_nobody_says_the_day_is_of_none() -> None:
    told = replace(quote("KAS", units="hashrate_no", difficulty=1e15, price=usd("0.04")), undated=True)
    found = days_of_quotes([told], Rates(), coins=COINS, currency="USD")

    assert found.days == ()
    assert found.problems == ("KAS: nobody says of which day it is",)


def quote(coin: str, *, units: str, difficulty: float, price: Money, reward: float = 1.64) -> Quote:
    row = COINS[coin]
    return Quote(
        coin=coin,
        algorithm=row.algorithm,
        source=units,
        taken_at=NOON,
        difficulty=difficulty,
        hashes_per_difficulty=row.hashes_per_difficulty[units],
        block_reward_coins=reward,
        price=price,
    )


@pytest.mark.parametrize("units", ["node", "minerstat"])
def test_every_source_s_difficulty_becomes_a_node_s(units: str) -> None:
    factors = COINS["KAS"].hashes_per_difficulty
    hashes = 6e16
    told = quote("KAS", units=units, difficulty=hashes / factors[units], price=usd("0.04"))
    found = days_of_quotes([told], Rates(), coins=COINS, currency="USD").days[0]

    assert found.difficulty == pytest.approx(hashes / factors["node"])
    assert found.block_reward_coins == 1.64


def test_a_coin_whose_unit_nobody_knows_is_told_by_what_a_hash_finds() -> None:
    told = Quote(coin="CFX", algorithm="octopus", source="whattomine", taken_at=NOON, network_hashes_per_second=4e12,
                 block_time_seconds=0.5, block_reward_coins=0.4, price=usd("0.1"))  # fmt: skip
    found = days_of_quotes([told], Rates(), coins=COINS, currency="USD").days[0]

    assert found.difficulty is None
    assert found.coins_per_hash_per_second_per_day == pytest.approx(86400 * 0.4 / 2e12)


def test_prices_in_bitcoin_are_converted_with_the_answer_s_own_bitcoin() -> None:
    rate = Rate(currency="BTC", worth=usd("90000"), taken_at=NOON + timedelta(minutes=2), source="the same answer")
    told = [
        quote("BTC", units="node", difficulty=1.5e14, price=usd("90000")),
        quote("ETC", units="node", difficulty=2e15, price=Money(Decimal("0.0001"), "BTC")),
    ]
    told = [told[0], told[1]]
    later = Quote(coin="LTC", algorithm="scrypt", source="node", taken_at=NOON + timedelta(minutes=5),
                  difficulty=9e7, hashes_per_difficulty=2.0**32, block_reward_coins=6.25, price=usd("71"))  # fmt: skip
    found = days_of_quotes([*told, later], Rates([rate]), coins=COINS, currency="USD")

    assert {row.coin: row.price for row in found.days}["ETC"] == usd("9.0000")
    assert not found.problems


def test_of_a_day_that_two_tell_the_first_counts_and_the_other_fills_holes() -> None:
    found = joined_history(
        [part("one", day(0, price=8), day(2, price=8.2)), part("two", day(0, price=8.1), day(1, price=8.3))],
        currency="USD",
    )

    assert [row.price.amount for row in found.history.of("ETC")] == [Decimal(8), Decimal("8.3"), Decimal("8.2")]
    assert found.days_by_source == {"ETC": {"one": 2, "two": 1}}


def test_a_source_in_another_unit_is_left_out_where_both_tell_a_day() -> None:
    wrong = (day(0, difficulty=2e15 / 2**32), day(1, difficulty=2e15 / 2**32))
    found = joined_history([part("one", day(0)), part("two", *wrong)], currency="USD")

    assert len(found.history.of("ETC")) == 1
    assert "two: ETC: its difficulty is 2.328e-10 times that of the source before it" in found.problems[0]


def test_a_source_in_another_unit_is_left_out_where_it_takes_over() -> None:
    found = joined_history([part("one", day(0)), part("two", day(1, price=8000))], currency="USD")

    assert len(found.history.of("ETC")) == 1
    assert "its price is 1000 times" in found.problems[0]
    assert "where one takes over from the other" in found.problems[0]


def test_days_that_tell_less_are_left_out_and_what_is_told_more_is_dropped() -> None:
    less = joined_history([part("one", day(0)), part("two", day(1, reward=None))], currency="USD")
    more = joined_history([part("one", day(0, reward=None)), part("two", day(1))], currency="USD")

    assert less.problems == ("two: ETC: left out for telling less than those before: 1 day",)
    assert [row.block_reward_coins for row in more.history.of("ETC")] == [None, None]


def test_saved_answers_of_feeds_are_a_day_each() -> None:
    path = FEEDS / "whattomine" / "coins__gpu-and-asic__joined" / "answer.raw"
    found = part_of_file(path, coins=COINS, currency="USD")

    assert {"BTC", "ETC", "LTC"} <= {row.coin for row in found.days}
    assert {row.price.currency for row in found.days} == {"USD"}
    assert any("RVN: the source says itself that it is behind" in problem for problem in found.problems)


def test_files_of_all_forms_are_one_history(tmp_path: Path) -> None:
    (tmp_path / "btc.csv").write_text(BTC_CSV)
    (tmp_path / "mine.csv").write_text("date,coin,price,difficulty,reward\n2026-01-03,BTC,91500,1.5e14,3.14\n")
    answer = FEEDS / "whattomine" / "coin__btc__single" / "answer.raw"
    parts = [
        part_of_file(path, coins=COINS, currency="USD")
        for path in (tmp_path / "btc.csv", tmp_path / "mine.csv", answer)
    ]
    found = joined_history(parts, currency="USD")

    assert found.days_by_source["BTC"] == {"btc.csv": 2, "mine.csv": 1, "answer.raw": 1}
    assert all(row.block_reward_coins == pytest.approx(3.14, abs=0.01) for row in found.history.of("BTC"))


def test_another_currency_than_theirs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "btc.csv").write_text(BTC_CSV)
    with pytest.raises(SourceError, match=r"btc\.csv: its prices are in USD; import them with --currency USD"):
        part_of_file(tmp_path / "btc.csv", coins=COINS, currency="EUR")
