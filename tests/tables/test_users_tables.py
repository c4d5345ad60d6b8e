"""A user's file changes the tables, or is refused clearly."""

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calculators.chain.reward_rules import RULES
from calculators.equipment.hardware_model import DESIGNS
from calculators.equipment.rigs import parse_rig
from miner_agent.errors import ConfigError
from miner_agent.tables.coin_table import CoinTable, hashes_per_difficulty, load_coins
from miner_agent.tables.hardware_table import BenchmarkTable, HardwareTable, load_hardware
from miner_agent.tables.spellings import load_algorithms
from miner_agent.tables.users_file import UserFile
from tests import examples
from tests.for_each import for_each
from tests.tables.shipped import COINS, HARDWARE, PAGE


def written(folder: Path, text: str) -> Path:
    file = folder / "mine.toml"
    file.write_text(text)
    return file


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


@for_each(
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
            COIN + 'reward_rule = "halvings"\nreward_parameters = { coins = 3 }',
            "reward_parameters lack interval_blocks",
        ),
        (
            COIN + 'reward_rule = "halving"',
            "reward_rule is 'halving'; expected one of constant, halvings",
        ),
        (
            COIN + 'reward_rule = "constant"\nreward_parameters = { coins = 3, miner_part_from_5 = 80 }',
            "miner_part_from_5 is 80.0; expected a ratio from 0 to 1",
        ),
        (
            COIN + "known_heights = [[2026-01-01, 5], [2026-01-02, 5]]",
            "known_heights do not rise from day to day",
        ),
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


@pytest.mark.thorough
@given(
    coins=st.lists(st.dictionaries(st.sampled_from(CoinTable.__struct_fields__), VALUES), max_size=3),
    hardware=st.lists(
        st.dictionaries(st.sampled_from(HardwareTable.__struct_fields__), VALUES | BENCHMARKS), max_size=3
    ),
    algorithms=st.dictionaries(WORDS, st.lists(WORDS, max_size=2) | VALUES, max_size=2),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=examples.times(0.7))
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
    assert len(hardware) == len(HARDWARE) + 2
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


def test_the_page_tells_every_rule_with_its_parameters() -> None:
    lines = {line.split("`")[1]: line for line in PAGE.read_text().splitlines() if line.startswith("| `")}

    for name, rule in RULES.items():
        for parameter in (*rule.required, *rule.defaults, *(["coins_from_HEIGHT"] if rule.by_height else [])):
            assert f"`{parameter}`" in lines[name], (name, parameter)


def test_a_new_rule_does_not_keep_the_parameters_of_the_old_one(tmp_path: Path) -> None:
    file = written(tmp_path, '[[coins]]\nticker = "RVN"\nreward_rule = "voted"')

    assert load_coins(file)["RVN"].reward_parameters == {}


MADE = 'specification = { design = "ada", cores = 5120, boost_hertz = 2.4e9, limit_watts = 180'
OTHER = '[[hardware]]\nslug = "my-card"\nname = "My card"\nvendor = "x"\n'


def test_a_card_of_ones_own_is_modelled_by_what_it_is_made_of(tmp_path: Path) -> None:
    text = f'{OTHER}kind = "gpu"\n{MADE}, memory_bytes = 12e9, memory_bytes_per_second = 480e9 }}\n'
    told = load_hardware(written(tmp_path, text))["my-card"]
    figures = {each.algorithm: each for each in told.benchmarks}

    slower, faster = ({each.algorithm: each for each in HARDWARE[slug].benchmarks} for slug in ("rtx4060", "rtx4080"))
    assert figures.keys() == faster.keys()
    for name in ("kawpow", "etchash", "quantus"):
        assert figures[name].modelled is not None
        rates = [each[name].hashes_per_second for each in (slower, figures, faster)]
        assert rates == sorted(rates)


def test_a_figure_of_ones_own_goes_before_the_models(tmp_path: Path) -> None:
    figure = 'benchmarks = [{ algorithm = "kawpow", hashes_per_second = 1e6, source = "me", dated = 2026-01-01 }]'
    made = f"{MADE}, memory_bytes = 12e9, memory_bytes_per_second = 480e9 }}"
    told = load_hardware(written(tmp_path, f'{OTHER}kind = "gpu"\n{made}\n{figure}'))["my-card"]
    own = next(each for each in told.benchmarks if each.algorithm == "kawpow")

    assert (own.hashes_per_second, own.modelled) == (1e6, None)
    assert own.power_is_modelled
    assert len(told.benchmarks) > 10


@pytest.mark.parametrize(
    ("kind", "made", "sentence"),
    [
        ("gpu", f"{MADE} }}", "specification: memory_bytes and memory_bytes_per_second belong to the specification of"),
        ("cpu", f"{MADE} }}", "specification: threads and cache_bytes belong to the specification of a processor"),
        ("asic", f"{MADE} }}", 'key "benchmarks" is missing'),
        (
            "gpu",
            f"{MADE}, memory_bytes = 1e9, memory_bytes_per_second = 1e9 }}".replace("ada", "abacus"),
            "specification: design 'abacus' is not known; it is one of pascal, turing, ",
        ),
    ],
)
def test_a_specification_that_tells_too_little_is_a_sentence(
    tmp_path: Path, kind: str, made: str, sentence: str
) -> None:
    file = written(tmp_path, f'{OTHER}kind = "{kind}"\n{made}\n')

    with pytest.raises(ConfigError) as refusal:
        load_hardware(file)

    assert sentence in str(refusal.value)
    assert "device 1 (my-card): " in str(refusal.value)


def test_the_page_names_every_design() -> None:
    page = PAGE.read_text()
    for design in DESIGNS:
        assert f"`{design}`" in page or design in {"rdna2", "rdna3", "zen2", "zen3", "zen4"}, design
