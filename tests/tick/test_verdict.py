"""Whether a rig is well, and what ails it, from one snapshot."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from miner_agent.errors import LibraryNotFound, TimedOut
from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceState, DeviceWork, ThrottleReason, XidErrors
from miner_agent.model.health import Ailment, Past
from miner_agent.model.planned import PlannedState
from miner_agent.model.readings import (
    FilesystemReading,
    HostReading,
    MeterReading,
    MinerSnapshot,
    Outcome,
    Reading,
    SensorReading,
    SourceKind,
    Workload,
)
from miner_agent.model.snapshot import AwaitedShares, PoolWatch, RigSnapshot
from miner_agent.model.status import AgentStatus, DatabaseStatus
from miner_agent.tick.inventory import take_inventory
from miner_agent.tick.verdict import judge
from tests.for_each import for_each

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
WORK = Workload(algorithm="kawpow", hashes_per_second=5e7)


def outcome(source: str, kind: SourceKind, reading: Reading | None) -> Outcome[Reading]:
    error = None if reading is not None else TimedOut(f"{source}: no answer")
    return Outcome(source=source, kind=kind, asked_at=NOW, duration_seconds=0, reading=reading, error=error)


def rig(*outcomes: Outcome[Reading], **values: Any) -> RigSnapshot:
    found = RigSnapshot(taken_at=NOW, rig="left", outcomes=outcomes, inventory=take_inventory(outcomes))
    return replace(found, **values)


def cards(*readings: DeviceReading) -> Outcome[Reading]:
    return outcome("nvml", "collector", SensorReading(devices=readings))


def card(**values: Any) -> DeviceReading:
    known: dict[str, Any] = {"index": 0, "uuid": "GPU-a", "state": DeviceState.OK, "core_temperature_celsius": 60.0}
    return DeviceReading(**(known | values))


def miner(**values: Any) -> Outcome[Reading]:
    known: dict[str, Any] = {"software": "x", "uptime_seconds": 5000.0, "workloads": (WORK,)}
    return outcome("m", "miner", MinerSnapshot(**(known | values)))


def ailments(snapshot: RigSnapshot) -> list[tuple[Ailment, str]]:
    verdict = judge(snapshot)
    assert verdict.word == ("ill" if verdict.symptoms else verdict.word)
    return [(symptom.ailment, symptom.subject) for symptom in verdict.symptoms]


def test_a_rig_of_which_nothing_is_wrong_is_well() -> None:
    verdict = judge(rig(cards(card()), miner(), outcome("plug", "meter", MeterReading(power_watts=900.0))))

    assert (verdict.word, verdict.symptoms) == ("well", ())


def test_of_a_machine_on_which_nothing_mines_nothing_is_known() -> None:
    processor = DeviceReading(index=0, kind=DeviceKind.CPU)

    assert judge(rig(outcome("host", "collector", HostReading(devices=(processor,))))).word == "unknown"
    assert judge(rig()).word == "unknown"


@pytest.mark.parametrize(
    ("state", "ailment"),
    [
        (DeviceState.LOST, Ailment.DEVICE_LOST),
        (DeviceState.HUNG, Ailment.DEVICE_HUNG),
        (DeviceState.SLOW, Ailment.DEVICE_SLOW),
        (DeviceState.RESET_REQUIRED, Ailment.DEVICE_RESET_REQUIRED),
        (DeviceState.DEGRADED, Ailment.DEVICE_DEGRADED),
    ],
)
def test_a_card_that_does_not_work_ails_by_its_state(state: DeviceState, ailment: Ailment) -> None:
    snapshot = rig(
        cards(card(state=state, name="GeForce RTX 3080", pci_address="0000:01:00.0"), card(uuid="GPU-b", index=1))
    )

    assert ailments(snapshot) == [(ailment, "GPU-a")]
    assert "(GeForce RTX 3080 at 0000:01:00.0)" in judge(snapshot).symptoms[0].said


@pytest.mark.parametrize("state", [DeviceState.OK, DeviceState.ASLEEP, DeviceState.DISABLED, DeviceState.THROTTLED])
def test_a_card_that_rests_or_is_switched_off_by_its_owner_is_well(state: DeviceState) -> None:
    assert ailments(rig(cards(card(state=state)))) == []


@for_each(
    ("values", "ailment"),
    [
        ({"state": None, "core_temperature_celsius": None}, Ailment.DEVICE_SILENT),
        ({"throttle_reasons": (ThrottleReason.HW_THERMAL,)}, Ailment.DEVICE_THROTTLED),
        ({"throttle_reasons": (ThrottleReason.POWER_CAP, ThrottleReason.HW_POWER_BRAKE)}, Ailment.DEVICE_THROTTLED),
        ({"fan_ratio": 0.0, "core_temperature_celsius": 65.0}, Ailment.DEVICE_FAN_STOPPED),
        ({"fan_ratio": 0.6, "fan_speed_rpm": 0.0, "core_temperature_celsius": 80.0}, Ailment.DEVICE_FAN_STOPPED),
        ({"remapped_rows_failed": True}, Ailment.DEVICE_MEMORY_FAILING),
        ({"kind": DeviceKind.HASHBOARD, "chips": 62, "chips_expected": 63}, Ailment.DEVICE_CHIPS_MISSING),
        (
            {"kind": DeviceKind.HASHBOARD, "chips": 0, "chips_expected": 63, "state": DeviceState.LOST},
            Ailment.DEVICE_LOST,
        ),
        (
            {"xid_errors": (XidErrors(xid=79, errors_total=1, last_at=NOW - timedelta(minutes=4)),)},
            Ailment.DEVICE_DRIVER_ERROR,
        ),
    ],
)
def test_what_a_card_says_of_itself_ails_it(values: dict[str, Any], ailment: Ailment) -> None:
    assert ailments(rig(cards(card(**values)))) == [(ailment, "GPU-a")]


@for_each(
    "values",
    [
        {"throttle_reasons": (ThrottleReason.POWER_CAP, ThrottleReason.SYNC)},
        {"fan_ratio": 0.0, "core_temperature_celsius": 45.0},
        {"fan_ratio": 0.0, "core_temperature_celsius": None},
        {"remapped_rows_failed": False, "remapped_rows_pending": False},
        {"kind": DeviceKind.HASHBOARD, "chips": 63, "chips_expected": 63},
        {"xid_errors": (XidErrors(xid=31, errors_total=1, last_at=NOW - timedelta(minutes=6)),)},
    ],
)
def test_what_is_usual_or_long_ago_ails_nobody(values: dict[str, Any]) -> None:
    assert ailments(rig(cards(card(**values)))) == []


def test_sources_that_give_no_reading_ail_by_their_kind() -> None:
    down = outcome("m", "miner", None), outcome("plug", "meter", None), outcome("nvml", "collector", None)
    verdict = judge(rig(*down))

    assert [one.ailment for one in verdict.symptoms] == [
        Ailment.MINER_DOWN,
        Ailment.METER_DOWN,
        Ailment.COLLECTOR_DOWN,
    ]
    assert [one.said for one in verdict.symptoms] == ["no answer"] * 3
    assert [one.detail for one in verdict.symptoms] == ["TimedOut"] * 3


def test_an_error_without_the_name_of_its_source_is_told_whole() -> None:
    failed = replace(outcome("nvml", "collector", None), error=LibraryNotFound("libnvidia-ml.so.1 is not there"))

    assert judge(rig(failed)).symptoms[0].said == "libnvidia-ml.so.1 is not there"


@pytest.mark.parametrize(
    ("values", "ailment"),
    [
        ({"workloads": (replace(WORK, hashes_per_second=0.0),)}, Ailment.MINER_NO_HASHRATE),
        ({"pool_connection_seconds": 0.0}, Ailment.MINER_POOL_LOST),
    ],
)
def test_a_miner_that_answers_and_earns_nothing_is_ill(values: dict[str, Any], ailment: Ailment) -> None:
    assert ailments(rig(miner(**values))) == [(ailment, "m")]
    assert ailments(rig(miner(**values, paused=True))) == []
    assert ailments(rig(miner(**(values | {"uptime_seconds": 30.0})))) == []  # it has only just begun


def test_one_algorithm_of_two_may_rest() -> None:
    assert ailments(rig(miner(workloads=(WORK, Workload(algorithm="zil", hashes_per_second=0.0))))) == []
    assert ailments(rig(miner(workloads=()))) == []
    assert ailments(rig(miner(workloads=(Workload(algorithm="x"),)))) == []


def test_a_card_that_does_nothing_while_others_work_is_ill() -> None:
    parts = (DeviceWork(device_index=0, hashes_per_second=5e7), DeviceWork(device_index=1, hashes_per_second=0.0))
    devices = (DeviceReading(index=0), DeviceReading(index=1))

    assert ailments(rig(miner(workloads=(replace(WORK, devices=parts),), devices=devices))) == [
        (Ailment.DEVICE_NOT_MINING, "m/1")
    ]


def test_what_earlier_ticks_tell_ails_too() -> None:
    past = Past(
        missing=(("GPU-z", "nvml"),),
        fans_stopped=(("m", 2),),
        restarts_last_hour={"m": 3},
        refused_in_a_row={("m", "kawpow"): 4},
    )

    assert set(ailments(rig(cards(), miner(), past=past))) == {
        (Ailment.DEVICE_MISSING, "GPU-z"),
        (Ailment.MINER_FAN_STOPPED, "m"),
        (Ailment.MINER_RESTARTS, "m"),
        (Ailment.MINER_SHARES_REFUSED, "m"),
    }


def test_a_little_of_it_is_chance() -> None:
    past = Past(restarts_last_hour={"m": 2}, refused_in_a_row={("m", "kawpow"): 3})

    assert ailments(rig(miner(), past=past)) == []


@pytest.mark.parametrize(("waited_seconds", "is_ill"), [(599.0, False), (601.0, True)])
def test_a_share_that_does_not_come_is_missed_when_chance_cannot_be_why(waited_seconds: float, is_ill: bool) -> None:
    awaited = AwaitedShares(
        miner="m",
        algorithm="kawpow",
        expected_shares_total=None,
        proven_shares_total=None,
        expected_since_accepted=None,
        last_accepted_at=None,
        share_interval_expected_seconds=10.0,
    )
    past = Past(waited_seconds={("m", "kawpow"): waited_seconds})
    found = ailments(rig(miner(), past=past, awaited=(awaited,)))

    assert found == ([(Ailment.MINER_SHARES_MISSING, "m")] if is_ill else [])
    seldom = replace(awaited, share_interval_expected_seconds=100.0)
    assert ailments(rig(miner(), past=past, awaited=(seldom,))) == []


def test_a_pool_that_is_not_the_owners_is_told_with_its_name() -> None:
    pool = PoolWatch(
        miner="m", algorithm="kawpow", host="thief.example", port="1", scheme=None, account_hash=None, differs=("pool",)
    )
    (symptom,) = judge(
        rig(miner(), pools=(pool, replace(pool, algorithm="x", differs=()), replace(pool, differs=None)))
    ).symptoms

    assert symptom.ailment is Ailment.MINER_POOL_DIFFERS
    assert "thief.example" in symptom.said


@pytest.mark.parametrize(
    ("disk", "ailment"),
    [
        (FilesystemReading(mountpoint="/", read_only=True), Ailment.DISK_READ_ONLY),
        (
            FilesystemReading(mountpoint="/var", size_bytes=10**10, available_bytes=10**6, read_only=False),
            Ailment.DISK_FULL,
        ),
        (FilesystemReading(mountpoint="/snap", size_bytes=10**8, available_bytes=0, read_only=True), None),
        (FilesystemReading(mountpoint="/boot/efi", size_bytes=5 * 10**7, available_bytes=10**7, read_only=False), None),
        (FilesystemReading(mountpoint="/data", size_bytes=10**10, available_bytes=10**9, read_only=False), None),
    ],
)
def test_a_disk_that_takes_no_more_ails_its_machine(disk: FilesystemReading, ailment: Ailment | None) -> None:
    found = ailments(rig(outcome("host", "collector", HostReading(filesystems=(disk,)))))

    assert found == ([] if ailment is None else [(ailment, disk.mountpoint)])


@pytest.mark.parametrize(("waiting_seconds", "is_ill"), [(119.0, False), (185.0, True)])
def test_a_log_that_is_not_written_ails_the_machine_it_is_of(waiting_seconds: float, is_ill: bool) -> None:
    said = "/var/lib/x/telemetry.db: a database, but not the agent's\n\x1b[31mtelemetry; move it away"
    database = DatabaseStatus(database="telemetry", waiting_seconds=waiting_seconds, last_error=said)
    agent = AgentStatus(version="1", python_version="3", config_loaded_at=NOW, databases=(database,))
    symptoms = judge(rig(miner(), agent=agent)).symptoms

    assert [(one.ailment, one.subject) for one in symptoms] == (
        [(Ailment.DATABASE_UNWRITTEN, "telemetry")] if is_ill else []
    )
    if is_ill:
        assert symptoms[0].said == (
            "has taken no write for 3 minutes: /var/lib/x/telemetry.db: a database, but not the agent's "
            "[31mtelemetry; move it away"
        )


def test_a_disk_that_hangs_gives_no_reason() -> None:
    database = DatabaseStatus(database="state", waiting_seconds=600)
    agent = AgentStatus(version="1", python_version="3", config_loaded_at=NOW, databases=(database,))
    (symptom,) = judge(rig(miner(), agent=agent)).symptoms

    assert symptom.said == "has taken no write for 10 minutes: the disk does not answer"


@for_each("ailment", Ailment)
def test_the_documentation_tells_when_a_rig_is_ill(ailment: Ailment) -> None:
    page = Path(__file__).parents[2] / "docs" / "health.md"

    assert f"`{ailment.value}`" in page.read_text()


def planned(snapshot: RigSnapshot, *, off: bool) -> tuple[str, list[Ailment], list[Ailment]]:
    """The word, what ails it and what it shows as planned."""
    state = PlannedState(off=off, maintenance=("new fans",))
    verdict = replace(snapshot, verdict=judge(snapshot)).as_planned(state).verdict
    assert verdict.is_resting is bool(verdict.planned)
    return verdict.word, [one.ailment for one in verdict.symptoms], [one.ailment for one in verdict.planned]


def test_what_comes_of_standing_still_ails_nobody_while_that_is_planned() -> None:
    down = rig(cards(card()), outcome("m", "miner", None))

    assert planned(down, off=True) == ("well", [], [Ailment.MINER_DOWN])
    assert planned(down, off=False) == ("ill", [Ailment.MINER_DOWN], [])


def test_what_does_not_come_of_that_ails_a_rig_that_stands_still_too() -> None:
    lost = rig(cards(card(state=DeviceState.LOST)), outcome("m", "miner", None), outcome("plug", "meter", None))
    nothing = rig(outcome("host", "collector", HostReading()))

    assert planned(lost, off=True)[:2] == ("ill", [Ailment.METER_DOWN, Ailment.DEVICE_LOST])
    assert planned(rig(cards(card()), miner()), off=True) == ("well", [], [])
    assert planned(nothing, off=True) == ("unknown", [], [])
