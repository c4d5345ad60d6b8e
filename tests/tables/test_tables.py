"""The tables that come with the agent say what their sources say."""

import csv
import json
import statistics
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from calculators.chain.coin import Coin
from calculators.equipment.rigs import HardwareNames, name_key
from miner_agent.tables.coin_table import hashes_per_difficulty
from miner_agent.tables.market_of_one_day import builtin_market
from miner_agent.tables.spellings import load_algorithms
from tests.for_each import for_each
from tests.tables.shipped import COINS, HARDWARE, PAGE

NAMES = HardwareNames(HARDWARE)

A_DAY = 86_400
TABLES = ("algorithms", "coins", "hardware", "market", "stakes", "temperatures")
MARKET = {quote.coin: quote for quote in builtin_market()}
EXACT_BY_YIELD = {"BC2", "BSV", "BTC", "CKB", "ETHW", "FB", "GAEL", "KDA", "QUAI-SHA", "QUAN", "RXD", "VTC"}
EXACT_BY_NETWORK = {"ARRR", "CKB", "CPAY", "EPIC-PROGPOW", "ETC", "ETHW", "KDA", "MWC", "QUAN", "ZANO", "ZKAS"}
MOST_APART = 0.30  # of two figures of one source; beyond it the source mixes units


def published(captured: Path) -> Iterator[tuple[Coin, dict[str, float]]]:
    """What hashrate.no published of the coins that we know, and the factor that we have for it."""
    with (captured / "market/snapshots/hashrate_no_coins_2026-10_subset.csv").open() as rows:
        for row in csv.DictReader(rows):
            coin = COINS.get(row["ticker"].upper())
            if coin is not None and row["difficulty"]:
                yield (
                    coin,
                    {
                        name: float(row[name])
                        for name in ("yield_per_hs_day", "net_hashrate", "difficulty", "block_time_s", "block_reward")
                    },
                )


def test_there_are_as_many_coins_devices_and_quotes_as_people_need() -> None:
    assert len(COINS) >= 60
    assert len(HARDWARE) >= 60
    assert len(MARKET) >= 20
    assert {"BTC", "LTC", "DOGE", "XMR", "ETC", "RVN", "ZEC", "KAS"} <= COINS.keys() & MARKET.keys()


@for_each(
    "name",
    [
        *("RTX 4090", "RTX 3090", "RTX 3080", "RTX 3070", "RTX 3060 Ti", "RX 5700 XT", "RX 6800 XT", "RX 7900 XTX"),
        *("Ryzen 9 5950X", "Ryzen 9 7950X", "EPYC 7742", "Antminer S19 XP", "Antminer S19j Pro", "Antminer S21"),
        *("Antminer L7", "Antminer L9", "Whatsminer M30S++", "Whatsminer M50", "Whatsminer M60", "IceRiver KS3"),
        *("Antminer KS5 Pro", "Bitaxe Gamma"),
    ],
)
def test_the_devices_that_most_miners_own_are_known(name: str) -> None:
    assert NAMES.find(name).benchmarks


def test_every_figure_has_a_source_and_a_date() -> None:
    for coin in COINS.values():
        assert coin.sources, coin.ticker
    for device in HARDWARE.values():
        for benchmark in device.benchmarks:
            assert len(benchmark.source) > 5, device.slug
            assert date(2020, 1, 1) <= benchmark.dated, device.slug
    for quote in MARKET.values():
        assert quote.source == "built-in, hashrate.no API v2"
        assert quote.taken_at == datetime(2026, 10, 4, tzinfo=UTC)


def test_every_algorithm_of_a_device_is_mined_by_a_coin_and_no_device_has_one_twice() -> None:
    mined = {coin.algorithm for coin in COINS.values()}
    for device in HARDWARE.values():
        algorithms = [benchmark.algorithm for benchmark in device.benchmarks]
        assert set(algorithms) <= mined, device.slug
        assert len(set(algorithms)) == len(algorithms), device.slug


def test_a_device_is_found_by_its_slug_and_by_its_name() -> None:
    for device in HARDWARE.values():
        for name in (device.slug, device.name, *device.aliases):
            assert NAMES.find(name) is device


def test_asics_draw_their_power_at_the_wall_and_cards_at_the_board() -> None:
    assert {(device.kind, device.power_is) for device in HARDWARE.values()} == {
        ("asic", "wall"),
        ("cpu", "board"),
        ("gpu", "board"),
    }


def test_no_device_is_ten_times_better_or_worse_than_its_kind() -> None:
    per_joule: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    for device in HARDWARE.values():
        for each in device.benchmarks:
            if each.power_watts is not None:
                per_joule[device.kind, each.algorithm][device.slug] = each.hashes_per_second / each.power_watts
    for kind, figures in per_joule.items():
        usual = statistics.median(figures.values())
        for slug, figure in figures.items():
            assert usual / 10 < figure < usual * 10, (kind, slug)


