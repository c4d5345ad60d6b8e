"""Figures that other people published, worked out again from the inputs that they published with them."""

import csv
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from calculators.chain.confidence import judged
from calculators.chain.crosscheck import crosscheck
from calculators.chain.difficulty_factor import derived_factor
from calculators.chain.network import expected_coins_per_day, expected_coins_per_day_by_network
from calculators.chain.quote import Quote
from calculators.earnings.estimate import Estimate, estimate
from calculators.earnings.operation import Operation
from calculators.money import Money

USD = "USD"
TWO_TO_32 = 2.0**32


def snapshot(captured: Path, name: str) -> Any:
    return json.loads((captured / "market/snapshots" / name).read_text())


def optional(row: dict[str, str], name: str) -> float | None:
    return float(row[name]) if row[name] else None


def hashrate_no(captured: Path) -> dict[str, dict[str, str]]:
    with (captured / "market/snapshots/hashrate_no_coins_2026-10_subset.csv").open() as file:
        return {row["ticker"]: row for row in csv.DictReader(file)}


def hashrate_no_quote(row: dict[str, str], factor: float | None, *, with_yield: bool = True) -> Quote:
    return Quote(
        coin=row["ticker"],
        algorithm=row["algorithm"],
        source="hashrate_no",
        taken_at=datetime(2026, 10, 2, tzinfo=UTC),
        difficulty=optional(row, "difficulty"),
        hashes_per_difficulty=factor,
        network_hashes_per_second=optional(row, "net_hashrate"),
        block_time_seconds=optional(row, "block_time_s"),
        block_reward_coins=optional(row, "block_reward"),
        coins_per_hash_per_second_per_day=optional(row, "yield_per_hs_day") if with_yield else None,
        price=Money(Decimal(row["price_usd"]), USD),
    )


def earned(quote: Quote, *, hashes_per_second: float, watts: float = 0, energy: str = "0", **fees: float) -> Estimate:
    currency = quote.price.currency if quote.price is not None else USD
    return estimate(
        quotes=[quote],
        operation=Operation(hashes_per_second=hashes_per_second, power_watts=watts, **fees),  # type: ignore[arg-type]
        energy_cost_per_day=Money(Decimal(energy), currency),
        now=quote.taken_at,
    )


def half_a_digit(shown: str) -> float:
    """The most that rounding can have changed a number that is shown so."""
    return 0.5 * 10.0 ** -len(shown.partition(".")[2])


@pytest.mark.parametrize(
    ("day", "name", "hashes_per_second", "relative"),
    [
        ("2020-02-19", "Ethereum", 88.5e6, 0),
        ("2020-02-19", "EthereumClassic", 88.5e6, 0),
        ("2018-05-29", "Ethereum", 84e6, 0),
        ("2017-11-01", "DigitalNote", 2187.5, 5e-5),  # its answers of that year are not exact
    ],
)
@pytest.mark.parametrize("window", ["", "24"])
def test_rewards_of_whattomine_are_met_within_their_rounding(
    captured: Path, day: str, name: str, hashes_per_second: float, relative: float, window: str
) -> None:
    row = snapshot(captured, "whattomine_snippets.json")[day][name]
    quote = Quote(
        coin=row["tag"],
        algorithm=row["algorithm"].lower(),
        source="whattomine",
        taken_at=datetime.fromtimestamp(row["timestamp"], UTC),
        difficulty=row[f"difficulty{window}"],
        hashes_per_difficulty=1,
        block_reward_coins=row["block_reward24"] if window else row.get("block_reward", row["block_reward24"]),
        price=Money(Decimal(str(row["exchange_rate"])), "BTC"),  # today's for both windows
    )
    found = earned(quote, hashes_per_second=hashes_per_second)

    coins, revenue = row[f"estimated_rewards{window}"], row[f"btc_revenue{window}"]
    assert found.coins_per_day == pytest.approx(float(coins), rel=relative, abs=half_a_digit(coins))
    assert float(found.revenue_per_day) == pytest.approx(float(revenue), rel=relative, abs=half_a_digit(revenue))


