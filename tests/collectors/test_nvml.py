"""NVIDIA cards: the real reader on the stub library, and what it tells of cards that work."""

import copy
from pathlib import Path
from typing import Any

import pytest

from miner_agent.collectors.nvml import nvml_answer
from miner_agent.collectors.nvml.nvml_cards import NvmlTracker, present
from miner_agent.model.devices import DeviceReading, DeviceState, ReadErrorReason, ThrottleReason
from miner_agent.tick.plausibility import without_impossible
from tests import nvml_stub
from tests.collectors.nvml_rig import LOST, START, Rig, about, card, states, told, without_values
from tests.nvml_stub import FIELDS, pci_address_of, uuid_of


def test_twelve_cards_tell_all_their_quantities_in_base_units(rig: Rig) -> None:
    rig.stub.cards, rig.stub.tick = range(12), 3

    reading = rig.tick()

    assert reading.driver_version == nvml_stub.DRIVER_VERSION
    assert reading.read_errors == ()
    assert [device.uuid for device in reading.devices] == [uuid_of(number) for number in range(12)]
    assert reading.devices[11] == DeviceReading(
        index=11,
        state=DeviceState.OK,
        name="Stub Graphics 12",
        vendor="nvidia",
        uuid="GPU-5b0b0000-0000-0000-0000-00000000000c",
        pci_address="0000:0c:00.0",
        serial="STUB0012",
        firmware_version="90.00.00.00.0c",
        core_temperature_celsius=64.0,
        memory_temperature_celsius=84.0,
        slowdown_temperature_celsius=93.0,
        memory_slowdown_temperature_celsius=105.0,
        shutdown_temperature_celsius=98.0,
        fan_ratio=0.61,
        fan_ratios=(0.51, 0.61),
        fan_speed_rpm=1310.0,
        fan_speeds_rpm=(1310.0, 1610.0),
        power_watts=about(131.3),
        power_limit_watts=about(211.0),
        power_limit_default_watts=about(320.0),
        power_limit_min_watts=about(100.0),
        power_limit_max_watts=about(350.0),
        energy_joules_total=about(15_600.0),
        core_clock_hertz=1511e6,
        memory_clock_hertz=9011e6,
        utilization_ratio=0.99,
        memory_utilization_ratio=0.71,
        memory_used_bytes=(5 << 30) + 11,
        memory_size_bytes=10 << 30,
        throttle_reasons=(),
        pcie_link_width=1,
        pcie_link_width_max=16,
        pcie_link_generation=3,
        performance_state=2,
        pcie_replays_total=111,
        ecc_corrected_errors_total=21,
        ecc_uncorrected_errors_total=11,
        remapped_rows_corrected=3,
        remapped_rows_uncorrected=1,
        remapped_rows_pending=False,
        remapped_rows_failed=False,
        xid_errors=(),
    )
    assert without_impossible(reading, source="nvml") == (reading, ())


def test_a_card_costs_at_most_sixteen_calls_a_tick_and_three_more_a_minute(rig: Rig) -> None:
    rig.stub.set_fault(0, fans=5)
    rig.tick()
    costs = []
    for _ in range(8):  # more than a minute: counters of errors come with a call that is made anyway
        before = sum(rig.stub.calls(0).values())
        reading = rig.tick()
        costs.append(sum(rig.stub.calls(0).values()) - before)

    assert sorted(costs) == [16] * 7 + [19]
    assert len(card(reading, 0).fan_ratios) == len(card(reading, 0).fan_speeds_rpm) == 3


@pytest.mark.parametrize("lacks", [{"partial": (13, ["fan_speed_rpm"])}, {"unsupported": ["fan_speed_rpm"]}])
def test_a_driver_that_does_not_know_the_speed_of_fans_is_not_asked_again(rig: Rig, lacks: dict[str, Any]) -> None:
    rig.stub.set_fault(0, **lacks)

    readings = [rig.tick() for _ in range(8)]

    assert rig.stub.calls(0)["fan_speed_rpm"] == 2  # once a fan
    assert told(readings[0]) == {("fan_speeds_rpm[0]", "unsupported"), ("fan_speeds_rpm[1]", "unsupported")}
    assert [one.read_errors for one in readings[1:]] == [()] * 7
    assert {card(one, 0).fan_speed_rpm for one in readings} == {None}
    assert card(readings[-1], 0).fan_ratios == (0.4, 0.5)


def test_a_memory_without_temperature_costs_no_call_between_the_minutes(rig: Rig) -> None:
    rig.stub.set_fault(0, unsupported=["field_values"])
    for _ in range(7):
        reading = rig.tick()

    assert rig.stub.calls(0)["field_values"] == 2
    assert card(reading, 0).memory_temperature_celsius is None
    assert card(reading, 0).pcie_replays_total == 100