def test_hashrates_agree_with_a_second_source(captured: Path) -> None:
    """2cryptocalc's, of June 2026; a Bitcoin ASIC's model has several sizes, and programs for Pearl got faster since."""
    units = {"KAWPOW": ("kawpow", 1e6), "Etchash": ("etchash", 1e6), "Autolykos2": ("autolykos2", 1e6)}
    units |= {"NexaPow": ("nexapow", 1e6), "Equihash 144_5": ("equihash-144-5", 1), "RandomX": ("randomx", 1e3)}
    units |= {"Equihash": ("equihash-200-9", 1), "KHeavyHash": ("kheavyhash", 1e9), "SHA256": ("sha256d", 1e12)}
    own_way = {"rx580", "rx5600xt", "gtx1660ti", "antminer-ks3"}  # two others agree on these, or it is another size
    compared = 0
    with (captured / "market/hardware/2cryptocalc_hashrates_2026-06.csv").open() as rows:
        for row in csv.DictReader(rows):
            algorithm, unit = units.get(row["algorithm"], ("", 1))
            try:
                device = NAMES.find(row["device"].removeprefix("ASIC "))
            except ValueError:
                continue
            for benchmark in device.benchmarks:
                if benchmark.algorithm == algorithm and benchmark.modelled is None and device.slug not in own_way:
                    assert benchmark.hashes_per_second == pytest.approx(float(row["hashrate"]) * unit, rel=0.12)
                    compared += 1
    assert compared > 50


def test_factors_reproduce_the_published_yields(captured: Path) -> None:
    exact = set(EXACT_BY_YIELD)
    for coin, row in published(captured):
        factor = hashes_per_difficulty(coin, "hashrate_no")
        if coin.ticker in EXACT_BY_YIELD:
            assert factor is not None
            expected = A_DAY * row["block_reward"] / (row["difficulty"] * factor)
            assert row["yield_per_hs_day"] == pytest.approx(expected, rel=1e-3), coin.ticker
            exact.discard(coin.ticker)
    assert not exact


def test_factors_reproduce_the_published_network_hashrates(captured: Path) -> None:
    exact = set(EXACT_BY_NETWORK)
    unsteady = {
        "BC2",
        "FB",
        "GAEL",
        "QUAI-SHA",
    }  # most of their hashrate came or went that day, or works for another chain
    for coin, row in published(captured):
        factor = hashes_per_difficulty(coin, "hashrate_no")
        if factor is not None and coin.ticker not in unsteady:
            expected = row["difficulty"] * factor / row["block_time_s"]
            rel = 2e-3 if coin.ticker in exact else MOST_APART
            assert row["net_hashrate"] == pytest.approx(expected, rel=rel), coin.ticker
            exact.discard(coin.ticker)
    assert not exact


@for_each("ticker", sorted(MARKET))
def test_the_market_of_one_day_does_not_contradict_itself(ticker: str) -> None:
    quote = MARKET[ticker]
    assert quote.difficulty
    assert quote.block_time_seconds
    if quote.hashes_per_difficulty is not None:
        by_difficulty = quote.difficulty * quote.hashes_per_difficulty / quote.block_time_seconds
        assert quote.network_hashes_per_second == pytest.approx(by_difficulty, rel=0.25)
    aim = COINS[ticker].block_time_seconds
    assert aim is None or quote.block_time_seconds == pytest.approx(aim, rel=0.20)


@pytest.mark.parametrize(("ticker", "exact"), [("XMR", True), ("KAS", False), ("IRON", False), ("ETC", True)])
def test_the_market_shows_the_factor_of_chains_whose_unit_is_one_hash(ticker: str, exact: bool) -> None:
    quote = MARKET[ticker]
    assert quote.hashes_per_difficulty == 1
    assert quote.difficulty
    assert quote.block_time_seconds
    assert quote.network_hashes_per_second == pytest.approx(
        quote.difficulty / quote.block_time_seconds, rel=1e-6 if exact else 0.01
    )


def test_the_figures_of_the_market_are_the_published_ones(captured: Path) -> None:
    seen = 0
    for coin, row in published(captured):
        if (quote := MARKET.get(coin.ticker)) is not None:
            assert quote.difficulty == pytest.approx(row["difficulty"], rel=1e-12)
            assert quote.network_hashes_per_second == pytest.approx(row["net_hashrate"], rel=1e-12)
            assert quote.block_time_seconds == pytest.approx(row["block_time_s"], rel=1e-12)
            assert quote.block_reward_coins == pytest.approx(row["block_reward"], rel=1e-12)
            seen += 1
    assert seen >= 12


def test_minerstat_is_reproduced_with_its_own_factors(captured: Path) -> None:
    answer = json.loads((captured / "market/snapshots/minerstat_2024-02-16.json").read_text())
    rows = {row["coin"]: row for row in answer["rows"]}
    for ticker in ("BTC", "KAS"):
        row, factor = rows[ticker], hashes_per_difficulty(COINS[ticker], "minerstat")
        assert factor == 2**32
        assert row["reward"] == pytest.approx(3_600 * row["reward_block"] / (row["difficulty"] * factor), rel=1e-9)


