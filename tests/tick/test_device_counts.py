"""What is counted of devices: each source for itself, within its bounds, and nothing for ever."""

from datetime import UTC, datetime

import pytest

from miner_agent.model.devices import DeviceReading, DeviceState, DeviceWork, ReadError, ReadErrorReason, ThrottleReason
from miner_agent.model.readings import MinerSnapshot, Outcome, Reading, SensorReading, SourceKind, Workload
from miner_agent.model.status import DeviceStatus
from miner_agent.tick.device_counts import ERRORS_A_DEVICE, ERRORS_A_SOURCE, FORGOTTEN_AFTER_SECONDS
from miner_agent.tick.inventory import DEVICES_A_SOURCE, NAMES_EVER_A_SOURCE, DeviceNames, take_inventory
from miner_agent.tick.plausibility import without_impossible
from miner_agent.tick.tally import Tally

NOW = datetime(2026, 1, 1, tzinfo=UTC)
HOT = 511.0  # what a broken sensor says, in °C
ANSWERS = 8  # of which four fill every bound
TEMPERATURES = ("core", "memory", "hotspot", "vrm", "inlet", "outlet", "slowdown", "shutdown")


class Rig:
    """Takes what sources say, tick by tick."""

    def __init__(self) -> None:
        self.tally, self._names = Tally(), DeviceNames()

    def tick(self, *outcomes: Outcome[Reading], elapsed_seconds: float = 10.0) -> None:
        inventory = take_inventory(outcomes, self._names)
        self.tally.count(outcomes, inventory, elapsed_seconds=elapsed_seconds, restarts={}, reading_seconds={})

    @property
    def errors(self) -> dict[str, dict[str, int]]:
        """How often each quantity of each device could not be read."""
        return {
            status.device: {quantity: count for (quantity, _), count in status.read_errors_total.items()}
            for status in self.tally.devices
            if status.read_errors_total
        }

    def status(self, device: str) -> DeviceStatus:
        return next(status for status in self.tally.devices if status.device == device)

    def dropped(self, source: str) -> int:
        return next(one.series_dropped_total for one in self.tally.sources if one.source == source)


def said(source: str, reading: Reading, *, local: bool = True) -> Outcome[Reading]:
    cleaned, dropped = without_impossible(reading, source=source)
    kind: SourceKind = "collector" if isinstance(reading, SensorReading) else "miner"
    return Outcome(
        source=source, kind=kind, asked_at=NOW, duration_seconds=0, reading=cleaned, dropped=dropped, local=local
    )


def of_cards(*cards: DeviceReading) -> MinerSnapshot:
    return MinerSnapshot(software="x", devices=cards)


def nvml(state: DeviceState) -> Outcome[Reading]:
    return said("nvml", SensorReading(devices=(DeviceReading(index=0, uuid="GPU-1", state=state),)))


def hot(index: int, **names: str) -> DeviceReading:
    return DeviceReading(index=index, core_temperature_celsius=HOT, **names)  # type: ignore[arg-type]


def hostile(answer: int) -> MinerSnapshot:
    """More cards than anybody has, of names that were never there before, every temperature of which is impossible."""
    impossible = {f"{name}_temperature_celsius": HOT for name in TEMPERATURES}
    return of_cards(
        *(DeviceReading(index=n, uuid=f"evil-{answer}-{n}", **impossible) for n in range(600))  # type: ignore[arg-type]
    )


@pytest.mark.thorough
@pytest.mark.parametrize("first", ["evil", "good"])
def test_whatever_one_source_says_the_errors_of_another_go_on_being_counted(first: str) -> None:
    rig = Rig()
    for answer in range(ANSWERS):
        said_by = {"evil": said("evil", hostile(answer)), "good": said("good", of_cards(hot(0, uuid="GPU-1")))}
        rig.tick(*sorted(said_by.values(), key=lambda outcome: outcome.source != first))

        assert rig.errors["GPU-1"] == {"core_temperature_celsius": answer + 1}
        assert sum(len(counted) for device, counted in rig.errors.items() if device != "GPU-1") <= ERRORS_A_SOURCE
        assert len(rig.tally.devices) <= 2 + NAMES_EVER_A_SOURCE
    assert rig.dropped("good") == 0
    assert rig.dropped("evil") > ANSWERS * (600 - DEVICES_A_SOURCE)


def test_one_bad_answer_is_forgotten_after_a_day_and_leaves_room_meanwhile() -> None:
    rig = Rig()
    rig.tick(said("m", hostile(0)))
    well = of_cards(DeviceReading(index=0, core_temperature_celsius=60.0))
    rig.tick(said("m", well))
    left = sum(map(len, rig.errors.values()))
    assert 0 < left <= ERRORS_A_SOURCE

    rig.tick(said("m", well), elapsed_seconds=FORGOTTEN_AFTER_SECONDS - 20)
    assert sum(map(len, rig.errors.values())) == left
    rig.tick(said("m", well), elapsed_seconds=20)
    assert set(rig.errors) <= {"m"}  # of cards that had no room it was the miner's own name that was counted for

    rig.tick(said("m", of_cards(hot(0))))
    assert rig.errors["m/0"] == {"core_temperature_celsius": 1}