def test_what_does_not_change_is_read_once(rig: Rig) -> None:
    for _ in range(3):
        rig.tick()

    calls = rig.stub.calls(0)
    assert calls["temperature"] == 3
    assert {calls[once] for once in ("handle", "uuid", "pci", "name", "serial", "vbios", "num_fans")} == {1}
    assert rig.stub.init_calls == 1


def test_not_supported_is_told_once_and_not_asked_again(rig: Rig) -> None:
    rig.stub.set_fault(0, unsupported=["power", "fan_speed_v2", "serial", "field_values"])

    first, second = rig.tick(), rig.tick()

    assert told(first) == {
        (quantity, "unsupported")
        for quantity in (
            "power_watts",
            "fan_ratios[0]",
            "fan_ratios[1]",
            "serial",
            "memory_temperature_celsius",
        )
    }
    assert second.read_errors == ()
    found = card(second, 0)
    assert (found.state, found.power_watts, found.fan_ratio, found.fan_ratios) == (
        DeviceState.OK,
        None,
        None,
        (),
    )
    assert rig.stub.calls(0)["power"] == 1
    assert rig.stub.calls(1)["power"] == 2


def test_after_a_driver_reload_what_was_not_supported_is_asked_again_but_not_told_again(rig: Rig) -> None:
    rig.stub.set_fault(0, unsupported=["power"])
    rig.stub.set_fault(1, unsupported=["power"])
    rig.tick()
    rig.stub.set_fault(1)
    rig.stub.reload_driver()

    assert states(rig.tick()) == [None] * 4
    reading = rig.tick()

    assert states(reading) == [DeviceState.OK] * 4
    assert reading.read_errors == ()
    assert rig.stub.calls(0)["power"] == 2
    assert card(reading, 1).power_watts == about(121.0)


def test_an_older_function_stands_in_for_a_missing_one(rig: Rig) -> None:
    missing = ["fan_speed_v2", "event_reasons", "temperature"]
    rig.stub.set_fault(0, partial=(13, missing), throttle_reasons=0x20)

    for _ in range(2):
        reading = rig.tick()

    found = card(reading, 0)
    assert found.core_temperature_celsius == 50.0
    assert found.throttle_reasons == (ThrottleReason.SW_THERMAL,)
    assert found.fan_ratios == (about(0.40),)
    assert rig.stub.calls(0)["event_reasons"] == 1
    assert rig.stub.calls(0)["throttle_reasons"] == 2


def test_sentinels_are_absent_and_counted(rig: Rig) -> None:
    every = [
        "temperature", "power", "energy", "utilization", "clock", "memory", "field_values", "event_reasons",
        "fan_speed_v2", "pcie_width", "pcie_generation", "performance_state", "enforced_limit", "threshold",
        "constraints", "default_limit", "fan_speed_rpm", "pcie_width_max", *FIELDS,
    ]  # fmt: skip
    rig.stub.set_fault(0, sentinels=every)

    reading = rig.tick()

    found = card(reading, 0)
    of_fans: dict[str, Any] = dict.fromkeys(("fan_ratios", "fan_speeds_rpm"), (None, None))
    nothing = without_values(found)
    assert found == DeviceReading(
        **{name: getattr(nothing, name) for name in DeviceReading.__slots__ if name not in of_fans},
        **of_fans,
    )
    assert {error.reason for error in reading.read_errors} == {ReadErrorReason.IMPLAUSIBLE}
    assert len(reading.read_errors) == 33
    assert card(reading, 1).state is DeviceState.OK
    assert len(rig.tick().read_errors) == 26  # the card's limits are not read again


@pytest.mark.parametrize(
    ("percents", "speeds", "slowest"),
    [
        ((40, 0), (1200, 0), 1200.0),  # the second one is to stand still at this load
        ((40, 50), (1200, 0), 0.0),
        ((0, 0), (0, 0), 0.0),
        ((40, 50), (0xFFFFFFFF, 1500), 1500.0),
    ],
)
def test_the_speed_of_a_card_is_that_of_its_slowest_fan_that_is_to_turn(
    raw: dict[str, Any], percents: tuple[int, int], speeds: tuple[int, int], slowest: float
) -> None:
    values = raw["cards"][0]["values"]
    for fan in (0, 1):
        values[f"fan_percent_{fan}"], values[f"fan_speed_rpm_{fan}"] = percents[fan], speeds[fan]

    assert NvmlTracker().follow(raw, START).devices[0].fan_speed_rpm == slowest


