"""NVIDIA cards: the real pynvml on a stand-in for NVIDIA's library, read in a process of its own."""

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from miner_agent.collectors.nvml import nvml_answer
from miner_agent.collectors.nvml.nvml_cards import NvmlTracker, present
from miner_agent.errors import (
    BadPayload,
    DeviceLost,
    DriverLibraryMismatch,
    DriverNotLoaded,
    LibraryNotFound,
    SensorPermission,
    SourceError,
    TimedOut,
)
from miner_agent.model.devices import DeviceReading, DeviceState, ReadErrorReason, ThrottleReason
from miner_agent.model.readings import SensorReading
from miner_agent.tick.plausibility import without_impossible
from tests import nvml_stub
from tests.nvml_stub import CALLS, FIELDS, NvmlStub, pci_address_of, uuid_of

TICK_SECONDS = 10.0
START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LOST, UNKNOWN, TIMEOUT, RESET_REQUIRED = 15, 999, 10, 16

READER = """
import json, sys
from miner_agent.collectors.nvml.nvml_reader import NvmlReader

now = 0.0
reader = NvmlReader(procfs=sys.argv[1], monotonic=lambda: now)
for line in sys.stdin:
    now = float(line)
    print(json.dumps(reader.read()), flush=True)
"""


class Rig:
    """The reader in a process whose clock the test sets, and the tracker here."""

    def __init__(self, stub: NvmlStub, procfs: Path, environment: dict[str, str]) -> None:
        self.stub, self.tracker, self.now = stub, NvmlTracker(), 0.0
        self._process = subprocess.Popen(
            [sys.executable, "-c", READER, str(procfs)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )

    def raw(self, seconds: float = TICK_SECONDS) -> dict[str, Any]:
        """What the reader gives that much later."""
        self.now += seconds
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{self.now}\n")
        self._process.stdin.flush()
        return cast("dict[str, Any]", json.loads(self._process.stdout.readline()))

    def tick(self, seconds: float = TICK_SECONDS) -> SensorReading:
        raw = self.raw(seconds)
        return self.tracker.follow(raw, START + timedelta(seconds=self.now))

    def close(self) -> None:
        self.stub.clear()
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return nvml_stub.build(tmp_path_factory.mktemp("nvml"))


def rig_of(library: Path, directory: Path, *, cards: int) -> Iterator[Rig]:
    with NvmlStub(library, directory / "control", cards=cards) as stub:
        rig = Rig(stub, directory / "proc", {"PYTHONPATH": str(Path(__file__).parents[2]), **stub.environment()})
        yield rig
        rig.close()


@pytest.fixture
def rig(library: Path, tmp_path: Path) -> Iterator[Rig]:
    """Four cards."""
    yield from rig_of(library, tmp_path, cards=4)


@pytest.fixture
def raw(rig: Rig) -> dict[str, Any]:
    """What the reader says of four healthy cards."""
    return rig.raw()


def about(number: float) -> Any:
    return pytest.approx(number)


def by_uuid(reading: SensorReading) -> dict[str | None, DeviceReading]:
    found = {device.uuid: device for device in reading.devices}
    assert len(found) == len(reading.devices)
    return found


def card(reading: SensorReading, number: int) -> DeviceReading:
    return by_uuid(reading)[uuid_of(number)]


def states(reading: SensorReading) -> list[DeviceState | None]:
    return [device.state for device in reading.devices]


def told(reading: SensorReading) -> set[tuple[str, str]]:
    return {(error.quantity, error.reason.value) for error in reading.read_errors}


def without_values(device: DeviceReading) -> DeviceReading:
    """What may be left of a card of which nothing could be read."""
    return DeviceReading(
        index=device.index,
        state=device.state,
        name=device.name,
        vendor=device.vendor,
        uuid=device.uuid,
        pci_address=device.pci_address,
        serial=device.serial,
        firmware_version=device.firmware_version,
        xid_errors=device.xid_errors,
    )


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
        shutdown_temperature_celsius=98.0,
        fan_ratio=0.61,
        fan_ratios=(0.51, 0.61),
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


def test_a_card_costs_at_most_sixteen_calls_a_tick(rig: Rig) -> None:
    rig.stub.set_fault(0, fans=5)
    rig.tick()
    for _ in range(8):  # more than a minute: counters of errors come with a call that is made anyway
        before = sum(rig.stub.calls(0).values())
        reading = rig.tick()
        assert sum(rig.stub.calls(0).values()) - before == 16

    assert len(card(reading, 0).fan_ratios) == 3


def test_counters_of_errors_are_read_once_a_minute_and_held_in_between(rig: Rig) -> None:
    readings = [rig.tick() for _ in range(13)]

    assert rig.stub.fields_asked(0)["field_pcie_replays"] == 3
    assert {card(reading, 0).pcie_replays_total for reading in readings} == {100}


def test_counters_of_errors_are_not_held_for_a_card_that_answers_nothing(rig: Rig) -> None:
    rig.tick()
    rig.stub.set_fault(0, 17)

    found = card(rig.tick(), 0)

    assert (found.state, found.pcie_replays_total) == (None, None)


def test_a_counter_that_cannot_be_read_any_more_is_absent(rig: Rig) -> None:
    rig.tick()
    rig.stub.set_fault(0, partial=(UNKNOWN, ["field_pcie_replays"]))

    reading = rig.tick(60.0)

    assert card(reading, 0).pcie_replays_total is None
    assert card(reading, 0).ecc_corrected_errors_total == 10
    assert told(reading) == {("pcie_replays_total", "other")}


def test_where_no_count_for_life_is_kept_the_one_since_the_driver_was_loaded_is_told(rig: Rig) -> None:
    rig.stub.set_fault(0, unsupported=["field_ecc_aggregate", "field_remapped_rows"])

    reading = rig.tick()

    found = card(reading, 0)
    assert (found.ecc_corrected_errors_total, found.ecc_uncorrected_errors_total) == (1, 2)
    assert found.remapped_rows_failed is None
    assert {quantity for quantity, _ in told(reading)} == {
        f"remapped_rows_{which}" for which in ("corrected", "uncorrected", "pending", "failed")
    }
    rig.tick(60.0)
    assert rig.stub.fields_asked(0)["field_ecc_aggregate"] == 2
    assert rig.stub.fields_asked(0)["field_remapped_rows"] == 4


def test_a_driver_older_than_a_field_cannot_read_it_and_is_not_started_again_for_that(rig: Rig) -> None:
    rig.stub.set_fault(0, partial=(2, ["field_remapped_rows"]))

    reading = rig.tick()
    rig.tick()

    assert ("remapped_rows_pending", "unsupported") in told(reading)
    assert rig.stub.calls(1)["handle"] == 1


def test_a_memory_without_temperature_costs_no_call_between_the_minutes(rig: Rig) -> None:
    rig.stub.set_fault(0, unsupported=["field_values"])
    for _ in range(7):
        reading = rig.tick()

    assert rig.stub.calls(0)["field_values"] == 2
    assert card(reading, 0).memory_temperature_celsius is None
    assert card(reading, 0).pcie_replays_total == 100


def xids(device: DeviceReading) -> dict[int, tuple[int, float]]:
    """By XID how many, and how many seconds after the start the last one was told."""
    found = device.xid_errors or ()
    return {one.xid: (one.errors_total, (one.last_at - START).total_seconds()) for one in found}


def test_xid_errors_are_counted_by_card_and_number_with_the_time_of_the_last(rig: Rig) -> None:
    rig.tick()
    for number, xid in ((0, 31), (0, 31), (2, 79)):
        rig.stub.send_xid(number, xid)
    first = rig.tick()
    rig.tick()
    rig.stub.send_xid(0, 31)
    rig.stub.send_xid(0, 13)

    last = rig.tick()

    assert (xids(card(first, 0)), xids(card(first, 2))) == ({31: (2, 20.0)}, {79: (1, 20.0)})
    assert xids(card(last, 0)) == {31: (3, 40.0), 13: (1, 40.0)}
    assert (card(last, 1).xid_errors, xids(card(last, 2))) == ((), {79: (1, 20.0)})


def test_a_card_that_fell_off_the_bus_still_tells_its_last_error(rig: Rig) -> None:
    rig.tick()
    rig.stub.send_xid(1, 79)
    rig.stub.cards = (0, 2, 3)
    for _ in range(5):  # NVML is started anew meanwhile
        reading = rig.tick()

    assert rig.stub.init_calls > 1
    assert card(reading, 1).state is DeviceState.LOST
    assert xids(card(reading, 1)) == {79: (1, 20.0)}


def test_errors_are_heard_of_after_nvml_was_started_anew(rig: Rig) -> None:
    rig.tick()
    rig.stub.send_xid(0, 31)
    rig.tick()
    rig.stub.reload_driver()
    rig.tick()
    rig.tick()
    rig.stub.send_xid(0, 31)

    assert xids(card(rig.tick(), 0)) == {31: (2, 50.0)}


def test_a_new_reader_counts_from_its_own_start_and_no_error_is_lost_or_told_twice(raw: dict[str, Any]) -> None:
    tracker, name = NvmlTracker(), raw["cards"][0]["uuid"]
    for reader, counts, total in ((1, {}, 0), (1, {"31": 2}, 2), (2, {"31": 2}, 4), (2, {"31": 2}, 4), (3, {}, 4)):
        reading = tracker.follow({**raw, "reader": reader, "xids": {name: counts}}, START)
        assert sum(one.errors_total for one in reading.devices[0].xid_errors or ()) == total


def test_a_card_without_events_says_so_once_and_has_no_count(rig: Rig) -> None:
    rig.stub.set_fault(1, unsupported=["register_events"])

    first, second = rig.tick(), rig.tick()

    assert told(first) == {("xid_errors", "unsupported")}
    assert second.read_errors == ()
    assert (card(second, 0).xid_errors, card(second, 1).xid_errors) == ((), None)


@pytest.mark.parametrize("counts", [{"79": -1}, {"x": 1}, {"\u0667": 1}, {"1" * 5000: 1}, {"79": True}, 7])
def test_counts_that_are_none_are_refused(raw: dict[str, Any], counts: object) -> None:
    with pytest.raises(BadPayload):
        NvmlTracker().follow({**raw, "xids": {raw["cards"][0]["uuid"]: counts}}, START)


def test_what_does_not_change_is_read_once(rig: Rig) -> None:
    for _ in range(3):
        rig.tick()

    calls = rig.stub.calls(0)
    assert calls["temperature"] == 3
    assert {calls[once] for once in ("handle", "uuid", "pci", "name", "serial", "vbios", "num_fans")} == {1}
    assert rig.stub.init_calls == 1


def test_a_lost_card_has_no_values_and_takes_no_other_with_it(rig: Rig) -> None:
    rig.stub.cards = range(12)
    rig.tick()
    rig.stub.set_fault(5, LOST)

    reading = rig.tick()

    assert states(reading) == [DeviceState.OK] * 5 + [DeviceState.LOST] + [DeviceState.OK] * 6
    assert card(reading, 5) == without_values(card(reading, 5))
    assert told(reading) == {("core_temperature_celsius", "lost")}


def test_a_lost_card_comes_back_under_its_name_after_the_others_were_renumbered(rig: Rig) -> None:
    rig.stub.cards = range(12)
    rig.tick()
    rig.stub.cards = [number for number in range(12) if number != 5]  # lost now, renumbered at the next start

    while rig.stub.init_calls == 1:
        reading = rig.tick()
        assert card(reading, 5).state is DeviceState.LOST
    assert rig.now == 4 * TICK_SECONDS  # 20 s after it was missed
    assert [device.index for device in reading.devices] == list(range(12))  # 11 shifted, and the lost one
    assert [device.uuid for device in reading.devices[5:]] == [uuid_of(n) for n in (6, 7, 8, 9, 10, 11, 5)]
    assert all(card(reading, number).power_watts == about(120 + number) for number in (4, 6, 11))

    rig.stub.cards = [5, *range(5), *range(6, 12)]
    while rig.stub.init_calls == 2:
        reading = rig.tick()
    assert states(reading) == [DeviceState.OK] * 12
    assert (card(reading, 5).index, card(reading, 5).power_watts) == (0, about(125))


def test_nvml_starts_again_every_twenty_seconds_while_a_card_is_lost_and_no_longer(rig: Rig) -> None:
    rig.tick()
    rig.stub.set_fault(2, LOST)
    starts = []
    for _ in range(9):
        rig.tick()
        starts.append(rig.stub.init_calls)
    assert starts == [1, 1, 2, 2, 3, 3, 4, 4, 5]

    rig.stub.set_fault(2)
    for _ in range(5):
        reading = rig.tick()
    assert rig.stub.init_calls == 6
    assert states(reading) == [DeviceState.OK] * 4


def test_a_card_that_mends_itself_costs_no_new_start(rig: Rig) -> None:
    rig.tick()
    rig.stub.set_fault(2, LOST)
    rig.tick()
    rig.stub.set_fault(2)

    assert card(rig.tick(), 2).state is DeviceState.OK
    for _ in range(4):
        rig.tick()
    assert rig.stub.init_calls == 1


def test_a_card_missing_from_the_beginning_is_told_although_nothing_names_it(rig: Rig) -> None:
    rig.stub.set_fault(1, UNKNOWN)

    reading = rig.tick()

    assert [(device.index, device.uuid, device.state) for device in reading.devices] == [
        (0, uuid_of(0), DeviceState.OK),
        (1, None, DeviceState.LOST),
        (2, uuid_of(2), DeviceState.OK),
        (3, uuid_of(3), DeviceState.OK),
    ]
    assert [(error.device, error.quantity) for error in reading.read_errors] == [("nvml/1", "card")]

    rig.stub.set_fault(1)
    rig.tick()
    assert states(rig.tick()) == [DeviceState.OK] * 4


def test_a_known_card_that_loses_its_handle_is_not_told_twice(rig: Rig) -> None:
    rig.tick()
    rig.stub.set_fault(1, LOST)
    for _ in range(6):
        reading = rig.tick()

    assert len(reading.devices) == 4
    assert card(reading, 1).state is DeviceState.LOST


def test_unknown_once_or_twice_proves_nothing_and_the_third_time_the_card_is_lost(rig: Rig) -> None:
    rig.tick()
    rig.stub.set_fault(3, UNKNOWN)

    found = [card(rig.tick(5.0), 3) for _ in range(4)]

    assert [device.state for device in found] == [None, None, DeviceState.LOST, DeviceState.LOST]
    assert all(device.power_watts is None for device in found)
    rig.stub.set_fault(3)
    assert card(rig.tick(5.0), 3).state is DeviceState.OK


def test_one_unknown_quantity_is_no_lost_card(rig: Rig) -> None:
    rig.stub.set_fault(3, partial=(UNKNOWN, ["fan_speed_v2"]))
    for _ in range(5):
        reading = rig.tick()

    assert card(reading, 3).state is DeviceState.OK
    assert card(reading, 3).fan_ratios == (None, None)
    assert card(reading, 3).fan_ratio is None
    assert told(reading) == {("fan_ratios[0]", "other"), ("fan_ratios[1]", "other")}
    assert rig.stub.init_calls == 1


def test_a_dead_card_is_asked_little(rig: Rig) -> None:
    rig.tick()
    for code, calls in ((LOST, 1), (TIMEOUT, 1), (UNKNOWN, 3)):
        rig.stub.set_fault(0, code)
        before = sum(rig.stub.calls(0).values())
        rig.tick(1.0)
        assert sum(rig.stub.calls(0).values()) - before == calls
        rig.stub.set_fault(0)
        rig.tick(1.0)


def test_three_timeouts_in_a_row_are_a_hang_and_one_answer_ends_it(rig: Rig) -> None:
    rig.tick()
    rig.stub.set_fault(0, partial=(TIMEOUT, ["utilization"]))

    found = [card(rig.tick(), 0) for _ in range(3)]

    assert [device.state for device in found] == [DeviceState.OK, DeviceState.OK, DeviceState.HUNG]
    assert found[2].power_watts == about(120.0)  # asked before the call that timed out
    assert found[2].utilization_ratio is None
    rig.stub.set_fault(0)
    assert card(rig.tick(), 0).state is DeviceState.OK


@pytest.mark.parametrize(
    ("code", "state"),
    [
        (RESET_REQUIRED, DeviceState.RESET_REQUIRED),
        (8, DeviceState.DEGRADED),
        (11, DeviceState.DEGRADED),
        (14, DeviceState.DEGRADED),
        (17, None),
        (4321, None),
    ],
)
def test_a_cards_own_trouble_is_its_state(rig: Rig, code: int, state: DeviceState | None) -> None:
    rig.tick()
    rig.stub.set_fault(2, code)

    found = card(rig.tick(), 2)

    assert found.state is state
    assert found.power_watts is None
    assert found.name == "Stub Graphics 3"
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
        "constraints", "default_limit", *FIELDS,
    ]  # fmt: skip
    rig.stub.set_fault(0, sentinels=every)

    reading = rig.tick()

    found = card(reading, 0)
    assert found.fan_ratios == (None, None)
    nothing = without_values(found)
    assert found == DeviceReading(
        **{name: getattr(nothing, name) for name in DeviceReading.__slots__ if name != "fan_ratios"},
        fan_ratios=(None, None),
    )
    assert {error.reason for error in reading.read_errors} == {ReadErrorReason.IMPLAUSIBLE}
    assert len(reading.read_errors) == 29
    assert card(reading, 1).state is DeviceState.OK
    assert len(rig.tick().read_errors) == 24  # the card's limits are not read again


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


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (4, SensorPermission),
        (9, DriverNotLoaded),
        (10, TimedOut),
        (12, LibraryNotFound),
        (15, DeviceLost),
        (17, SensorPermission),
        (18, DriverLibraryMismatch),
    ],
)
def test_why_nvml_does_not_start_is_told(rig: Rig, code: int, error: type[SourceError]) -> None:
    rig.stub.init_error = code

    with pytest.raises(error):
        rig.tick()