def test_errors_that_find_no_room_are_counted_for_their_source() -> None:
    errors = tuple(
        ReadError(device="GPU-1", quantity=f"q{n}", reason=ReadErrorReason.OTHER) for n in range(ERRORS_A_DEVICE + 5)
    )
    reading = SensorReading(devices=(DeviceReading(index=0, uuid="GPU-1"),), read_errors=errors)
    rig = Rig()
    rig.tick(said("nvml", reading))
    rig.tick(said("nvml", reading))

    assert len(rig.errors["GPU-1"]) == ERRORS_A_DEVICE
    assert set(rig.errors["GPU-1"].values()) == {2}
    assert rig.dropped("nvml") == 10


@pytest.mark.thorough
def test_no_counter_falls_while_it_is_shown() -> None:
    rig = Rig()
    before: dict[tuple[str, str], int] = {}
    for answer in range(12):
        rig.tick(said("evil", hostile(answer % 7)), said("good", of_cards(hot(0))), elapsed_seconds=4 * 3600)
        now = {(device, name): count for device, counted in rig.errors.items() for name, count in counted.items()}
        assert all(now[key] >= count for key, count in before.items() if key in now)
        before = now


def test_a_miner_elsewhere_counts_its_errors_for_its_own_card_and_not_for_the_one_in_the_same_slot_here() -> None:
    slot = "0000:01:00.0"
    here = SensorReading(devices=(DeviceReading(index=0, pci_address=slot, state=DeviceState.OK),))
    rig = Rig()
    rig.tick(said("amdgpu", here), said("far", of_cards(hot(0, pci_address=slot)), local=False))

    assert rig.errors == {f"far/{slot}": {"core_temperature_celsius": 1}}


def test_what_a_miner_says_wrong_of_a_collectors_card_is_counted_under_the_miners_name_for_it() -> None:
    here = SensorReading(devices=(DeviceReading(index=0, uuid="GPU-1", pci_address="0000:01:00.0"),))
    work = Workload(devices=(DeviceWork(device_index=4, hashes_per_second=-1.0),))
    mined = MinerSnapshot(software="x", devices=(hot(4, pci_address="0000:01:00.0"),), workloads=(work,))
    rig = Rig()
    rig.tick(said("nvml", here), said("m", mined))

    assert rig.errors == {"m/4": {"core_temperature_celsius": 1, "hashes_per_second": 1}}


def test_what_is_of_no_device_is_counted_for_its_source() -> None:
    rig = Rig()
    rig.tick(said("m", MinerSnapshot(software="x", power_watts=-1.0)))

    assert rig.errors == {"m": {"power_watts": 1}}


def test_a_collector_counts_for_a_card_that_it_cannot_name_yet() -> None:
    error = ReadError(device="nvml/3", quantity="card", reason=ReadErrorReason.OTHER)
    rig = Rig()
    rig.tick(said("nvml", SensorReading(read_errors=(error,))))

    assert rig.errors == {"nvml/3": {"card": 1}}


def test_a_card_keeps_its_counters_while_it_is_lost_and_while_its_driver_is_silent() -> None:
    rig = Rig()
    rig.tick(nvml(DeviceState.OK))
    for _ in range(3):
        rig.tick(nvml(DeviceState.LOST), elapsed_seconds=FORGOTTEN_AFTER_SECONDS)
    rig.tick(said("nvml", SensorReading()), elapsed_seconds=FORGOTTEN_AFTER_SECONDS / 2)
    rig.tick(nvml(DeviceState.OK))

    assert rig.status("GPU-1").lost_total == 1


def test_ticks_in_which_nothing_changes_make_no_status_anew_and_hide_no_change() -> None:
    rig = Rig()
    rig.tick(nvml(DeviceState.OK))
    calm = rig.status("GPU-1")
    rig.tick(nvml(DeviceState.OK))
    assert rig.status("GPU-1") is calm

    slowed = DeviceReading(
        index=0, uuid="GPU-1", state=DeviceState.THROTTLED, throttle_reasons=(ThrottleReason.POWER_CAP,)
    )
    for _ in range(2):
        rig.tick(said("nvml", SensorReading(devices=(slowed,))))
    rig.tick(nvml(DeviceState.LOST))
    rig.tick(nvml(DeviceState.LOST))

    assert rig.status("GPU-1").throttled_seconds_total[ThrottleReason.POWER_CAP] == 20.0
    assert rig.status("GPU-1").lost_total == 1
    assert calm.throttled_seconds_total == {}


def test_what_belonged_to_a_source_that_is_not_configured_any_more_is_forgotten_at_once() -> None:
    rig = Rig()
    rig.tick(said("old", of_cards(hot(0))), said("stays", of_cards(hot(0))))
    rig.tick(said("stays", of_cards(hot(0))))

    assert rig.errors == {"stays/0": {"core_temperature_celsius": 2}}
