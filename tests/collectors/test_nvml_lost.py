"""NVIDIA cards: those that are lost or hang, and a driver that does not start."""

from pathlib import Path

import pytest

from miner_agent.collectors.nvml import nvml_answer
from miner_agent.errors import (
    DeviceLost,
    DriverLibraryMismatch,
    DriverNotLoaded,
    LibraryNotFound,
    SensorPermission,
    SourceError,
    TimedOut,
)
from miner_agent.model.devices import DeviceState
from tests.collectors.nvml_rig import (
    LOST,
    RESET_REQUIRED,
    TICK_SECONDS,
    TIMEOUT,
    UNKNOWN,
    Rig,
    about,
    card,
    readers_of,
    rig_of,
    states,
    told,
    without_values,
)
from tests.nvml_stub import uuid_of


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
    with readers_of(tmp_path) as readers:
        for rig in rig_of(tmp_path, tmp_path, cards=1, readers=readers):
            with pytest.raises(LibraryNotFound, match=nvml_answer.LIBRARY):
                rig.tick()


def test_a_version_mismatch_names_the_kernel_modules_version(rig: Rig, tmp_path: Path) -> None:
    version = tmp_path / "proc/driver/nvidia/version"
    version.parent.mkdir(parents=True)
    version.write_text("NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.54.03  Tue Jun  6\nGCC version: 12\n")
    rig.stub.init_error = 18

    with pytest.raises(DriverLibraryMismatch, match=r"Kernel Module 535\.54\.03"):
        rig.tick()


@pytest.mark.thorough
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


@pytest.mark.thorough
def test_a_driver_that_goes_and_comes_back_is_found_again(rig: Rig) -> None:
    rig.tick()
    rig.stub.reload_driver()
    rig.stub.init_error = 9
    assert states(rig.tick()) == [None] * 4
    with pytest.raises(DriverNotLoaded):
        rig.tick()
    rig.stub.init_error = 0

    assert states(rig.tick()) == [DeviceState.OK] * 4


@pytest.mark.thorough
def test_an_invalid_argument_makes_the_cards_be_counted_again_but_not_each_tick(rig: Rig) -> None:
    rig.stub.set_fault(0, partial=(2, ["power"]))
    for _ in range(9):
        rig.tick()

    assert rig.stub.init_calls == 1
    assert 3 <= rig.stub.calls(1)["handle"] <= 5