def test_an_answer_that_is_net_of_a_pool_fee_is_met_with_that_fee() -> None:
    # As WhatToMine's own default takes 2 % off. Worked out by hand: 200 TH/s and 5.51 kW at 0.10 USD.
    quote = Quote(
        coin="BTC",
        algorithm="sha256d",
        source="whattomine",
        taken_at=datetime(2026, 10, 2, tzinfo=UTC),
        difficulty=146.47e12,
        hashes_per_difficulty=TWO_TO_32,
        block_reward_coins=3.14,
        price=Money(Decimal(85_000), USD),
    )
    found = earned(quote, hashes_per_second=200e12, watts=5510, energy="13.224", pool_fee_ratio=0.02)

    assert found.coins_per_day == pytest.approx(8.4525e-05, rel=2e-5)
    assert float(found.revenue_per_day) == pytest.approx(7.18, abs=0.01)
    assert float(found.profit_per_day) == pytest.approx(7.18 - 13.22, abs=0.01)


def test_whattomine_computes_the_network_rate_from_the_difficulty(captured: Path) -> None:
    rows = snapshot(captured, "whattomine_snippets.json")["2020-02-19"]
    for name in ("Ethereum", "EthereumClassic"):
        row = rows[name]
        by_network = expected_coins_per_day_by_network(
            hashes_per_second=88.5e6,
            network_hashes_per_second=row["nethash"],
            block_time_seconds=float(row["block_time"]),
            block_reward_coins=row["block_reward"],
        )
        by_difficulty = expected_coins_per_day(
            hashes_per_second=88.5e6,
            difficulty=row["difficulty"],
            hashes_per_difficulty=1,
            block_reward_coins=row["block_reward"],
        )
        assert by_network == pytest.approx(by_difficulty, rel=1e-9)


def test_a_market_row_of_whattomine_is_refused(captured: Path) -> None:
    row = snapshot(captured, "whattomine_snippets.json")["2020-02-19"]["Nicehash-Ethash"]
    quote = Quote(
        coin=row["tag"],
        algorithm="ethash",
        source="whattomine",
        taken_at=datetime.fromtimestamp(row["timestamp"], UTC),
        difficulty=row["difficulty"],
        hashes_per_difficulty=1,
        network_hashes_per_second=row["nethash"],
        block_time_seconds=row["block_time"],
        block_reward_coins=row["block_reward"],
    )
    assert judged(crosscheck(quotes=[quote], now=quote.taken_at).findings).level == "refused"


def test_yields_of_minerstat_are_met(captured: Path) -> None:
    rows = {row["coin"]: row for row in snapshot(captured, "minerstat_2024-02-16.json")["rows"]}
    for ticker, factor in (("BTC", TWO_TO_32), ("KAS", TWO_TO_32)):
        row = rows[ticker]
        a_day = expected_coins_per_day(
            hashes_per_second=1,
            difficulty=row["difficulty"],
            hashes_per_difficulty=factor,
            block_reward_coins=row["reward_block"],
        )
        assert a_day / 24 == pytest.approx(row["reward"], rel=1e-9)


def test_a_pool_row_of_minerstat_earns_by_its_yield(captured: Path) -> None:
    rows = {row["coin"]: row for row in snapshot(captured, "minerstat_2024-02-16.json")["rows"]}
    row = rows["BINANCE ETHW"]
    quote = Quote(
        coin=row["reward_unit"],
        algorithm="ethash",
        source="minerstat",
        taken_at=datetime.fromtimestamp(row["updated"], UTC),
        coins_per_hash_per_second_per_day=row["reward"] * 24,
        price=Money(Decimal(str(row["price"])), USD),
    )
    found = earned(quote, hashes_per_second=600e6)

    assert found.coins_per_day == pytest.approx(600e6 * 4.1230416666667e-11 * 24, rel=1e-12)
    assert found.confidence.level != "high"


