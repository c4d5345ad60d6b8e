"""The tables that come with the agent say what their sources say; a user's file changes them, or is refused clearly."""

import csv
import json
import re
import statistics
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calculators.chain.coin import Coin
from calculators.equipment.rigs import find_hardware, name_key, parse_rig
from miner_agent.errors import ConfigError
from miner_agent.tables.coin_table import CoinTable, hashes_per_difficulty, load_coins
from miner_agent.tables.hardware_table import BenchmarkTable, HardwareTable, load_hardware
from miner_agent.tables.market_of_one_day import builtin_market
from miner_agent.tables.spellings import algorithm_named, load_algorithms
from miner_agent.tables.users_file import UserFile

PAGE = Path(__file__).parents[2] / "docs" / "coins-and-hardware.md"
A_DAY = 86_400
COINS = load_coins()
HARDWARE = load_hardware()
MARKET = {quote.coin: quote for quote in builtin_market()}

EXACT_BY_YIELD = {"BC2", "BSV", "BTC", "CKB", "ETHW", "FB", "GAEL", "KDA", "QUAI-SHA", "QUAN", "RXD", "VTC"}
EXACT_BY_NETWORK = {"ARRR", "CKB", "CPAY", "EPIC-PROGPOW", "ETC", "ETHW", "KDA", "MWC", "QUAN", "ZANO", "ZKAS"}
MOST_APART = 0.30  # of two figures of one source; beyond it the source mixes units


def written(folder: Path, text: str) -> Path:
    file = folder / "mine.toml"
    file.write_text(text)
    return file


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


@pytest.mark.parametrize(
    "name",
    [
        *("RTX 4090", "RTX 3090", "RTX 3080", "RTX 3070", "RTX 3060 Ti", "RX 5700 XT", "RX 6800 XT", "RX 7900 XTX"),
        *("Ryzen 9 5950X", "Ryzen 9 7950X", "EPYC 7742", "Antminer S19 XP", "Antminer S19j Pro", "Antminer S21"),
        *("Antminer L7", "Antminer L9", "Whatsminer M30S++", "Whatsminer M50", "Whatsminer M60", "IceRiver KS3"),
        *("Antminer KS5 Pro", "Bitaxe Gamma"),
    ],
)
def test_the_devices_that_most_miners_own_are_known(name: str) -> None:
    assert find_hardware(name, HARDWARE).benchmarks


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
            assert find_hardware(name, HARDWARE) is device


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
                device = find_hardware(row["device"].removeprefix("ASIC "), HARDWARE)
            except ValueError:
                continue
            for benchmark in device.benchmarks:
                if benchmark.algorithm == algorithm and device.slug not in own_way:
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


@pytest.mark.parametrize("ticker", sorted(MARKET))
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
    assert {coin.reward_rule for coin in COINS.values()} - {None} <= rewards.RULES.keys()