@pytest.mark.parametrize("code", [999, 3, 13, 77777])
def test_other_reasons_not_to_start_are_told_with_their_code(rig: Rig, code: int) -> None:
    rig.stub.init_error = code

    with pytest.raises(SourceError, match=f"error {code} "):
        rig.tick()


def test_without_the_library_the_driver_is_named_as_missing(library: Path, tmp_path: Path) -> None:
    for rig in rig_of(tmp_path, tmp_path, cards=1):
        with pytest.raises(LibraryNotFound, match=nvml_answer.LIBRARY):
            rig.tick()


def test_a_version_mismatch_names_the_kernel_modules_version(rig: Rig, tmp_path: Path) -> None:
    version = tmp_path / "proc/driver/nvidia/version"
    version.parent.mkdir(parents=True)
    version.write_text("NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.54.03  Tue Jun  6\nGCC version: 12\n")
    rig.stub.init_error = 18

    with pytest.raises(DriverLibraryMismatch, match=r"Kernel Module 535\.54\.03"):
        rig.tick()


def test_a_start_that_fails_is_tried_again_slower_and_slower(rig: Rig) -> None:
    rig.stub.init_error = 9
    tried_at: list[int] = []
    for second in range(200):
        before = rig.stub.init_calls
        assert "init_error" in rig.raw(1.0)
        if rig.stub.init_calls > before:
            tried_at.append(second)
    assert tried_at == [0, 1, 3, 7, 15, 31, 63, 123, 183]

    rig.stub.init_error = 0
    assert len(rig.tick(60.0).devices) == 4


