"""One table of what algorithms are called: every word that miners and markets use for one that we know means that one."""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from miner_agent import drivers
from miner_agent.model.algorithms import Algorithms
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.driver import Driver
from miner_agent.sources.payload import Payloads
from miner_agent.tables.spellings import load_algorithms
from miner_agent.text import letters_of
from tests.captured import cases, own
from tests.for_each import for_each
from tests.tables.shipped import COINS, HARDWARE

ALGORITHMS = load_algorithms()
OF_NO_ALGORITHM_THAT_WE_KNOW = {
    "bitcash",  # of one coin of 2019, and of one miner alone
    "heavy",  # of old SRBMiner a CryptoNight, of ccminer the hash of Heavycoin: it cannot be told which
    *("geodnet", "onocoy", "wingbits"),  # rows of devices that measure, and mine nothing
}


def in_captures(raws: Iterator[tuple[Driver, dict[str, bytes]]]) -> set[str]:
    found: set[str] = set()
    for driver, raw in raws:
        if driver.kind != "miner" or driver.name == "json":
            continue
        reading = driver.read(Payloads(raw))
        assert isinstance(reading, MinerSnapshot)
        found |= {work.algorithm for work in reading.workloads if work.algorithm is not None}
    return found


def unknown(words: set[str]) -> set[str]:
    return {word for word in words if ALGORITHMS.known(word) is None} - OF_NO_ALGORITHM_THAT_WE_KNOW


def test_every_word_of_our_captures_is_known() -> None:
    words = in_captures((drivers.load(name), raw) for name in drivers.names() for raw in own(name))

    assert len(words) > 20
    assert unknown(words) == set()


def test_every_word_of_real_answers_is_known(captured: Path) -> None:
    words = in_captures((case.driver, case.raw) for case in cases(captured))

    assert len(words) > 20
    assert unknown(words) == set()


def in_column(file: Path) -> set[str]:
    with file.open(newline="") as lines:
        return {row["algorithm"] for row in csv.DictReader(lines) if row.get("algorithm")}


def in_document(document: object) -> Iterator[str]:
    if isinstance(document, dict):
        if isinstance(named := document.get("algorithm"), str):
            yield named
        for inner in document.values():
            yield from in_document(inner)
    elif isinstance(document, list):
        for inner in document:
            yield from in_document(inner)


def test_every_word_of_real_markets_is_known(captured: Path) -> None:
    market = captured / "market"
    words = {word.lower() for file in market.rglob("*.csv") for word in in_column(file)}
    words |= {word.lower() for file in market.rglob("*.json") for word in in_document(json.loads(file.read_text()))}
    rig = json.loads((market / "hardware" / "2cryptocalc_default_rig_2026-06.json").read_text())

    assert len(words) > 40
    assert unknown(words | set(rig)) == set()


def test_coins_and_hardware_are_written_in_our_spelling() -> None:
    written = {coin.algorithm for coin in COINS.values()}
    written |= {figure.algorithm for device in HARDWARE.values() for figure in device.benchmarks}

    assert written <= ALGORITHMS.names


@for_each(
    ("words", "ours"),
    [
        (("rx/0", "RandomX", "randomx/0", "RandomXMonero"), "randomx"),
        (("SHA-256", "sha256", "Sha256d", "SHA256AsicBoost"), "sha256d"),
        (("KawPow", "KAWPOW", "progpow-kawpow"), "kawpow"),
        (("ETH", "daggerhashimoto", "Ethash"), "ethash"),
        (("kaspa", "kas", "KHeavyHash", "heavyhash"), "kheavyhash"),
        (("cn/2", "cnv8", "normalv8", "cryptonight-v8"), "cryptonight-v8"),
        (("cryptonight_gpu", "cn/gpu"), "cryptonight-gpu"),
        (("lyra2v3", "Lyra2REv3"), "lyra2rev3"),
        (('Equihash 144,5 "BgoldPoW"', "Zhash", "Equihash 144_5", "equihash144/5"), "equihash-144-5"),
        (("decred", "Blake256R14"), "blake256r14"),
    ],
)
def test_all_words_for_one_algorithm_mean_it(words: tuple[str, ...], ours: str) -> None:
    assert {word: ALGORITHMS.spelled(word) for word in words} == dict.fromkeys(words, ours)


@for_each(
    "akin",
    [
        (
            "kawpow",
            "meowpow",
            "firopow",
            "evrprogpow",
            "ProgPow",
            "ProgPowZ",
            "epic-progpow",
            "progpow-veil",
            "vProgPow",
        ),
        ("ethash", "etchash", "ethashb3", "ubqhash", "zil"),
        ("rx/0", "rx/wow", "rx/arq", "rx/graft", "rx/scash", "rx/epic", "rx/keva", "rx/yada"),
        ("cuckaroo29", "cuckarood29", "cuckaroom29", "cuckarooz29", "cuckatoo31", "cuckatoo32", "cuckoocycle"),
        ("cn/0", "cn/1", "cn/2", "cn/r", "cn/half", "cn/fast", "cn/gpu", "cn-lite/0", "cn-heavy/0", "cn-heavy/xhv"),
        ("equihash", "equihash 210/9", "equihash 192,7", "equihash 144,5", "equihash 125,4", "equihash 150,5"),
        ("sha256d", "sha256dt", "sha512256d", "sha3x", "sha3d"),
        ("blake2b", "blake2s", "blake3", "blake3_decred", "blake256r8", "blake256r14"),
        ("beamhash i", "beamhash ii", "beamhash iii"),
        ("xelishashv2", "xelishashv3"),
        ("x16r", "x16rv2", "x16s", "lyra2z", "lyra2rev2", "lyra2rev3", "phi", "phi2"),
    ],
)
def test_what_is_only_akin_stays_apart(akin: tuple[str, ...]) -> None:
    spelled = {word: ALGORITHMS.known(word) for word in akin}

    assert None not in spelled.values()
    assert len(set(spelled.values())) == len(akin), spelled


@pytest.mark.parametrize("word", ["progpow-of-next-year", "rx/new", "Ethash 2.0", "a" * 500, "--", ""])
def test_a_word_that_nobody_knows_stays_as_it_is_in_lower_case(word: str) -> None:
    assert ALGORITHMS.known(word) is None
    assert ALGORITHMS.spelled(word) == ALGORITHMS.spelled(word.upper()) != "kawpow"


def test_our_words_mean_themselves() -> None:
    assert {name: ALGORITHMS.spelled(name) for name in ALGORITHMS.names} == {name: name for name in ALGORITHMS.names}
    assert all(re.fullmatch(r"[a-z0-9-]+", name) for name in ALGORITHMS.names)


def test_a_coin_that_a_word_names_is_mined_with_it() -> None:
    """Some programs tell the coin in the algorithm's place: the two tables must not differ on any."""
    tickers = {letters_of(coin.ticker): coin.algorithm for coin in COINS.values()}
    named = {word: ours for word, ours in ALGORITHMS.spellings.items() if word in tickers and word not in {"x11"}}

    assert {word: tickers[word] for word in named} == named
    assert {"kas", "etc", "zec", "rvn"} <= named.keys()


def test_a_table_that_is_empty_knows_no_word() -> None:
    assert Algorithms().known("kawpow") is None
