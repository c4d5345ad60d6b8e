"""NVIDIA cards: errors that a card counts and errors that the driver reports."""

from typing import Any

import pytest

from miner_agent.collectors.nvml.nvml_cards import NvmlTracker
from miner_agent.errors import (
    BadPayload,
)
from miner_agent.model.devices import DeviceReading, DeviceState
from tests.collectors.nvml_rig import START, TIMEOUT, UNKNOWN, Rig, about, card, told
from tests.for_each import for_each


@pytest.mark.thorough
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


ASKED_EACH_TICK = (
    "temperature", "power", "enforced_limit", "energy", "utilization", "clock", "memory", "event_reasons", "pcie_width",
    "pcie_generation", "performance_state", "fan_speed_v2", "field_values",
)  # fmt: skip


@for_each(("call", "code"), [(call, code) for call in ASKED_EACH_TICK for code in (4, UNKNOWN, 15, TIMEOUT)])
def test_what_fails_after_calm_ticks_is_asked_and_told_as_where_something_failed_before(
    rig: Rig, call: str, code: int
) -> None:
    rig.stub.clear()
    rig.stub.reload_driver()
    rig.stub.set_fault(1, partial=(4, ["power"]))
    for _ in range(6):
        rig.raw(1.0)
    for number in (0, 1):
        rig.stub.set_fault(number, partial=(code, [call]))
    before = [rig.stub.calls(number) for number in (0, 1)]

    calm, ill = rig.raw(1.0)["cards"][:2]

    asked = [{name: rig.stub.calls(number)[name] - was[name] for name in was} for number, was in enumerate(before)]
    assert asked[0] == asked[1]
    assert calm["errors"] == ill["errors"] != {}
    assert (calm["fault"], list(calm["values"])) == (ill["fault"], list(ill["values"]))


def test_a_value_is_never_that_of_the_tick_before(rig: Rig) -> None:
    for tick in range(1, 7):
        rig.stub.tick = tick
        assert [device.power_watts for device in rig.tick(5.0).devices] == [
            about(120 + number + 0.1 * tick) for number in range(4)
        ]
