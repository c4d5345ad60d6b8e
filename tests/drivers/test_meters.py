"""Meters at the wall: their answers, their configuration, and the whole agent with one that dies."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from miner_agent import drivers
from miner_agent.assembly.configured import load_config
from miner_agent.assembly.parts import build
from miner_agent.errors import BadPayload, ConfigError, SourceError, Unreachable
from miner_agent.model.readings import MeterReading
from miner_agent.sources.driver import MeterOptions
from miner_agent.sources.payload import Payloads
from miner_agent.tick.plausibility import without_impossible
from miner_agent.transport.polls import Answer, Ask
from tests.agent import Agent, with_label
from tests.fake_http import FakeMiner
from tests.fakes import Mode
from tests.for_each import for_each
from tests.log_ticks import ask
from tests.nvml_stub import NvmlStub

PAGE = Path(__file__).parents[2] / "docs" / "meters.md"


def read(driver: str, document: object, **options: Any) -> MeterReading:
    """What a driver makes of an answer."""
    known = drivers.load(driver)
    assert known.configured is not None
    chosen = known.configured(MeterOptions(**options)) if options else known
    reading = chosen.read(Payloads({chosen.requests[0].name: json.dumps(document).encode()}))
    assert isinstance(reading, MeterReading)
    return reading


def relay(watts: object, watt_hours: object = 0.0) -> dict[str, object]:
    return {"apower": watts, "aenergy": {"total": watt_hours}}


def test_relays_of_one_device_are_one_power() -> None:
    found = read("shelly", {"switch:0": relay(100.5, 1), "switch:1": relay(50, 2), "switch:100": {"output": False}})

    assert (found.power_watts, found.energy_joules_total) == (150.5, 10_800)


@pytest.mark.parametrize("broken", [relay(None, 2), {"apower": None}, {"aenergy": {"total": 2}}])
def test_a_relay_that_says_nothing_leaves_no_partial_sum(broken: object) -> None:
    assert read("shelly", {"switch:0": relay(100.5, 1), "switch:1": broken}).power_watts is None
    assert read("shelly", {"switch:0": relay(100.5, 1), "switch:1": broken}, channel=0).power_watts == 100.5


def test_a_phase_or_a_clamp_that_is_left_out_leaves_no_partial_sum() -> None:
    phases = {f"{phase}_act_power": 10.0 for phase in "ab"}
    assert read("shelly", {"em:0": {**phases, "c_act_power": 10.0}}).power_watts == 30.0
    assert read("shelly", {"em:0": {**phases, "c_voltage": 230.0}}).power_watts is None
    assert read("shelly", {"em1:0": {"act_power": 10.0}, "em1:1": {"voltage": 230.0}}).power_watts is None
    with pytest.raises(BadPayload, match="measures power"):
        read("shelly", {"em1:0": {}, "em:0": {}})
    old = {"power": 10.0, "total": 60, "is_valid": True}
    assert read("shelly", {"meters": [old, old]}).energy_joules_total == 7200.0
    assert read("shelly", {"meters": [old, {"power": 10.0}]}).energy_joules_total is None


def test_energy_that_came_back_is_not_guessed() -> None:
    through = relay(100.5, 10)
    assert read("shelly", {"switch:0": {**through, "ret_aenergy": {"total": 1}}}).energy_joules_total == 9 * 3600
    assert read("shelly", {"switch:0": {**through, "ret_aenergy": {}}}).energy_joules_total is None


def test_a_clamp_at_the_main_is_not_added_to_the_relay_behind_it() -> None:
    found = read("shelly", {"switch:0": relay(100), "em1:0": {"act_power": 400.0}, "em1data:0": {}})

    assert (found.power_watts, found.energy_joules_total) == (400.0, None)


@pytest.mark.parametrize("error", ["power_meter_failure", "out_of_range:act_power", "ct_type_not_set"])
def test_a_phase_that_says_it_failed_is_not_read(error: str) -> None:
    phases = {f"{phase}_act_power": 10.0 for phase in "abc"}
    counters = {f"{phase}_total_act_energy": 1.0 for phase in "abc"}
    assert read("shelly", {"em:0": phases, "emdata:0": counters}).power_watts == 30.0
    assert read("shelly", {"em:0": {**phases, "b_errors": [error]}, "emdata:0": counters}).power_watts is None
    assert (
        read("shelly", {"em:0": {**phases, "b_errors": [error]}, "emdata:0": counters}, channel=0).power_watts == 10.0
    )
    assert read("shelly", {"em:0": {**phases, "errors": [error]}, "emdata:0": counters}, channel=0).power_watts is None


def test_the_power_that_somebody_typed_into_a_relay_is_not_read() -> None:
    with pytest.raises(BadPayload, match="a device that measures power"):
        read("shelly", {"relays": [{"ison": True}], "meters": [{"power": 60.0, "is_valid": True}]})


@pytest.mark.parametrize(
    ("driver", "document"),
    [
        ("shelly", {"switch:0": relay(1), "switch:1": relay(2)}),
        ("shelly", {"meters": [{"power": 1.0, "total": 1}, {"power": 2.0, "total": 1}]}),
        ("tasmota", {"StatusSNS": {"ENERGY": {"Power": [1, 2], "Total": [0.1, 0.2]}}}),
    ],
)
def test_a_channel_that_is_not_there_is_said_with_those_that_are(driver: str, document: object) -> None:
    with pytest.raises(BadPayload, match=r"'0, 1'; expected the configured channel 3"):
        read(driver, document, channel=3)


@for_each(
    ("driver", "document"),
    [
        ("shelly", {"sys": {"uptime": 1}, "switch:0": {"output": True}}),
        ("shelly", {"switch:0": 3}),
        ("shelly", {"em:0": []}),
        ("shelly", {"em1:0": None}),
        ("shelly", {"switch:0": {"apower": "12 W"}}),
        ("shelly", {"meters": {"0": 1}}),
        ("shelly", {"meters": [None]}),
        ("tasmota", {"StatusSNS": {"Time": "2026-01-01T00:00:00"}}),
        ("tasmota", {"StatusSNS": {"ENERGY": {"Power": "12 W"}}}),
        ("tasmota", {"StatusSNS": {"ENERGY": {"Power": [[1]]}}}),
        ("tasmota", {"StatusSNS": {"ENERGY": {"Power": []}}}),
        ("json", {"power": "12 W"}),
        ("json", {"power": "nan"}),
        ("json", {"power": True}),
        ("json", {"power": [1]}),
    ],
)
def test_what_is_no_reading_of_a_meter_is_refused(driver: str, document: object) -> None:
    with pytest.raises(BadPayload):
        read(driver, document)


def test_a_device_behind_a_password_says_so() -> None:
    with pytest.raises(BadPayload, match=r"sensors\.WARNING is .*; expected an answer without its web password"):
        read("tasmota", {"WARNING": "Need user=<username>&password=<password>"})


def test_one_counter_of_two_sockets_is_no_counter_of_the_first() -> None:
    document = {"StatusSNS": {"ENERGY": {"Power": [10, 20], "Total": 1.5, "Voltage": 230, "Current": [0.1, 0.2]}}}
    assert read("tasmota", document) == MeterReading(power_watts=30, energy_joules_total=5.4e6, product="Tasmota")
    assert read("tasmota", document, channel=0) == MeterReading(
        power_watts=10, voltage_volts=230, current_amperes=0.1, product="Tasmota"
    )


@pytest.mark.parametrize(
    ("document", "power", "energy", "watts", "joules"),
    [
        ({"a": {"b": [{"c": 1.5}]}, "e": 2}, "a.b[0].c kW", "e kWh", 1500.0, 7.2e6),
        ([3, {"e": "2.5"}], "[0] W", "[1].e Wh", 3.0, 9000.0),
        ({"switch:0": {"apower": "-12.25"}, "e": 10}, "switch:0.apower W", "e J", -12.25, 10.0),
        ({"rig power": 4}, "rig power W", "nowhere Wh", 4.0, None),
        ({"p": 4, "e": None}, " p  W ", "e Wh", 4.0, None),
    ],
)
def test_a_number_is_found_by_its_place_and_its_unit(
    document: object, power: str, energy: str, watts: float, joules: float | None
) -> None:
    found = read("json", document, request="/", power=power, energy=energy)

    assert (found.power_watts, found.energy_joules_total) == (watts, joules)


def test_a_place_that_is_not_there_is_named() -> None:
    with pytest.raises(BadPayload, match=r"answer\.data\.power is missing; expected a number: the power"):
        read("json", {"data": {}}, request="/", power="data.power W")


@pytest.mark.parametrize(
    ("watts", "kept"), [(-100_000.0, True), (1_000_000.0, True), (-1e5 - 1, False), (1e6 + 1, False)]
)
def test_a_meters_power_lies_between_a_roof_and_a_hall(watts: float, kept: bool) -> None:
    cleaned, dropped = without_impossible(MeterReading(power_watts=watts, energy_joules_total=1.0), source="wall")

    assert (cleaned.power_watts is not None) == kept
    assert [error.quantity for error in dropped] == ([] if kept else ["power_watts"])
    assert cleaned.energy_joules_total == 1.0


@for_each("field", ["energy_joules_total", "voltage_volts", "current_amperes"])
@for_each("value", [float("nan"), float("inf"), -1e30, 1e30])
def test_an_impossible_value_of_a_meter_is_dropped_and_counted(field: str, value: float) -> None:
    reading = MeterReading(**{field: value})  # type: ignore[arg-type]
    cleaned, dropped = without_impossible(reading, source="wall")

    assert getattr(cleaned, field) is None
    assert [(error.device, error.quantity) for error in dropped] == [("wall", field)]


METER = '[[meters]]\nname = "wall"\naddress = "127.0.0.1:1"\n'


@for_each(
    ("text", "sentence"),
    [
        (METER + 'driver = "xmrig"', 'driver = "xmrig" reads a miner; write it under [[miners]]'),
        ('[[miners]]\nname = "a"\ndriver = "shelly"', 'driver = "shelly" reads a meter; write it under [[meters]]'),
        ('[[miners]]\nname = "meter"\ndriver = "trex"', 'name = "meter" stands for every meter in the log; write another'),
        (METER + 'driver = "shelly"\nrequest = "/x"', 'key "request" means nothing to driver "shelly"; leave it away'),
        (METER + 'driver = "shelly"\ntoken_file = "t"', 'key "token_file" means nothing to driver "shelly"; leave it'),
        (METER + 'driver = "tasmota"\npower = "a W"', 'key "power" means nothing to driver "tasmota"; leave it away'),
        (METER + 'driver = "json"\nchannel = 1', 'key "channel" means nothing to driver "json"; leave it away'),
        (METER + 'driver = "shelly"\nchannel = 64', "channel = 64 is not possible; expected a whole number <= 63"),
        (METER + 'driver = "json"', 'key "request" is missing; write where the JSON stands and where in it the power'),
        (METER + 'driver = "json"\nrequest = "/a"', 'key "power" is missing; write where the JSON stands'),
        (METER + 'driver = "json"\nrequest = "a"\npower = "a W"', 'request = "a" is not possible; write a path, such as'),
        (METER + 'driver = "json"\nrequest = "/a b"\npower = "a W"', 'request = "/a b" is not possible; write a path'),
        (METER + 'driver = "json"\nrequest = "/a\\r\\nX: y"\npower = "a W"', 'request = "/a X: y" is not possible'),
        *(
            (METER + f'driver = "json"\nrequest = "/"\npower = "{place}"', "is not possible; write the place and then W or kW")
            for place in ("a", "a Wh", "W", ".a W", "a..b W", "a. W", "a[ W", "a[x] W", "a[0]b W", "a[-1] W", "[99999] W", " W")
        ),
        (
            METER + 'driver = "json"\nrequest = "/"\npower = "a W"\nenergy = "b W"',
            'energy = "b W" is not possible; write the place and then J or Wh or kWh, such as "data.phases[0].energy J"',
        ),
        (METER.replace("127.0.0.1:1", "tcp://10.0.0.1") + 'driver = "shelly"', "address: shelly speaks http, not tcp"),
        (METER + 'driver = "json"\nrequest = "/"\npower = "a W"\ntoken_file = "nowhere"', "token_file"),
    ],
)  # fmt: skip
def test_a_meter_that_cannot_be_is_said_so(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(ConfigError) as refusal:
        load_config(tmp_path / "config.toml", {})

    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("example", re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL))
def test_the_examples_in_the_documentation_are_good_ones(tmp_path: Path, example: str) -> None:
    (tmp_path / "meter-token").touch(0o600)
    (tmp_path / "meter-token").write_text("canary-7c1f")
    (tmp_path / "config.toml").write_text(example)

    assert len(load_config(tmp_path / "config.toml", {}).meters) == 1


def test_a_path_of_any_length_is_judged_at_once(tmp_path: Path) -> None:
    place = "a[0]" * 1000 + "]"
    (tmp_path / "config.toml").write_text(METER + f'driver = "json"\nrequest = "/"\npower = "{place} W"')
    with pytest.raises(ConfigError, match="write the place and then W or kW"):
        load_config(tmp_path / "config.toml", {})


def test_a_meter_of_another_machine_is_not_this_ones(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(
        METER + 'driver = "shelly"\n[[meters]]\nname = "far"\naddress = "127.0.0.1:1"\ndriver = "shelly"\nrig = "s19"'
    )
    loaded = load_config(tmp_path / "config.toml", {})
    asked = Asked()
    parts = build(loaded, {}, fetcher=asked, sensors=(asked, {}))
    try:
        found = parts.pipeline.tick(datetime(2026, 1, 1, tzinfo=UTC))
    finally:
        parts.close()

    assert [meter.name for meter in loaded.meters] == ["wall", "far"]
    assert asked.sources == ["wall"]
    assert [(outcome.source, outcome.kind) for outcome in found.outcomes if outcome.kind != "collector"] == [
        ("wall", "meter")
    ]


class Asked:
    """Answers nobody, and notes who was asked; reads no card."""

    restarts_total = 0

    def __init__(self) -> None:
        self.sources: list[str] = []

    def fetch(self, asks: Sequence[Ask]) -> "Future[list[Answer]]":
        self.sources += [ask.source for ask in asks]
        done: Future[list[Answer]] = Future()
        done.set_result(
            [Answer(source=ask.source, raw=None, error=Unreachable("nobody"), duration_seconds=0.0) for ask in asks]
        )
        return done

    def start(self) -> None: ...
    def request(self, deadline_monotonic_seconds: float) -> None: ...

    def collect(self, deadline_monotonic_seconds: float) -> dict[str, Mapping[str, Any] | SourceError]:
        return {}

    def stuck(self, name: str) -> bool:
        return False

    def close(self) -> None: ...


@pytest.fixture
def stub(library: Path, tmp_path: Path) -> Iterator[NvmlStub]:
    with NvmlStub(library, tmp_path / "control", cards=2) as stub:
        yield stub


class FakeShelly(FakeMiner):
    """A plug, of either generation, that shows what it is told to."""

    def __init__(self, *, path: str = "/rpc/Shelly.GetStatus") -> None:
        super().__init__({})
        self._path = path
        self.shows(1500.0, 100.0)

    def shows(self, watts: float | None, watt_hours: float) -> None:
        new = {"switch:0": {"apower": watts, "voltage": 230.0, "current": 6.5, "aenergy": {"total": watt_hours}}}
        old = {"meters": [{"power": watts, "is_valid": watts is not None, "total": 60 * watt_hours}]}
        self.pages = {self._path: json.dumps(old if self._path == "/status" else new).encode()}


@pytest.fixture
def shelly() -> Iterator[FakeShelly]:
    with FakeShelly() as meter:
        yield meter


def configured(*meters: tuple[str, FakeMiner], more: str = "") -> str:
    text = '[agent]\ninterval_seconds = 1\n[collectors.host]\nenabled = false\n[http]\nlisten = "127.0.0.1:0"\n'
    for name, meter in meters:
        text += f'[[meters]]\nname = "{name}"\ndriver = "shelly"\naddress = "{meter.address}"\n{more}'
    return text


WALL = 'rig_host_power_watts{source="meter"}'
ESTIMATE = 'rig_host_power_watts{source="estimate"}'
ENERGY = 'rig_host_energy_joules_total{source="meter"}'
UP = 'rig_meter_up{meter="wall"}'
STATE = 'rig_agent_database_size_bytes{database="state"}'  # it is open: what is counted from now on is kept


@pytest.mark.e2e
def test_a_meter_that_dies_is_absent_and_its_counter_tells_the_rest(
    tmp_path: Path, stub: NvmlStub, shelly: FakeShelly
) -> None:
    with Agent(tmp_path, configured(("wall", shelly)), environment=stub.environment()) as agent:
        page = agent.wait_until(lambda page: WALL in page and ESTIMATE in page and ENERGY in page)
        assert page[WALL] == page['rig_meter_power_watts{meter="wall"}'] == 1500.0
        assert page['rig_meter_voltage_volts{meter="wall"}'] == 230.0
        assert page['rig_meter_current_amperes{meter="wall"}'] == 6.5
        assert page["rig_host_power_difference_watts"] == pytest.approx(1500.0 - page[ESTIMATE])
        assert page[ESTIMATE] == pytest.approx(sum(with_label(page, "rig_device_power_watts").values()))
        assert not with_label(page, "rig_device_power_watts", device="meter/wall")
        before = page[ENERGY]

        shelly.mode = Mode.REFUSE
        page = agent.wait_until(lambda page: page.get(UP) == 0)
        assert page['rig_meter_error{meter="wall",reason="unreachable"}'] == 1
        assert not with_label(page, "rig_meter_power_watts")
        assert page.keys().isdisjoint({WALL, ENERGY, "rig_host_power_difference_watts"})
        assert ESTIMATE in page

        shelly.shows(1600.0, 100.5)
        shelly.mode = Mode.NORMAL
        agent.wait_until(lambda page: page.get(WALL) == 1600.0)
        agent.wait_until(lambda page: page.get(ENERGY) == before + 0.5 * 3600)  # once it is on disk
        agent.wait_for_line(re.compile("wall: .*no connection.*Is its API on\\? Shelly: on by default"))
        agent.wait_for_line(re.compile("wall: gives readings again"))
    assert set(shelly.paths) == {"/rpc/Shelly.GetStatus"}


@pytest.mark.e2e
def test_a_meter_behind_a_password_tells_what_to_do(tmp_path: Path, shelly: FakeShelly) -> None:
    shelly.status = "401 Unauthorized"
    with Agent(tmp_path, configured(("wall", shelly))) as agent:
        page = agent.wait_until(lambda page: UP in page)
        agent.wait_for_line(re.compile(r"wall: .*status 401.*Shelly: on by default; leave its password off"))

    assert page['rig_meter_error{meter="wall",reason="auth"}'] == 1


@pytest.mark.e2e
def test_energy_goes_on_after_a_restart_and_a_reload(tmp_path: Path, stub: NvmlStub, shelly: FakeShelly) -> None:
    config = configured(("wall", shelly))
    with Agent(tmp_path, config, environment=stub.environment()) as agent:
        agent.wait_until(lambda page: ENERGY in page and STATE in page)
        shelly.shows(1500.0, 101.0)
        agent.wait_until(lambda page: page.get(ENERGY) == 3600)
        assert agent.stop()[0] == 0
    with FakeShelly(path="/status") as second, Agent(tmp_path, config, environment=stub.environment()) as agent:
        agent.wait_until(lambda page: page.get(ENERGY) == 3600)
        agent.config.write_text(configured(("wall", shelly), ("second", second)))
        agent.process.send_signal(signal.SIGHUP)
        agent.wait_until(lambda page: page.get(WALL) == 3000.0)
        second.shows(1000.0, 102.0)
        agent.wait_until(lambda page: page.get(ENERGY) == 3600 + 7200)

        agent.config.write_text(configured(("second", second)))
        agent.process.send_signal(signal.SIGHUP)
        page = agent.wait_until(lambda page: UP not in page and page.get(WALL) == 1000.0)
        assert page[ENERGY] == 3600 + 7200
        second.shows(None, 0.0)
        page = agent.wait_until(lambda page: WALL not in page)
        assert page['rig_meter_up{meter="second"}'] == 1.0
    assert set(second.paths) == {"/rpc/Shelly.GetStatus", "/status"}


@pytest.mark.e2e
def test_the_log_keeps_meters_apart_from_devices(tmp_path: Path, stub: NvmlStub, shelly: FakeShelly) -> None:
    with Agent(tmp_path, configured(("wall", shelly)), environment=stub.environment()) as agent:
        agent.wait_until(lambda page: WALL in page and ENERGY in page)
        shelly.shows(1500.0, 101.0)
        agent.wait_until(lambda page: page.get(ENERGY) == 3600)
        assert agent.stop()[0] == 0
        kept = ask(agent.state / "telemetry.db", "SELECT device, kind, name FROM devices WHERE kind = 'meter'")
        done = subprocess.run(
            [sys.executable, "-m", "miner_agent", "log", "stats", "--since", "1h", "--json", "--config", agent.config],
            env={**stub.environment(), "MINER_AGENT__AGENT__STATE_DIRECTORY": str(agent.state)},
            capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    assert kept == [("meter/wall", "meter", "Shelly")]
    assert done.returncode == 0, done.stderr
    (period,) = json.loads(done.stdout)
    assert [(meter["meter"], meter["wall_energy_joules"]) for meter in period["meters"]] == [("wall", 3600.0)]
    assert period["meters"][0]["wall_power_watts_mean"] == 1500.0
    assert len(period["devices"]) == 2


@pytest.mark.e2e
def test_one_look_shows_meters_and_says_what_it_goes_by(tmp_path: Path, stub: NvmlStub, shelly: FakeShelly) -> None:
    (tmp_path / "config.toml").write_text(configured(("wall", shelly)))

    def once(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "miner_agent", "once", "--config", str(tmp_path / "config.toml"), *arguments],
            env=stub.environment(), capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    table, told = once(), json.loads(once("--json").stdout)

    assert table.returncode == 0, table.stderr
    assert re.search(r"wall +Shelly +1500\.0 W +0\.100 kWh +230\.0 V +6\.50 A", table.stdout)
    assert re.search(r"power: 1500 W \(measured at the wall\); \d+ W \(its cards and processors together", table.stdout)
    assert (told["power"]["power_watts"]["source"], told["power"]["power_watts"]["value"]) == ("meter", 1500.0)
    assert set(told["power"]["by_source"]) == {"meter", "estimate"}
    (meter,) = told["meters"]
    assert (meter["meter"], meter["up"], meter["power_watts"]["value"]) == ("wall", True, 1500.0)

    shelly.mode = Mode.CLOSE
    failed = once()
    assert failed.returncode == 69
    assert re.search(r"wall +no reading", failed.stdout)
    assert "measured at the wall" not in failed.stdout


HOSTILE = (
    Mode.HANG,
    Mode.HUGE_BODY,
    Mode.ENDLESS_HEAD,
    Mode.TINY_CHUNKS,
    Mode.REDIRECT,
    Mode.GZIP,
    Mode.RESET,
    Mode.NOT_HTTP,
)


@pytest.mark.e2e
def test_hostile_meters_cost_themselves_only(tmp_path: Path, stub: NvmlStub, shelly: FakeShelly) -> None:
    with ExitStack() as stack:
        hostile = {mode.name.lower(): stack.enter_context(FakeShelly()) for mode in HOSTILE}
        for mode, meter in zip(HOSTILE, hostile.values(), strict=True):
            meter.mode = mode
        config = configured(("good", shelly), *hostile.items())
        agent = stack.enter_context(Agent(tmp_path, config, environment=stub.environment()))
        page = agent.wait_until(lambda page: page.get('rig_meter_up{meter="good"}') == 1 and ESTIMATE in page)

    assert with_label(page, "rig_meter_up") == {
        'rig_meter_up{meter="good"}': 1,
        **{f'rig_meter_up{{meter="{name}"}}': 0 for name in hostile},
    }
    assert with_label(page, "rig_meter_power_watts") == {'rig_meter_power_watts{meter="good"}': 1500.0}
    assert WALL not in page