@pytest.mark.parametrize(
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
    assert algorithm_named(spelling, load_algorithms()) == ours


def test_a_coin_of_the_users_is_added(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        '[[coins]]\nticker = "NEW"\nname = "Newcoin"\nalgorithm = "newhash"\nhashes_per_difficulty = { any = 16 }\n'
        '[[coins]]\nticker = "AUX"\nname = "Auxcoin"\nalgorithm = "Scrypt"\nmerged_with = "LTC"',
    )

    coins = load_coins(file)

    assert len(coins) == len(COINS) + 2
    assert (coins["NEW"].algorithm, hashes_per_difficulty(coins["NEW"], "hashrate_no")) == ("newhash", 16)
    assert coins["NEW"].sources == ("your mine.toml",)
    assert coins["AUX"].algorithm == "scrypt"
    assert load_coins() == COINS


def test_a_coin_that_is_known_keeps_what_the_user_does_not_tell(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        '[[coins]]\nticker = "KAS"\nblock_time_seconds = 0.2\nhashes_per_difficulty = { whattomine = 2 }\n'
        '[[coins]]\nticker = "RVN"\nreward_rule = "constant"\nreward_parameters = { coins = 625 }',
    )

    coins = load_coins(file)

    assert coins["KAS"].block_time_seconds == 0.2
    assert coins["KAS"].hashes_per_difficulty == {"hashrate_no": 1, "minerstat": 2**32, "node": 2, "whattomine": 2}
    assert coins["KAS"].sources == ("your mine.toml", *COINS["KAS"].sources)
    assert coins["RVN"].reward_parameters == {"coins": 625}
    assert coins["BTC"] == COINS["BTC"]


def test_a_device_of_the_users_is_added_and_one_that_is_known_changed(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        '[[hardware]]\nslug = "my-card"\nname = "My card"\nkind = "gpu"\nvendor = "NVIDIA"\naliases = ["old faithful"]\n'
        'benchmarks = [{ algorithm = "KAWPOW", hashes_per_second = 1e7, source = "measured", dated = 2026-11-01 }]\n'
        '[[hardware]]\nslug = "rtx3080"\n'
        "benchmarks = [{ algorithm = 'kawpow', hashes_per_second = 44e6, power_watts = 220, "
        "source = 'measured', dated = 2026-11-01 }]",
    )

    hardware = load_hardware(file)

    assert parse_rig("2x Old Faithful", hardware) == ((2, hardware["my-card"]),)
    assert hardware["my-card"].benchmarks[0].algorithm == "kawpow"
    assert hardware["my-card"].benchmarks[0].power_watts is None
    mine = {each.algorithm: each for each in hardware["rtx3080"].benchmarks}
    shipped = {each.algorithm: each for each in HARDWARE["rtx3080"].benchmarks}
    assert (mine["kawpow"].power_watts, mine["kawpow"].source) == (220, "measured")
    assert mine.keys() == shipped.keys()
    assert mine["etchash"] == shipped["etchash"]


def test_a_device_may_mine_an_algorithm_that_only_the_same_file_knows(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        '[algorithms]\nkawpow = ["kp"]\n[[coins]]\nticker = "NEW"\nname = "Newcoin"\nalgorithm = "newhash"\n'
        '[[hardware]]\nslug = "my-card"\nname = "My card"\nkind = "gpu"\nvendor = "AMD"\nbenchmarks = [\n'
        ' { algorithm = "NewHash", hashes_per_second = 1e7, source = "measured", dated = 2026-11-01 },\n'
        ' { algorithm = "kp", hashes_per_second = 1e7, source = "measured", dated = 2026-11-01 },\n]',
    )

    assert [each.algorithm for each in load_hardware(file)["my-card"].benchmarks] == ["newhash", "kawpow"]


COIN = '[[coins]]\nticker = "NEW"\nname = "Newcoin"\nalgorithm = "newhash"\n'
CARD = '[[hardware]]\nslug = "my-card"\nname = "My card"\nkind = "gpu"\nvendor = "AMD"\n'
FIGURE = '{ algorithm = "kawpow", hashes_per_second = 1e7, source = "measured", dated = 2026-11-01 }'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            COIN + "block_tme_seconds = 3",
            'coin 1 (NEW): key "block_tme_seconds" is not known; did you mean "block_time_',
        ),
        (
            COIN + 'block_time_seconds = "x"',
            'coin 1 (NEW): block_time_seconds = "x" is not possible; expected a number, got',
        ),
        (
            COIN + "block_time_seconds = 0",
            "coin 1 (NEW): block_time_seconds = 0 is not possible; expected a number > 0.0",
        ),
        (
            COIN + "block_time_seconds = nan",
            "coin 1 (NEW): block_time_seconds = nan is not a number; write a finite one",
        ),
        (COIN + "block_time_seconds = true", "block_time_seconds = True is not possible; expected a number"),
        (COIN + f"block_time_seconds = 1{'0' * 400}", "block_time_seconds = 1"),
        (COIN + "miner_part = 1.1", "miner_part = 1.1 is not possible; expected a number <= 1.0"),
        (
            COIN + "hashes_per_difficulty = { node = 0 }",
            "(NEW): hashes_per_difficulty = {'node': 0} is not possible; expected",
        ),
        (
            COIN + "hashes_per_difficulty = { node = inf }",
            "coin 1 (NEW): [hashes_per_difficulty]: node = inf is not a number",
        ),
        (
            COIN + 'hashes_per_difficulty = { "a b" = 1 }',
            'hashes_per_difficulty = "a b" is not possible; name a source',
        ),
        (COIN + "hashes_per_difficulty = 3", "hashes_per_difficulty = 3 is not possible; expected a table"),
        (
            COIN + "reward_parameters = { coins = 3 }",
            'reward_parameters belong to a rule; add reward_rule, such as "halv',
        ),
        (
            COIN + 'reward_parameters = { coins = "3" }',
            "(NEW): reward_parameters = {'coins': '3'} is not possible; expected a nu",
        ),
        (COIN + 'merged_with = "LTCC"', 'merged_with = "LTCC" is not possible; did you mean "LTC"?'),
        (COIN + 'merged_with = "LTC"', 'merged_with = "LTC" is not possible; name a chain of newhash'),
        (COIN.replace("newhash", "scrypt") + 'merged_with = "DOGE"', "that is not merged with another"),
        (COIN.replace("newhash", "scrypt") + 'merged_with = "NEW"', "that is not merged with another"),
        (COIN + "sources = 5", "sources = 5 is not possible; expected a list"),
        (COIN + COIN, 'mine.toml: coin 2 (NEW): ticker "NEW" is taken by'),
        ('[[coins]]\nname = "Newcoin"', 'coin 1 (Newcoin): key "ticker" is missing'),
        ('[[coins]]\nticker = "NEW"', 'coin 1 (NEW): key "name" is missing'),
        ("[[coins]]\nticker = 5", "coin 1: ticker = 5 is not possible; write text in quotes"),
        (COIN.replace("NEW", "new"), 'ticker = "new" is not possible; write it in capitals, such as RVN'),
        (
            COIN.replace('"newhash"', '"New Hash!"'),
            'algorithm = "New Hash!" is not possible; write it as kawpow or equi',
        ),
        (COIN.replace('"newhash"', '"--"'), 'algorithm = "--" is not possible'),
        (COIN.replace('"newhash"', "7"), "algorithm = 7 is not possible; expected text in quotes"),
        (
            '[algorithms]\nnewhash = ["KawPow"]',
            '[algorithms]: "KawPow" already means kawpow; leave it away under newhash',
        ),
        ("[algorithms]\nnewhash = 3", "algorithms = {'newhash': 3} is not possible; expected a list"),
        ("[[coin]]", 'mine.toml: key "coin" is not known; did you mean "coins"?'),
        ("[sources]", 'key "sources" is not known'),
        ("coins = 3", "coins = 3 is not possible; expected a list"),
        ("coins = [3]", "coin 1: "),
        ("[coins", "mine.toml: not TOML"),
        ("a = " + "[" * 5000, "nested too deep"),
        ("a = " + "9" * 5000, "a whole number has more digits than anything here needs; shorten it"),
        (
            CARD + "benchmarks = []",
            "device 1 (my-card): benchmarks = [] is not possible; expected a list of length >= 1",
        ),
        (CARD, 'device 1 (my-card): key "benchmarks" is missing'),
        (CARD + "benchmarks = 3", "benchmarks = 3 is not possible; expected a list"),
        (CARD + "benchmarks = [3]", "device 1 (my-card): benchmark 1: expected a table"),
        (CARD + f"benchmarks = [{FIGURE}, {FIGURE}]", "benchmark 2: algorithm = "),
        (
            CARD + f"benchmarks = [{FIGURE.replace('kawpow', 'kawpov')}]",
            'benchmark 1: algorithm = "kawpov" is not possible; did',
        ),
        (
            CARD + f"benchmarks = [{FIGURE.replace('source', 'sauce')}]",
            'benchmark 1: key "sauce" is not known; did you mean "so',
        ),
        (
            CARD + f"benchmarks = [{FIGURE.replace('1e7', '-1')}]",
            "benchmark 1: hashes_per_second = -1 is not possible; expected",
        ),
        (
            CARD + f"benchmarks = [{FIGURE.replace('2026-11-01', '5')}]",
            "benchmark 1: dated = 5 is not possible; expected a day",
        ),
        (CARD + f"benchmarks = [{FIGURE.replace(', dated = 2026-11-01', '')}]", 'benchmark 1: key "dated" is missing'),
        (
            CARD + f"benchmarks = [{FIGURE.replace('dated', 'power_watts = 0, dated')}]",
            "power_watts = 0 is not possible",
        ),
        (CARD.replace("gpu", "gpuu") + f"benchmarks = [{FIGURE}]", 'kind = "gpuu" is not known; did you mean "gpu"?'),
        (CARD.replace("my-card", "My Card") + f"benchmarks = [{FIGURE}]", "write it as rtx3080 or antminer-s19-xp"),
        (
            CARD + f'aliases = ["RTX 3080"]\nbenchmarks = [{FIGURE}]',
            'the name "rtx3080" is taken by rtx3080; choose another',
        ),
        (f"{CARD}benchmarks = [{FIGURE}]\n" * 2, 'device 2 (my-card): slug "my-card" is taken by'),
        ('[[coins]]\nticker = "A\\u001b[31m"', "coin 1 (A [31m): "),
    ],
)
def test_what_a_users_file_gets_wrong_is_said_with_place_and_remedy(tmp_path: Path, text: str, sentence: str) -> None:
    file = written(tmp_path, text)

    with pytest.raises(ConfigError) as refusal:
        _ = load_coins(file), load_hardware(file)

    assert sentence in str(refusal.value)
    assert str(refusal.value).startswith(f"{file}: ")
    assert str(refusal.value).isprintable()


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(b'[[coins]]\nticker = "\xe9"')
    for file, reason in (
        (tmp_path / "missing.toml", "no such file or directory; name a file that this user may read"),
        (tmp_path, "is a directory"),
        (tmp_path / "latin", "not UTF-8 text (byte 20)"),
        (tmp_path / "a\0b", "embedded null byte"),
    ):
        with pytest.raises(ConfigError, match=re.escape(reason)):
            load_coins(file)


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{json.dumps(key)} = {toml(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        return repr(value).replace("e", ".0e") if "." not in repr(value) and "e" in repr(value) else repr(value)
    return json.dumps(value)


WORDS = st.sampled_from(["", "NEW", "RVN", "KAS", "LTC", "kawpow", "rtx3080", "gpu", "any", "node", "--", "é", "a b"])
VALUES = st.recursive(
    st.booleans() | st.integers() | st.floats() | WORDS | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=4,
)
BENCHMARKS = st.lists(
    st.dictionaries(st.sampled_from(BenchmarkTable.__struct_fields__), VALUES, max_size=5) | VALUES, max_size=3
)


@given(
    coins=st.lists(st.dictionaries(st.sampled_from(CoinTable.__struct_fields__), VALUES), max_size=3),
    hardware=st.lists(
        st.dictionaries(st.sampled_from(HardwareTable.__struct_fields__), VALUES | BENCHMARKS), max_size=3
    ),
    algorithms=st.dictionaries(WORDS, st.lists(WORDS, max_size=2) | VALUES, max_size=2),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
def test_any_file_is_a_table_or_a_sentence(
    tmp_path: Path, coins: list[Any], hardware: list[Any], algorithms: dict[str, Any]
) -> None:
    whole = {"coins": coins, "hardware": hardware, "algorithms": algorithms}
    file = written(tmp_path, "\n".join(f"{key} = {toml(value)}" for key, value in whole.items()))
    for load in (load_coins, load_hardware, load_algorithms):
        try:
            load(file)
        except ConfigError as refusal:
            assert str(refusal).isprintable()


def test_the_page_shows_a_file_that_works(tmp_path: Path) -> None:
    examples = re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    file = written(tmp_path, "\n".join(examples))

    coins, hardware = load_coins(file), load_hardware(file)

    assert len(coins) == len(COINS) + 1
    assert len(hardware) == len(HARDWARE) + 1
    changed = {slug for slug, device in hardware.items() if HARDWARE.get(slug, device) != device}
    assert changed == {"rtx3080"}
    assert {ticker for ticker, coin in coins.items() if COINS.get(ticker, coin) != coin} == {"RVN"}


def test_the_page_names_every_key() -> None:
    page = PAGE.read_text()
    for table in (CoinTable, BenchmarkTable, HardwareTable):
        for key in table.__struct_fields__:
            assert f"| `{key}` |" in page, key
    for name in UserFile.__struct_fields__:
        assert f"[{name}]" in page


def test_a_new_rule_does_not_keep_the_parameters_of_the_old_one(tmp_path: Path) -> None:
    file = written(tmp_path, '[[coins]]\nticker = "RVN"\nreward_rule = "constant"')

    assert load_coins(file)["RVN"].reward_parameters == {}


def test_the_wheel_carries_the_tables(tmp_path: Path) -> None:
    from hatchling.builders.wheel import WheelBuilder

    (wheel,) = WheelBuilder(str(PAGE.parents[1])).build(directory=str(tmp_path), versions=["standard"])

    with zipfile.ZipFile(wheel) as archive:
        carried = {
            name for name in archive.namelist() if name.startswith("miner_agent/tables/") and name.endswith(".toml")
        }
    assert carried == {f"miner_agent/tables/{name}.toml" for name in ("coins", "hardware", "market")}


def test_the_readme_counts_the_tables() -> None:
    readme = (PAGE.parents[1] / "README.md").read_text()

    assert f"{len(COINS)} coins and {len(HARDWARE)} devices" in readme


def test_names_of_devices_are_unique() -> None:
    owners: dict[str, str] = {}
    for device in HARDWARE.values():
        for name in (device.slug, device.name, *device.aliases):
            assert owners.setdefault(name_key(name), device.slug) == device.slug
