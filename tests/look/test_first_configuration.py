"""The first configuration: whatever was found and said, it loads as it stands, and says what it should."""

from datetime import UTC, datetime
from pathlib import Path

from miner_agent import drivers
from miner_agent.assembly import configured
from miner_agent.collectors.programs import Program
from miner_agent.config.configuration import Config
from miner_agent.errors import AuthRefused, DriverNotLoaded, SourceError, Unreachable
from miner_agent.look.discovery import FoundMiner
from miner_agent.look.first_configuration import Beginnings, OwnersWord, render, told_cards
from miner_agent.model.devices import DeviceKind, DeviceReading
from miner_agent.model.readings import MinerSnapshot, Outcome, Reading, SourceKind
from miner_agent.model.snapshot import Device, Inventory, RigSnapshot
from tests.for_each import for_each

NOW = datetime(2026, 11, 29, tzinfo=UTC)
HOSTILE = 'a"\n[agent]\nrig = "not mine"\n\x1b[31m\u202e'


def outcome(
    source: str, reading: Reading | None = None, error: SourceError | None = None, kind: SourceKind = "miner"
) -> Outcome[Reading]:
    return Outcome(source=source, kind=kind, asked_at=NOW, duration_seconds=0.1, reading=reading, error=error)


def card(number: int, name: str | None) -> Device:
    reading = DeviceReading(index=number, kind=DeviceKind.GPU, name=name)
    return Device(label=f"GPU-{number}", source="nvml", read_at=NOW, answered=True, reading=reading)


def beginnings(*outcomes: Outcome[Reading], cards: tuple[Device, ...] = (), **more: object) -> Beginnings:
    snapshot = RigSnapshot(taken_at=NOW, rig="rig", outcomes=outcomes, inventory=Inventory(devices=cards))
    return Beginnings(snapshot=snapshot, **more)  # type: ignore[arg-type]


def loaded(folder: Path, text: str) -> Config:
    (folder / "config.toml").write_text(text)
    return configured.load_config(folder / "config.toml", {})


FOUND = {
    "trex": FoundMiner(driver="trex", host="127.0.0.1", port=4067),
    "xmrig": FoundMiner(driver="xmrig", host="::1", port=18080),
}


def test_what_was_found_and_said_stands_in_it(tmp_path: Path) -> None:
    found = beginnings(
        outcome("trex", MinerSnapshot(software="t-rex", software_version="0.26.8")),
        outcome("xmrig", error=AuthRefused("xmrig: it wants a token")),
        cards=(card(0, "NVIDIA GeForce RTX 3080"), card(1, "NVIDIA GeForce RTX 3080"), card(2, None)),
        miners=FOUND,
    )
    told = OwnersWord(
        price_per_kilowatt_hour="0.3210", currency="CHF", zone="Europe/Zurich", meter=("shelly", "10.0.0.4"), feeds=True
    )
    text = render(found, told)
    config = loaded(tmp_path, text)

    assert [(one.name, one.driver, one.address) for one in config.miners] == [
        ("trex", "trex", "127.0.0.1:4067"),
        ("xmrig", "xmrig", "[::1]:18080"),
    ]
    assert config.discovery.enabled is True
    assert [(one.driver, one.address) for one in config.meters] == [("shelly", "10.0.0.4")]
    assert config.tariff is not None
    assert (str(config.tariff.price_per_kilowatt_hour), config.tariff.currency, config.tariff.zone) == (
        "0.3210",
        "CHF",
        "Europe/Zurich",
    )
    assert config.profit.currency == "CHF"
    assert [feed.feed for feed in config.feeds] == ["whattomine", "ecb"]
    assert "# Found: 2x NVIDIA GeForce RTX 3080, 1x a card." in text
    assert "# t-rex 0.26.8 answered\n[[miners]]" in text
    assert "# wants a token\n[[miners]]" in text


def test_where_nothing_was_found_and_said_it_changes_nothing(tmp_path: Path) -> None:
    config = loaded(tmp_path, render(beginnings(), OwnersWord()))

    assert config == Config(sources=config.sources, discovery=config.discovery)


def uncommented(text: str) -> str:
    """With every key in force that is shown as an example; sentences stay comments."""
    lines = text.splitlines()
    return "\n".join(line[1:] if line.startswith("#") and not line.startswith("# ") else line for line in lines)


def test_what_it_shows_as_an_example_is_right_as_well(tmp_path: Path) -> None:
    text = render(beginnings(silent=((Program(pid=7, name="gminer"), drivers.load("gminer")),)), OwnersWord())
    config = loaded(tmp_path, uncommented(text))

    assert {miner.driver for miner in config.miners} == {"gminer", "antminer"}
    assert [meter.driver for meter in config.meters] == ["shelly"]
    assert config.tariff is not None
    assert [feed.feed for feed in config.feeds] == ["whattomine", "ecb"]
    assert [channel.kind for channel in config.alerts.channels] == ["journal"]
    assert config.agent.rig == "left-rack"


def test_no_name_from_outside_says_anything_in_it(tmp_path: Path) -> None:
    found = beginnings(
        outcome("trex", MinerSnapshot(software=HOSTILE, software_version=HOSTILE)),
        outcome("xmrig", error=Unreachable(HOSTILE)),
        outcome("nvml", error=DriverNotLoaded(HOSTILE), kind="collector"),
        cards=(card(0, HOSTILE),),
        miners=FOUND,
        silent=((Program(pid=7, name=HOSTILE), drivers.load("gminer")),),
        unclear=((Program(pid=8, name=HOSTILE), (drivers.load("ewbf"), drivers.load("gminer"))),),
    )
    text = render(found, OwnersWord())
    config = loaded(tmp_path, text)

    assert config.agent.rig is None
    assert len(config.miners) == 2
    assert text.replace("\n", "").isprintable()


@for_each("driver", [name for name in drivers.names() if drivers.load(name).kind == "miner"])
def test_every_program_whose_api_is_off_gives_a_file_that_loads(tmp_path: Path, driver: str) -> None:
    found = beginnings(silent=((Program(pid=7, name=driver), drivers.load(driver)),))

    assert loaded(tmp_path, render(found, OwnersWord())).miners == ()


def test_many_models_are_named_up_to_a_number() -> None:
    assert told_cards({f"card {number}": 1 for number in range(10)}).endswith("1x card 7 and 2 more")