@pytest.mark.parametrize("blank", [0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF, 0x7FFFFFFFFFFFFFF0, 0x7FFFFFFFFFFFFFF2])
def test_every_blank_of_nvidias_is_known(raw: dict[str, Any], blank: int) -> None:
    raw["cards"][0]["values"]["energy_millijoules"] = blank

    reading = NvmlTracker().follow(raw, START)

    assert reading.devices[0].energy_joules_total is None
    assert told(reading) == {("energy_joules_total", "implausible")}


@pytest.mark.parametrize(
    ("mask", "reasons"),
    [
        (0x000, ()),
        (0x001, ()),
        (0x002, ()),
        (0x100, ()),
        (0x004, (ThrottleReason.POWER_CAP,)),
        (0x008, (ThrottleReason.OTHER,)),
        (0x048, (ThrottleReason.HW_THERMAL,)),
        (0x088, (ThrottleReason.HW_POWER_BRAKE,)),
        (0x010, (ThrottleReason.SYNC,)),
        (0x020, (ThrottleReason.SW_THERMAL,)),
        (0x064, (ThrottleReason.POWER_CAP, ThrottleReason.SW_THERMAL, ThrottleReason.HW_THERMAL)),
        (0x600, (ThrottleReason.OTHER,)),
        (1 << 40, ()),
    ],
)
def test_bits_that_slow_a_card_down_are_its_throttle_reasons(
    raw: dict[str, Any], mask: int, reasons: tuple[ThrottleReason, ...]
) -> None:
    raw["cards"][0]["values"]["throttle_mask"] = mask

    device = NvmlTracker().follow(raw, START).devices[0]

    assert device.throttle_reasons == reasons
    assert device.state is (DeviceState.THROTTLED if reasons else DeviceState.OK)


def test_a_fan_may_be_asked_for_more_than_its_full_speed(raw: dict[str, Any]) -> None:
    raw["cards"][0]["values"]["fan_percent_1"] = 120

    reading, dropped = without_impossible(NvmlTracker().follow(raw, START), source="nvml")

    assert reading.devices[0].fan_ratio == about(1.2)
    assert dropped == ()


def test_a_card_without_uuid_goes_by_its_address(rig: Rig) -> None:
    rig.stub.set_fault(1, unsupported=["uuid"])
    rig.tick()
    rig.stub.set_fault(1, LOST, unsupported=["uuid"])
    for _ in range(5):
        reading = rig.tick()

    lost = [device for device in reading.devices if device.state is DeviceState.LOST]
    assert [(device.uuid, device.pci_address) for device in lost] == [(None, pci_address_of(1))]


def test_names_from_the_card_are_cleaned(raw: dict[str, Any]) -> None:
    raw["cards"][0]["facts"]["name"] = "Evil\nCard\x1b[31m"

    assert NvmlTracker().follow(raw, START).devices[0].name == "Evil Card [31m"


def test_what_a_card_tells_of_itself_may_change_and_is_its_own(raw: dict[str, Any]) -> None:
    tracker, changed = NvmlTracker(), copy.deepcopy(raw)
    changed["cards"][0]["facts"]["power_limit_default_milliwatts"] = 111_000
    turned = {**changed, "cards": [{**card, "index": at} for at, card in enumerate(reversed(changed["cards"]))]}

    limits = [
        {device.uuid: device.power_limit_default_watts for device in tracker.follow(answer, START).devices}
        for answer in (raw, changed, turned)
    ]

    assert limits[1] == limits[2] == {**limits[0], raw["cards"][0]["uuid"]: 111.0}
    assert limits[0] != limits[1]


def test_hardware_is_found_by_its_vendor_its_module_or_its_library(tmp_path: Path) -> None:
    sysfs, procfs, libraries = tmp_path / "sys", tmp_path / "proc", tmp_path / "lib"
    libraries.mkdir()

    def found() -> bool:
        return present(sysfs=sysfs, procfs=procfs, library_directories=[libraries])

    def plug(address: str, vendor: str, kind: str) -> None:
        device = sysfs / "bus/pci/devices" / address
        device.mkdir(parents=True)
        (device / "vendor").write_text(vendor + "\n")
        (device / "class").write_text(kind + "\n")

    assert not found()
    plug("0000:00:02.0", "0x8086", "0x030000")
    plug("0000:01:00.1", "0x10de", "0x040300")  # the sound of a card without a picture
    assert not found()
    plug("0000:01:00.0", "0x10de", "0x030200")
    assert found()
    assert present(sysfs=tmp_path, procfs=tmp_path, library_directories=[]) is False
    (libraries / nvml_answer.LIBRARY).touch()
    assert present(sysfs=tmp_path, procfs=tmp_path, library_directories=[libraries])
    (procfs / "driver/nvidia").mkdir(parents=True)
    (procfs / "driver/nvidia/version").touch()
    assert present(sysfs=tmp_path, procfs=procfs, library_directories=[])
