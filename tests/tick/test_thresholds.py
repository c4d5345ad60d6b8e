"""From which temperature on a sensor is to be told of: as configured, as the card says, as is usual, or as nobody knows."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from miner_agent.errors import BadPayload
from miner_agent.model import temperature_limits
from miner_agent.model.devices import DeviceKind, DeviceReading
from miner_agent.model.readings import HostReading, MinerSnapshot, Outcome, Reading, SensorReading, SourceKind
from miner_agent.model.temperature_limits import (
    NO_LIMITS,
    Sensor,
    SensorLimits,
    TemperatureLimits,
    TemperatureRule,
    temperatures_of,
)
from miner_agent.sources.payload import Payloads
from miner_agent.tables.temperature_table import load_temperatures
from miner_agent.tick.inventory import take_inventory
from miner_agent.tick.plausibility import without_impossible
from miner_agent.tick.thresholds import Thresholds
from tests.captured import Case, cases
from tests.for_each import for_each

USUAL = TemperatureLimits(usual=load_temperatures())
NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOT: dict[str, Any] = {
    "core_temperature_celsius": 60.0,
    "memory_temperature_celsius": 80.0,
    "hotspot_temperature_celsius": 70.0,
}


def limits_of(reading: Reading, limits: TemperatureLimits = USUAL, *, rig: str = "rig") -> dict[str, SensorLimits]:
    """By sensor, of the one device that the reading has."""
    kind: SourceKind = "miner" if isinstance(reading, MinerSnapshot) else "collector"
    outcomes = [Outcome(source="a", kind=kind, asked_at=NOW, duration_seconds=0.1, reading=reading)]
    found, _ = Thresholds().of(outcomes, take_inventory(outcomes), limits, rig=rig)
    return {one.sensor: one.limits for one in found}


def limits(warning: float | None, critical: float | None) -> SensorLimits:
    return SensorLimits(warning_celsius=warning, critical_celsius=critical)


def card(name: str, vendor: str = "nvidia", **told: float) -> SensorReading:
    return SensorReading(
        devices=(DeviceReading(index=0, vendor=vendor, name=name, pci_address="0000:01:00.0", **(HOT | told)),)
    )


def test_what_the_card_says_goes_before_what_is_usual() -> None:
    found = limits_of(card("NVIDIA GeForce RTX 3080", slowdown_temperature_celsius=95.0))

    assert found == {"core": limits(85, 91), "memory": limits(104, 108)}
    assert limits_of(card("Radeon RX 6800", "amd", hotspot_slowdown_temperature_celsius=105.0))["hotspot"] == limits(
        95, 101
    )


def test_without_a_table_only_what_cards_say_is_known() -> None:
    assert limits_of(card("NVIDIA GeForce RTX 3080", slowdown_temperature_celsius=95.0), NO_LIMITS) == {
        "core": limits(85, 91)
    }


@pytest.mark.parametrize(
    ("name", "warning"),
    [("NVIDIA GeForce RTX 3080 Ti", 104), ("NVIDIA GeForce RTX 3060 Ti", None), ("NVIDIA GeForce RTX 2080", None)],
)
def test_a_memory_has_the_limit_of_its_kind_of_chips_or_none(name: str, warning: float | None) -> None:
    found = limits_of(card(name)).get("memory")

    assert (found and found.warning_celsius) == warning


@pytest.mark.parametrize(
    ("product", "software", "chip"),
    [
        ("Antminer S19j Pro", "bmminer", limits(85, 91)),
        ("Antminer S21+", "bmminer", limits(95, 101)),
        ("Antminer S9", "bmminer", None),
        ("Antminer S1", "bmminer", None),
        ("M50VH50", "btminer", None),
        (None, "cgminer", None),
    ],
)
def test_a_board_is_known_by_its_machine(product: str | None, software: str, chip: SensorLimits | None) -> None:
    board = DeviceReading(index=0, kind=DeviceKind.HASHBOARD, **HOT)

    assert limits_of(MinerSnapshot(software=software, product=product, devices=(board,))).get("chip") == chip


def test_a_sensor_that_is_not_shown_has_no_limit() -> None:
    reading = SensorReading(devices=(DeviceReading(index=0, vendor="nvidia", slowdown_temperature_celsius=95.0),))

    assert limits_of(reading) == {}


def test_processors_made_to_run_hot_are_no_alarm() -> None:
    def of(name: str) -> SensorLimits:
        cpu = DeviceReading(index=0, kind=DeviceKind.CPU, name=name, core_temperature_celsius=80.0)
        return limits_of(HostReading(devices=(cpu,)))["core"]

    assert of("AMD Ryzen 9 7950X 16-Core Processor") == limits(96, 100)
    assert of("AMD Ryzen 9 5950X 16-Core Processor") == limits(85, 91)
    assert of("Intel(R) Core(TM) i9-9900K CPU @ 3.60GHz") == limits(90, 96)
    assert of("Raspberry Pi 4 Model B Rev 1.4") == limits(75, 81)


def rule(warning: float | None, critical: float | None, **of: object) -> TemperatureRule:
    return TemperatureRule(sensor="core", limits=limits(warning, critical), **of)  # type: ignore[arg-type]


def test_of_several_rules_the_closest_holds_and_of_equal_ones_the_last() -> None:
    rules = [
        rule(50, 51, device="0000:01:00.0"),
        rule(52, 53, rig="left"),
        rule(54, 55, model="RTX 3080"),
        rule(56, 57, model="RTX"),
        rule(58, 59, kind=DeviceKind.GPU),
        rule(61, 62),
        rule(63, 64),
    ]
    for first, held in zip(range(len(rules) - 1), rules[:5] + rules[-1:], strict=True):
        told = TemperatureLimits(told=tuple(rules[first:]))
        assert limits_of(card("NVIDIA GeForce RTX 3080"), told, rig="left")["core"] == held.limits
    assert limits_of(card("NVIDIA GeForce RTX 3080"), TemperatureLimits(told=(rule(1, 2, rig="right"),))) == {}


def test_rigs_share_what_holds_for_all_that_are_called_the_same() -> None:
    def each(*told: TemperatureRule) -> tuple[SensorLimits, SensorLimits]:
        limits, found = TemperatureLimits(told=told), card("NVIDIA GeForce RTX 3080")
        left, right = (limits_of(found, limits, rig=rig)["core"] for rig in ("left", "right"))
        return left, right

    left, right = each(rule(51, 52, model="RTX"))
    assert left is right
    assert each(rule(51, 52), rule(53, 54, rig="left")) == (limits(53, 54), limits(51, 52))


def test_a_limit_that_the_closest_rule_leaves_open_is_that_of_the_next_one_which_says_it() -> None:
    of_all, of_model = rule(None, 85, kind=DeviceKind.GPU), rule(70, None, model="RTX 3080")
    of_card, hotter = rule(65, None, device="0000:01:00.0"), rule(90, None, model="RTX 3080")

    def held(*told: TemperatureRule) -> SensorLimits:
        hot = card("NVIDIA GeForce RTX 3080", slowdown_temperature_celsius=95.0)
        return limits_of(hot, TemperatureLimits(told=told))["core"]

    for told in ((of_all, of_model), (of_model, of_all)):
        assert held(*told) == limits(70, 85)
    assert held(of_card, of_model, of_all) == limits(65, 85)
    assert held(of_all, rule(None, 88, kind=DeviceKind.GPU), of_model) == limits(70, 88)
    assert held(hotter, of_all) == limits(90, 96)


@pytest.mark.parametrize(
    ("warning", "critical", "held"),
    [(80, None, (80, 91)), (95, None, (95, 101)), (None, 89, (85, 89)), (None, 80, (74, 80)), (70, 75, (70, 75))],
)
def test_where_one_limit_is_told_the_other_stays_or_keeps_its_distance(
    warning: float | None, critical: float | None, held: tuple[float, float]
) -> None:
    told = TemperatureLimits(told=(rule(warning, critical),))

    assert limits_of(card("x", slowdown_temperature_celsius=95.0), told)["core"] == limits(*held)


def test_room_and_liquid_are_the_machines() -> None:
    reading = MinerSnapshot(software="btminer", ambient_temperature_celsius=31.0, liquid_temperature_celsius=50.0)
    outcomes: list[Outcome[Reading]] = [
        Outcome(source="a", kind="miner", asked_at=NOW, duration_seconds=0.1, reading=reading)
    ]
    liquid = TemperatureRule(sensor="liquid", limits=limits(55, 60))

    told = TemperatureLimits(told=(liquid,), usual=USUAL.usual)
    _, found = Thresholds().of(outcomes, take_inventory(outcomes), told, rig="rig")

    assert {one.sensor: (one.subject, one.limits) for one in found} == {
        "ambient": ("a", limits(40, 45)),
        "liquid": ("a", limits(55, 60)),
    }


MACHINE = MinerSnapshot(
    software="trex",
    product="Antminer S19",
    ambient_temperature_celsius=31.0,
    devices=(DeviceReading(index=0, vendor="nvidia", name="NVIDIA GeForce RTX 3080", uuid="GPU-0", **HOT),),
)
TOLD = TemperatureLimits(
    told=(
        TemperatureRule(sensor="core", limits=limits(70, 80), rig="right"),
        TemperatureRule(sensor="core", limits=limits(71, 81), kind=DeviceKind.CPU),
        TemperatureRule(sensor="core", limits=limits(72, 82), model="Antminer S21"),
        TemperatureRule(sensor="core", limits=limits(73, 83), model="lolMiner"),
        TemperatureRule(sensor="memory", limits=limits(74, 84), device="GPU-1"),
        TemperatureRule(sensor="vrm", limits=limits(75, 85)),
        TemperatureRule(sensor="liquid", limits=limits(55, 60)),
    ),
    usual=USUAL.usual,
)


def of_card(**changed: Any) -> MinerSnapshot:
    return replace(MACHINE, devices=(replace(MACHINE.devices[0], **changed),))


@for_each(
    ("reading", "limits", "rig"),
    [
        (MACHINE, NO_LIMITS, "left"),
        (MACHINE, TOLD, "right"),
        (replace(MACHINE, software="lolMiner"), TOLD, "left"),
        (replace(MACHINE, product="Antminer S21"), TOLD, "left"),
        (replace(MACHINE, ambient_temperature_celsius=None), TOLD, "left"),
        (replace(MACHINE, liquid_temperature_celsius=40.0), TOLD, "left"),
        (replace(MACHINE, devices=()), TOLD, "left"),
        (of_card(uuid="GPU-1"), TOLD, "left"),
        (of_card(kind=DeviceKind.CPU), TOLD, "left"),
        (of_card(vendor="amd", name="Radeon RX 6800"), TOLD, "left"),
        (of_card(core_temperature_celsius=None), TOLD, "left"),
        (of_card(vrm_temperature_celsius=50.0), TOLD, "left"),
        (of_card(slowdown_temperature_celsius=95.0), TOLD, "left"),
        (of_card(memory_slowdown_temperature_celsius=95.0), TOLD, "left"),
        (of_card(hotspot_slowdown_temperature_celsius=95.0), TOLD, "left"),
    ],
)
def test_a_change_of_what_limits_go_by_is_seen_in_the_same_tick(
    reading: MinerSnapshot, limits: TemperatureLimits, rig: str
) -> None:
    followed = Thresholds()

    before = thresholds_of(followed, MACHINE, TOLD, "left")
    after = thresholds_of(followed, reading, limits, rig)

    assert after == thresholds_of(Thresholds(), reading, limits, rig) != before


def test_a_temperature_that_changes_leaves_its_limits() -> None:
    followed = Thresholds()

    before = thresholds_of(followed, MACHINE, TOLD, "left")

    assert thresholds_of(followed, of_card(core_temperature_celsius=61.0), TOLD, "left")[0] is before[0]


def thresholds_of(followed: Thresholds, reading: Reading, limits: TemperatureLimits, rig: str) -> tuple[Any, Any]:
    outcomes = [Outcome(source="a", kind="miner", asked_at=NOW, duration_seconds=0.1, reading=reading)]
    return followed.of(outcomes, take_inventory(outcomes), limits, rig=rig)


def test_names_that_a_source_makes_up_fill_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(temperature_limits, "_KEPT", 8)
    kept = TemperatureLimits(usual=USUAL.usual)
    for number in range(20):
        limits_of(card(f"made up {number}"), kept)

    assert 0 < len(kept._known) <= 8


def test_no_recorded_machine_is_too_hot(captured: Path) -> None:
    """All of them were well when they were recorded, or ail of something else."""
    hot = [
        (case.name, sensor, celsius)
        for case in cases(captured)
        if case.driver.kind == "miner"
        for reading in [read_case(case)]
        if reading is not None
        for device in reading.devices
        for sensor, celsius in temperatures_of(device).items()
        if celsius is not None and celsius > warning_of(reading, device, sensor)
    ]

    assert hot == []


def read_case(case: Case) -> MinerSnapshot | None:
    try:
        reading, _ = without_impossible(case.driver.read(Payloads(case.raw)), source="m")
    except BadPayload:
        return None
    return reading if isinstance(reading, MinerSnapshot) else None


def warning_of(reading: MinerSnapshot, device: DeviceReading, sensor: Sensor) -> float:
    told = limits_of(replace(reading, devices=(device,), workloads=(), faults=None)).get(sensor, SensorLimits())
    return float("inf") if told.warning_celsius is None else told.warning_celsius