def test_a_driver_that_goes_and_comes_back_is_found_again(rig: Rig) -> None:
    rig.tick()
    rig.stub.reload_driver()
    rig.stub.init_error = 9
    assert states(rig.tick()) == [None] * 4
    with pytest.raises(DriverNotLoaded):
        rig.tick()
    rig.stub.init_error = 0

    assert states(rig.tick()) == [DeviceState.OK] * 4


def test_an_invalid_argument_makes_the_cards_be_counted_again_but_not_each_tick(rig: Rig) -> None:
    rig.stub.set_fault(0, partial=(2, ["power"]))
    for _ in range(9):
        rig.tick()

    assert rig.stub.init_calls == 1
    assert 3 <= rig.stub.calls(1)["handle"] <= 5


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


GARBAGE: list[Any] = [None, True, -1, 2**70, 1.5, float("nan"), "text", [], [1], {}, {"a": 1}]


@given(data=st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_garbage_is_refused_and_leaves_what_is_known(raw: dict[str, Any], data: st.DataObject) -> None:
    tracker = NvmlTracker()
    healthy = tracker.follow(raw, START)
    spoilt: Any = copy.deepcopy(raw)
    place = spoilt
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            place[key] = data.draw(st.sampled_from(GARBAGE))
            break
        place = place[key]

    try:
        reading = tracker.follow(spoilt, START)
    except BadPayload:
        assert tracker.follow(raw, START) == healthy
    else:
        assert set(by_uuid(healthy)) <= set(by_uuid(reading)) | {None}


@pytest.mark.parametrize("spoilt", [{}, {"cards": {}}, {"cards": [7]}, {"init_error": "x"}, {"cards": None}])
def test_what_is_no_answer_is_a_bad_payload(spoilt: dict[str, Any]) -> None:
    with pytest.raises(BadPayload):
        NvmlTracker().follow(spoilt, START)


def test_two_cards_of_one_name_are_refused(raw: dict[str, Any]) -> None:
    raw["cards"][1]["uuid"] = raw["cards"][0]["uuid"]

    with pytest.raises(BadPayload, match="each card once"):
        NvmlTracker().follow(raw, START)


CARDS = 5
FAULTS = st.fixed_dictionaries(
    {
        "code": st.sampled_from([0, 0, LOST, UNKNOWN, TIMEOUT, RESET_REQUIRED, 1, 2, 4, 6, 8, 28, 12345]),
        "partial": st.tuples(
            st.sampled_from([1, 2, 3, 9, 10, 13, 15, 18, 999]), st.sets(st.sampled_from(CALLS), max_size=3)
        ),
        "sentinels": st.sets(st.sampled_from(CALLS), max_size=3),
    }
)
STEPS = st.lists(
    st.tuples(
        st.sampled_from([1.0, 10.0, 25.0]),
        st.dictionaries(st.integers(0, CARDS - 1), FAULTS, max_size=3),
        st.permutations(range(CARDS)),
        st.integers(0, CARDS),  # how many of them are there
        st.sampled_from([0, 0, 0, 0, 9, 18, 999]),
        st.booleans(),
    ),
    max_size=8,
)


@pytest.fixture(scope="module")
def abused(library: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    yield from rig_of(library, tmp_path_factory.mktemp("abused"), cards=CARDS)


@given(steps=STEPS)
@settings(max_examples=120)
def test_through_any_faults_no_value_is_given_to_another_card_and_all_come_back(
    abused: Rig, steps: list[tuple[float, dict[int, dict[str, Any]], list[int], int, int, bool]]
) -> None:
    stub = abused.stub
    start_anew(abused)
    for seconds, faults, order, count, init_error, reload in steps:
        stub.clear()
        stub.cards, stub.init_error, stub.tick = order[:count], init_error, stub.tick + 1
        for number, fault in faults.items():
            stub.set_fault(number, **fault)
        if reload:
            stub.reload_driver()
        try:
            assert_no_value_is_anothers(abused.tick(seconds), stub.tick)
        except SourceError:
            continue

    stub.clear()
    stub.cards = range(CARDS)
    for _ in range(8):  # a minute of back-off, and the tick that notices
        try:
            reading = abused.tick()
        except SourceError:
            continue
    assert states(reading) == [DeviceState.OK] * CARDS
    assert set(by_uuid(reading)) == {uuid_of(number) for number in range(CARDS)}
    assert reading.read_errors == ()


def start_anew(rig: Rig) -> None:
    """Let no example depend on the one before it."""
    rig.tracker = NvmlTracker()
    rig.stub.clear()
    rig.stub.cards, rig.stub.tick = range(CARDS), 0
    rig.stub.reload_driver()
    rig.raw(60.0)


def assert_no_value_is_anothers(reading: SensorReading, tick: int) -> None:
    for device in reading.devices:
        if device.power_watts is None:
            continue
        assert device.pci_address is not None or device.uuid is not None
        number = int((device.uuid or device.pci_address or "").replace(":00.0", "")[-2:], 16) - 1
        assert device.power_watts == about(120 + number + 0.1 * (tick % 10))
        assert device.name in {None, f"Stub Graphics {number + 1}"}
    assert len({device.index for device in reading.devices}) == len(reading.devices)


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
