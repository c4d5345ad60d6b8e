"""What a page is told of inputs that are others is what the command line says of the same."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any, cast

import pytest

from calculators.money import Money
from miner_agent import drivers
from miner_agent.cli.support import profit_inputs, rig_input
from miner_agent.config import loading
from miner_agent.economy.question_of_rig import NO_PRICE
from miner_agent.economy.settings import Settings
from miner_agent.model.snapshot import RigPower, RigSnapshot
from miner_agent.profit.measured import rig_as_measured
from miner_agent.profit.rig_figures import Rig
from miner_agent.supposing import supposing_child
from miner_agent.supposing.supposed_inputs import SupposedInputs
from miner_agent.supposing.supposing_child import answer
from miner_agent.supposing.supposing_errand import SupposingErrand, supposing_bytes, supposing_errand_of
from tests.cli.every_command import printed
from tests.for_each import for_each
from tests.log_ticks import device, miner_work, tick

NOW = datetime(2026, 11, 2, 12, 17, tzinfo=UTC)
BAND = "[[tariff.bands]]\nname = {}\nstart = {}\nend = {}\nprice_per_kilowatt_hour = {}\n"
CONFIG = (
    '[profit]\ncurrency = "EUR"\ncoins = ["ETC", "RVN", "ERG"]\n'
    '[tariff]\nkind = "time-of-use"\ncurrency = "EUR"\nzone = "Europe/Berlin"\n'
    + BAND.format('"day"', '"06:00"', '"22:00"', '"0.45"')
    + BAND.format('"night"', '"22:00"', '"06:00"', '"0.02"')
)
Said = Callable[..., Any]


class Noon(datetime):
    """The same moment whenever it is asked for."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> "Noon":
        return cls.fromtimestamp(NOW.timestamp(), tz)


def snapshot() -> RigSnapshot:
    works = [miner_work("cards", "etchash", hashes_per_second=600e6, coin="ETC")]
    card = device("GPU-a", power_watts=900.0)
    cards = [replace(card, reading=replace(card.reading, name="NVIDIA GeForce RTX 3080"))]
    power = (RigPower(source="meter", power_watts=1000.0),)
    return replace(tick(0, cards, works, start=NOW), power=power)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("asking") / "config.toml"
    path.write_text(CONFIG)
    return path


def asked(config: Path, *settings: str, sweeps: tuple[str, ...] = (), coin: str | None = None) -> Any:
    """What the process says, in this one."""
    loaded = loading.load([config], environment={}, known_drivers=drivers.names())
    inputs = SupposedInputs(settings=settings, sweeps=sweeps, coin=coin)
    rig = measured(None, Settings.of(loaded), NOW)
    errand = SupposingErrand.of(inputs, loaded, credentials=None, rig=rig, returns=(), now=NOW)
    return json.loads(answer(supposing_errand_of(supposing_bytes(errand))))


def measured(_config: Path | None, settings: Settings, _now: datetime) -> Rig:
    return rig_as_measured(snapshot(), hardware=settings.hardware, algorithms=settings.algorithms)


@pytest.fixture
def said(config: Path, monkeypatch: pytest.MonkeyPatch) -> Said:
    """What the command line says of the same rig at the same moment."""
    monkeypatch.setattr(rig_input, "_measured", measured)
    monkeypatch.setattr(profit_inputs, "datetime", Noon)

    def say(*words: str) -> Any:
        code, out, complaint = printed([*words, "--json", "--config", str(config)])
        assert code == 0, complaint
        return json.loads(out)

    return say


@for_each(
    ["settings", "coin"],
    [
        ((), None),
        (("kwh_price=0.20",), None),
        (("kwh_price=+20%", "difficulty=+30%"), None),
        (("power=1.2kW", "pool_fee=2%"), "RVN"),
    ],
)
def test_weights_are_those_of_the_command_line(
    config: Path, said: Said, settings: tuple[str, ...], coin: str | None
) -> None:
    words = [word for one in settings for word in ("--set", one)] + ([] if coin is None else ["--coin", coin])
    expected, told = said("what-if", *words), asked(config, *settings, coin=coin)["answer"]

    assert {name: told[name] for name in expected} == expected
    assert len(told["weights"]) > 5


def test_a_sweep_and_a_map_are_those_of_the_command_line(config: Path, said: Said) -> None:
    row, up = "kwh_price=0.05:0.30:0.05", "coin_price_ratio=0.5:2:0.5"
    swept = said("what-if", "--set", "pool_fee=2%", "--sweep", row)
    mapped = said("what-if", "--sweep", row, "--sweep", up)

    told = asked(config, "pool_fee=2%", sweeps=(row,))["answer"]["row"]
    assert [
        {"kwh_price": value, "profit_per_day": profit}
        for value, profit in zip(told["values"], told["profit_per_day"], strict=True)
    ] == [{name: each[name] for name in ("kwh_price", "profit_per_day")} for each in swept["rows"]]
    found = asked(config, sweeps=(row, up))["answer"]["map"]
    assert {name: found[name] for name in ("across", "up", "profit_per_day")} == {
        name: mapped[name] for name in ("across", "up", "profit_per_day")
    }


def test_hours_that_pay_are_those_of_the_command_line(config: Path, said: Said) -> None:
    expected, told = said("hours"), asked(config)["answer"]

    assert told["hours_reason"] is None
    assert told["hours"] == {**expected["together"], "slots": expected["slots"]}
    assert {slot["run"] for slot in told["hours"]["slots"]} == {True, False}


@for_each(
    ["settings", "sweeps", "coin", "sentence"],
    [
        (("colour=red",), (), None, "'colour' is no input; known: kwh_price"),
        (("kwh_price",), (), None, "'kwh_price' sets nothing; write it as kwh_price=0.20"),
        (("kwh_price=1", "kwh_price_ratio=2"), (), None, "say the same in two ways"),
        (("uptime=200%",), (), None, "uptime"),
        ((), ("kwh_price=1",), None, "is no row of values"),
        ((), ("kwh_price=0:1:0.01", "pool_fee=0%:50%:1%"), None, "at most 1000: take larger steps"),
        ((), ("kwh_price=0:1:0.5", "kwh_price=0:1:0.5"), None, "kwh_price is swept twice"),
        ((), ("kwh_price=0:1:0.5",) * 3, None, "two inputs can be swept at once"),
        ((), (), "NOPE", "coin: 'NOPE' is none that this rig can mine"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    config: Path, settings: tuple[str, ...], sweeps: tuple[str, ...], coin: str | None, sentence: str
) -> None:
    told = asked(config, *settings, sweeps=sweeps, coin=coin)

    assert sentence in told["refused"], told
    assert told["asked_wrongly"]


def test_without_a_price_of_energy_it_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('[profit]\ncurrency = "EUR"\n')

    assert asked(tmp_path / "config.toml") == {"refused": NO_PRICE, "asked_wrongly": False}


def test_an_amount_reaches_the_page_without_a_power_of_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"today": {"price": Money(Decimal("1E-7"), "EUR")}, "then": [{"price": Money(Decimal("1E+1"), "EUR")}]}
    monkeypatch.setattr(supposing_child, "what_if", lambda _: told)

    said = json.loads(supposing_child.answer(cast("SupposingErrand", None)))["answer"]

    assert (said["today"]["price"]["amount"], said["then"][0]["price"]["amount"]) == ("0.0000001", "10")
