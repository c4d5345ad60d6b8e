"""``[[expected.hashrates]]`` of two things at once, or of nobody, are refused in one sentence."""

from pathlib import Path

import pytest

from miner_agent.assembly import configured
from miner_agent.config import loading
from miner_agent.config.configuration import Config
from miner_agent.errors import ConfigError
from miner_agent.model.hashrate_expectations import Asked

MINER = '[[miners]]\nname = "cards"\ndriver = "trex"\n'


def loaded(folder: Path, keys: str, before: str = MINER) -> Config:
    file = folder / "config.toml"
    file.write_text(f'{before}[[expected.hashrates]]\nalgorithm = "KawPow"\nhashes_per_second = 43e6\n{keys}\n')
    return loading.load([file], environment={}, known_drivers=["trex"])


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ("miner = 'cards'\ndevice = 'GPU-1'", "miner is all of its devices together; leave it away"),
        ("miner = 'cards'\nmodel = 'RTX'", "miner is all of its devices together; leave it away"),
        ("miner = 'card'", 'miner = "card" is none of [[miners]]; did you mean "cards"?'),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, keys: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        loaded(tmp_path, keys)

    assert sentence in str(refusal.value)
    assert "[[expected.hashrates]] 1 (KawPow)" in str(refusal.value)


def test_a_miner_that_is_yet_to_be_found_may_be_named(tmp_path: Path) -> None:
    assert loaded(tmp_path, "miner = 'trex'", before="").expected.hashrates[0].miner == "trex"


@pytest.mark.parametrize(
    ("keys", "fits"),
    [
        ("miner = 'cards'", ["cards"]),
        ("device = 'GPU-1'", ["GPU-1"]),
        ("model = 'RTX 3080'", ["GPU-1", "GPU-2"]),
        ("model = 'RX 6800'", []),
        ("", ["GPU-1", "GPU-2"]),
    ],
)
def test_it_holds_for_what_it_names_and_on_its_algorithm_alone(tmp_path: Path, keys: str, fits: list[str]) -> None:
    expectations = configured.expected_hashrates(loaded(tmp_path, keys))
    called = "NVIDIA | NVIDIA GeForce RTX 3080 Ti"
    asked = {
        "cards": Asked(algorithm="kawpow", miner="cards"),
        "GPU-1": Asked(algorithm="kawpow", device="GPU-1", called=called),
        "GPU-2": Asked(algorithm="kawpow", device="GPU-2", called=called),
        "other": Asked(algorithm="etchash", device="GPU-1", called=called),
    }

    assert [name for name, one in asked.items() if expectations.of(one) == ("configured", 43e6)] == fits


def test_the_table_has_what_is_cited_of_a_card_and_of_a_machine(tmp_path: Path) -> None:
    expectations = configured.expected_hashrates(loaded(tmp_path, "device = 'another'"))
    card = expectations.of(Asked(algorithm="kawpow", device="GPU-1", models=("NVIDIA GeForce RTX 3080",)))
    machine = expectations.of(Asked(algorithm="sha256d", miner="s19", models=("Antminer S19 XP",)))

    assert card is not None
    assert machine is not None
    assert (card[0], machine[0]) == ("table", "table")
    assert 3e7 < card[1] < 7e7
    assert 1.3e14 < machine[1] < 1.5e14
    assert expectations.of(Asked(algorithm="kawpow", device="GPU-1", models=("A card that nobody knows",))) is None