def test_whattomine_is_reproduced_with_its_own_factors(captured: Path) -> None:
    answer = json.loads((captured / "market/snapshots/whattomine_snippets.json").read_text())
    for name, ticker in (("EthereumClassic", "ETC"), ("Ethereum", "ETH")):
        row, factor = answer["2020-02-19"][name], hashes_per_difficulty(COINS[ticker], "whattomine")
        assert factor == 1
        assert row["nethash"] == pytest.approx(row["difficulty"] * factor / float(row["block_time"]), rel=1e-9)


def test_a_factor_belongs_to_its_source_and_is_absent_where_nobody_confirmed_it() -> None:
    kaspa = COINS["KAS"]

    assert [hashes_per_difficulty(kaspa, source) for source in ("hashrate_no", "minerstat", "node")] == [1, 2**32, 2]
    assert hashes_per_difficulty(kaspa, "whattomine") is None
    assert hashes_per_difficulty(COINS["PRL"], "hashrate_no") is None
    assert COINS["RVN"].hashes_per_difficulty["whattomine"] == 2**32  # "any" stands for the sources by name
    assert hashes_per_difficulty(COINS["RVN"], "a source of mine") == 2**32
    assert hashes_per_difficulty(COINS["BTC"], "node") == pytest.approx(2**48 / 65_535, rel=1e-9)


def test_scrypt_chains_are_merged_with_litecoin() -> None:
    merged = {coin.ticker for coin in COINS.values() if coin.merged_with == "LTC"}

    assert {"DOGE", "PEP", "DINGO"} <= merged
    assert all(COINS[ticker].algorithm == COINS["LTC"].algorithm for ticker in merged)


def test_the_rules_of_rewards_are_known_and_give_what_was_seen() -> None:
    from calculators.chain import rewards
    from calculators.chain.reward_rules import RULES

    seen: list[tuple[str, dict[str, Any], float]] = [
        ("BTC", {"height": 950_000}, 3.125),
        ("XEC", {"height": 950_000}, 1_812_500),
        ("LTC", {"height": 3_100_000}, 6.25),
        ("DOGE", {"height": 6_000_000}, 10_000),
        ("RVN", {"height": 4_500_000}, 1_250),
        ("VTC", {"height": 2_600_000}, 6.25),
        ("ZEC", {"height": 3_500_000}, 1.25),
        ("ETC", {"height": 25_500_000}, 1.6384),
        ("DASH", {"height": 2_550_000}, 0.41094),
        ("XMR", {"emitted_atomic_units": 19_000_000 * 10**12}, 0.6),
        ("KAS", {"at": datetime(2026, 10, 4, tzinfo=UTC)}, 2.18267645),
        ("GRIN", {"height": 1}, 60),
    ]
    for ticker, moment, coins in seen:
        found = rewards.block_reward(coin=COINS[ticker], moment=rewards.Moment(**moment))
        assert found.miner_coins == pytest.approx(coins, rel=1e-4), ticker
    assert {coin.reward_rule for coin in COINS.values()} - {None} <= RULES.keys()


@for_each(
    ("spelling", "ours"),
    [
        *(("KawPow", "kawpow"), ("KAWPOW", "kawpow"), ("Ethash", "ethash"), ("SHA-256", "sha256d")),
        *(("Equihash", "equihash-200-9"), ("Zhash", "equihash-144-5"), ("ZelHash", "equihash-125-4")),
        *(
            ("Autolykos2", "autolykos2"),
            ("rx/0", "randomx"),
            ("BeamHashIII", "beamhash-3"),
            ("kHeavyHash", "kheavyhash"),
        ),
        *(("PearlHash", "pearl-pow"), ("DaggerHashimoto", "ethash"), ("Cuckatoo32", "cuckatoo32"), ("", None)),
        ("an algorithm of next year", None),
    ],
)
def test_algorithms_are_known_as_sources_and_programs_write_them(spelling: str, ours: str | None) -> None:
    assert load_algorithms().known(spelling) == ours


def test_the_readme_counts_the_tables() -> None:
    readme = (PAGE.parents[1] / "README.md").read_text()

    assert f"{len(COINS)} coins and {len(HARDWARE)} devices" in readme


def test_names_of_devices_are_unique() -> None:
    owners: dict[str, str] = {}
    for device in HARDWARE.values():
        for name in (device.slug, device.name, *device.aliases):
            assert owners.setdefault(name_key(name), device.slug) == device.slug


def test_what_devices_mine_has_a_quote_or_is_named_as_having_none() -> None:
    """Where nothing of an algorithm is quoted, the page says which coins lack figures."""
    quoted = {quote.algorithm for quote in MARKET.values()}
    lacking = {each.algorithm for device in HARDWARE.values() for each in device.benchmarks} - quoted

    assert lacking == {"x11", "blake3", "equihash-144-5"}
    for name in ("Dash", "Alephium", "Bitcoin Gold"):
        assert name in PAGE.read_text()