EXACT = {
    "BTC": TWO_TO_32, "BSV": TWO_TO_32, "FB": TWO_TO_32, "BC2": TWO_TO_32, "BCH2": TWO_TO_32, "GAEL": TWO_TO_32,
    "VTC": TWO_TO_32, "RXD": TWO_TO_32, "ABEL": TWO_TO_32, "QUAI-SHA": 1, "ETHW": 1, "KDA": 1, "CKB": 1, "QUAN": 1,
}  # fmt: skip


@pytest.mark.parametrize("ticker", EXACT)
def test_exact_coins_of_hashrate_no_are_met(captured: Path, ticker: str) -> None:
    row = hashrate_no(captured)[ticker]
    hashes_per_second = 1e3  # a share of no network that counts
    found = earned(hashrate_no_quote(row, EXACT[ticker]), hashes_per_second=hashes_per_second)

    assert found.coins_per_day == pytest.approx(hashes_per_second * float(row["yield_per_hs_day"]), rel=1e-3)
    # QUAN's published revenue is 4 % above its own yield times its own price.
    assert float(found.revenue_per_day) == pytest.approx(
        hashes_per_second * float(row["revenue_usd_per_hs_day"]), rel=0.05 if ticker == "QUAN" else 1e-3
    )


@pytest.mark.parametrize(
    ("ticker", "factor"),
    [
        ("ETC", 1), ("ETHW", 1), ("KDA", 1), ("CKB", 1), ("QUAN", 1), ("ZANO", 1), ("EPIC-ProgPow", None),
        ("MWC", None), ("RVN", None), ("AE", None), ("VRSC", None), ("PRL", None), ("ARRR", None), ("FB", None),
    ],
)  # fmt: skip
def test_a_factor_is_derived_only_where_the_capture_bears_it_out(
    captured: Path, ticker: str, factor: float | None
) -> None:
    quote = hashrate_no_quote(hashrate_no(captured)[ticker], None)

    assert derived_factor(quote).hashes_per_difficulty == factor


@pytest.mark.parametrize("ticker", ["FB", "BC2", "QUAI-SHA", "BCH2", "GAEL", "ABEL"])
def test_rows_that_mix_units_or_merged_hash_are_refused(captured: Path, ticker: str) -> None:
    quote = hashrate_no_quote(hashrate_no(captured)[ticker], EXACT[ticker])

    assert judged(crosscheck(quotes=[quote], now=quote.taken_at).findings).level == "refused"


@pytest.mark.parametrize("ticker", ["BTC", "BSV", "VTC", "RXD", "ETHW"])
def test_rows_that_agree_are_not_refused(captured: Path, ticker: str) -> None:
    quote = hashrate_no_quote(hashrate_no(captured)[ticker], EXACT[ticker])

    assert judged(crosscheck(quotes=[quote], now=quote.taken_at).findings).level in {"high", "medium"}


def test_device_profits_of_hashrate_no_are_met(captured: Path) -> None:
    with (captured / "market/hardware/hashrate_no_estimates_2024-03-08.csv").open() as file:
        devices = list(csv.DictReader(file))
    met = 0
    for device in devices:
        if device["best_profit_coin"] != device["best24_coin"]:
            continue
        watts = round(float(device["implied_watts_at_0p05"]))  # of the first day; the second day has to fit it
        for window in ("", "24"):
            quote = Quote(
                coin=device["best_profit_coin"].partition("-")[0],
                algorithm="any",
                source="hashrate_no",
                taken_at=datetime(2024, 3, 8, tzinfo=UTC),
                coins_per_hash_per_second_per_day=1,
                price=Money(Decimal(device[f"revenue{window}_usd_day"]), USD),
            )
            energy = str(Decimal(watts) * 24 * Decimal("0.05") / 1000)
            found = earned(quote, hashes_per_second=1, watts=watts, energy=energy)
            assert float(found.profit_per_day) == pytest.approx(float(device[f"profit{window}_usd_day"]), abs=1e-3)
        met += 1
    assert met >= 147
