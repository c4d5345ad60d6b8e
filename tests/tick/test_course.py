"""What is remembered of earlier ticks for the verdict."""

from datetime import UTC, datetime
from typing import Any

from miner_agent.errors import TimedOut
from miner_agent.model.devices import DeviceKind, DeviceReading
from miner_agent.model.health import Past
from miner_agent.model.readings import MinerSnapshot, Outcome, Reading, SensorReading, SourceKind, Workload
from miner_agent.tick.counters import Gain
from miner_agent.tick.course import Course
from miner_agent.tick.inventory import take_inventory
from miner_agent.tick.known_devices import REMEMBERED_SECONDS
from miner_agent.tick.restarts import Restarts

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
KEY = ("m", "kawpow")


class Rig:
    """One source, asked every ten seconds."""

    def __init__(self, kind: SourceKind = "miner") -> None:
        self.course, self.restarts, self.seconds, self.kind = Course(), Restarts(), 0.0, kind

    def see(self, reading: Reading | None, gain: Gain | None = None) -> Past:
        self.seconds += 10
        outcome: Outcome[Reading] = Outcome(
            source="m",
            kind=self.kind,
            asked_at=NOW,
            duration_seconds=0,
            reading=reading,
            error=None if reading is not None else TimedOut("late"),
        )
        gains = {} if gain is None else {KEY: gain}
        return self.course.follow([outcome], take_inventory([outcome]), gains, self.restarts, at_seconds=self.seconds)

    def mine(self, shares: int = 0, refused: int = 0, **values: Any) -> Past:
        work = Workload(algorithm="kawpow", hashes_per_second=values.pop("rate", 5e7))
        miner = MinerSnapshot(software="x", uptime_seconds=5000, workloads=(work,), **values)
        return self.see(miner, Gain(shares=shares, difficulty=None, refused=refused))


def cards(*numbers: int) -> SensorReading:
    return SensorReading(devices=tuple(DeviceReading(index=number, uuid=f"GPU-{number}") for number in numbers))


def test_a_card_that_is_not_told_of_any_more_is_missing_for_a_week() -> None:
    rig = Rig("collector")
    assert rig.see(cards(0, 1)).missing == ()
    assert rig.see(cards(1)).missing == (("GPU-0", "m"),)
    assert rig.see(None).missing == ()  # nobody says whether it is there
    assert rig.see(cards(0, 1)).missing == ()
    rig.see(cards(1))
    rig.seconds += REMEMBERED_SECONDS
    assert rig.see(cards(1)).missing == ()


def test_boards_of_a_miner_that_was_just_started_are_waited_for() -> None:
    rig = Rig()

    def miner(uptime_seconds: float, *boards: int) -> MinerSnapshot:
        devices = tuple(DeviceReading(index=board, kind=DeviceKind.HASHBOARD) for board in boards)
        return MinerSnapshot(software="x", uptime_seconds=uptime_seconds, devices=devices)

    rig.see(miner(5000, 0, 1, 2))
    assert rig.see(miner(60, 0)).missing == ()
    assert rig.see(miner(200, 0, 1)).missing == (("m/2", "m"),)


def test_processors_are_missed_by_nobody() -> None:
    rig = Rig("collector")
    rig.see(SensorReading(devices=(DeviceReading(index=0, kind=DeviceKind.CPU),)))

    assert rig.see(SensorReading()).missing == ()


def test_a_fan_that_has_turned_and_stands_is_told_and_one_that_never_was_there_is_not() -> None:
    rig = Rig()
    assert rig.mine(fan_speeds_rpm=(4000.0, 0.0, None)).fans_stopped == ()
    assert rig.mine(fan_speeds_rpm=(0.0, 0.0, None)).fans_stopped == (("m", 0),)
    assert rig.mine(fan_speeds_rpm=(4000.0, 0.0, None)).fans_stopped == ()


def test_shares_that_are_refused_are_counted_until_one_is_accepted() -> None:
    rig = Rig()

    assert [
        rig.mine(shares, refused).refused_in_a_row[KEY] for shares, refused in ((0, 0), (0, 2), (0, 1), (1, 1), (0, 1))
    ] == [
        0,
        2,
        3,
        0,
        1,
    ]


def test_the_wait_for_a_share_is_that_of_a_miner_at_work() -> None:
    rig = Rig()
    rig.mine()
    assert rig.mine().waited_seconds[KEY] == 10
    assert rig.mine(shares=1).waited_seconds[KEY] == 0
    assert rig.mine().waited_seconds[KEY] == 10
    assert rig.mine(paused=True).waited_seconds[KEY] == 0
    assert rig.mine(rate=0.0).waited_seconds[KEY] == 0
    rig.mine()
    rig.see(None)
    assert rig.mine().waited_seconds[KEY] == 0  # it may have been away itself


def test_what_is_not_configured_any_more_is_forgotten() -> None:
    rig = Rig("collector")
    rig.see(cards(0))
    rig.course.follow([], take_inventory([]), {}, rig.restarts, at_seconds=rig.seconds)

    assert rig.see(cards()).missing == ()
