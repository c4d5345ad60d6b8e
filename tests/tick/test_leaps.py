"""One digit too many in a counter makes no shares, and nothing that is true is held back for long."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from miner_agent.model.devices import DeviceReading, DeviceWork, ReadErrorReason
from miner_agent.model.readings import ConnectedWorker, MinerSnapshot, Outcome, Reading, Workload
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.tick.digest import Tick, digest
from miner_agent.tick.leaps import PACES, SHARES, devices_behind, leaps, most_gained
from miner_agent.tick.memory import Memory
from miner_agent.tick.mistakes import Costs
from miner_agent.tick.one_counter import SETTLED_LOOKS
from miner_agent.tick.watch import Destination
from tests.for_each import for_each
from tests.tick.test_counters import DIFFICULTY, HASHES, Log, Program, Rig, gain, increase, shown, work


def with_a_digit_twice(count: int, place: int = 0) -> int:
    digits = str(count)
    return int(digits[: place + 1] + digits[place:])


@for_each("count", [19, 45, 999, 10_000, 123_456])
@for_each("place", [0, -1])
def test_a_doubled_digit_of_one_tick_is_absent_and_makes_no_shares(count: int, place: int) -> None:
    rig = Rig()
    rig.shares(count)
    odd = with_a_digit_twice(count, place % len(str(count)))

    assert [rig.shares(told) for told in (odd, count + 1, count + 3)] == [None, count + 1, count + 3]
    assert gain(rig).shares == 2


def test_a_doubled_digit_is_told_by_the_name_of_what_it_stood_in() -> None:
    rig = Rig()

    def look(count: int) -> None:
        part = DeviceWork(device_index=0, accepted_shares_total=count)
        worker = ConnectedWorker(name="w", rejected_shares_total=count)
        rig.see(
            MinerSnapshot(
                software="x",
                uptime_seconds=1e5 + rig.seconds,
                workloads=(replace(work(count), devices=(part,)),),
                workers=(worker,),
                devices=(DeviceReading(index=0),),
            )
        )

    look(450)
    assert rig.counters.leaps == {}
    look(4450)
    found = {(error.device_index, error.quantity, error.reason) for error in rig.counters.leaps["m"]}
    assert found == {
        (None, "accepted_shares_total", ReadErrorReason.IMPLAUSIBLE),
        (0, "accepted_shares_total", ReadErrorReason.IMPLAUSIBLE),
        (None, "rejected_shares_total", ReadErrorReason.IMPLAUSIBLE),
    }
    look(451)
    assert rig.counters.leaps == {}


def test_a_counter_that_leapt_and_stays_there_is_believed_and_nothing_came_to_it_by_the_leap() -> None:
    rig = Rig()
    found = [rig.shares(count) for count in (450, 4450, 4451, 4452, 4455)]

    assert found == [450, None, None, 450, 453]


def test_a_counter_that_leapt_twice_to_the_same_place_makes_nothing_of_what_lies_between() -> None:
    rig = Rig()
    found = [rig.shares(count) for count in (450, 4450, 4450, 4450, 451, 452, 453, 460, 4470, 4470, 4470, 4471)]

    assert found == [450, None, None, 450, None, None, 450, 457, None, None, 457, 458]


def test_a_leap_that_is_gone_again_before_it_is_believed_counts_the_next_one_from_the_first() -> None:
    rig = Rig()
    found = [rig.shares(count) for count in (450, 4450, 451, 4451, 4451, 452, 4452)]

    assert found == [450, None, 451, None, None, 452, None]


def test_the_sum_of_difficulties_is_held_to_what_its_shares_can_bring() -> None:
    rig = Rig()

    def look(shares: int, difficulty: float) -> None:
        rig.look(replace(work(shares), accepted_difficulty_total=difficulty))

    look(450, 450 * DIFFICULTY)
    look(451, 4450 * DIFFICULTY)
    look(452, 452 * DIFFICULTY)
    look(453, 453 * DIFFICULTY)

    assert rig.proof.proven[0].accepted_hashes_total == 3 * DIFFICULTY * HASHES


def test_a_restart_is_no_leap_and_a_leap_after_it_none_of_its_shares() -> None:
    rig = Rig()
    rig.shares(100_000)
    rig.restart()
    assert rig.shares(30) is None
    assert rig.shares(31) == 31

    for count in (500, 900, 1000):
        rig.seconds += 600
        rig.shares(count)
    rig.restart()
    assert rig.shares(60) is None
    assert rig.shares(660) is None
    assert gain(rig).shares == 0
    assert rig.shares(63) == 3


def test_shares_of_a_long_silence_are_counted() -> None:
    rig = Rig()
    rig.shares(10)
    rig.seconds += 3600

    assert rig.shares(4000) == 4000
    assert gain(rig).shares == 3990


def test_many_workers_find_more_than_one() -> None:
    def look(rig: Rig, shares: int, workers: int | None) -> int | None:
        reading = MinerSnapshot(
            software="x", uptime_seconds=rig.seconds, workloads=(work(shares),), workers_connected=workers
        )
        return shown(rig.see(reading))

    few, many = Rig(), Rig()
    assert [look(few, shares, 1) for shares in (100, 900)] == [100, None]
    assert [look(many, shares, 100) for shares in (100, 900)] == [100, 900]


def test_what_errors_and_blocks_can_come_to_differs_from_shares() -> None:
    one = Workload(algorithm="x", share_difficulty=8.0)
    most = {
        name: most_gained(one, name, seconds=10.0, devices=1, difficulty=2.0)
        for name in ("accepted_shares_total", "accepted_difficulty_total", *PACES)
    }

    assert most == {
        "accepted_shares_total": 30.0,
        "accepted_difficulty_total": 240.0,
        "hardware_errors_total": 1100.0,
        "found_blocks_total": 3.0,
    }
    assert SHARES.a_second < PACES["hardware_errors_total"].a_second
    unweighed = replace(one, share_difficulty=None)
    assert most_gained(unweighed, "accepted_difficulty_total", seconds=10, devices=1, difficulty=None) is None
    assert leaps(10.0, 60.0, None)
    assert devices_behind(MinerSnapshot(software="x")) == 1


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.thorough) for seed in range(1, 12))])
def test_doubled_digits_never_make_more_shares_than_were_found(seed: int) -> None:
    dice = random.Random(seed)
    rig, program, log = Rig(), Program(dice), Log()
    values: list[int | None] = []
    odd_left = 0
    for _ in range(600):
        program.run(rig.seconds)
        said = program.says(rig.seconds, odd=False)
        told = said.workloads[0].accepted_shares_total or 0
        odd_left = odd_left - 1 if odd_left else dice.choice((0,) * 20 + (1, SETTLED_LOOKS - 1))
        if odd_left and told > 100:
            one = replace(said.workloads[0], accepted_shares_total=with_a_digit_twice(told))
            said = replace(said, workloads=(one,))
        snapshot = rig.see(said)
        log.append(snapshot)
        values.append(shown(snapshot))
        proven = sum(one.accepted_hashes_total for one in rig.proof.proven) / (DIFFICULTY * HASHES)
        assert proven <= program.found
        assert increase(values) <= program.found

    assert program.found * 0.3 < log.accepted <= program.found


def test_a_tick_counts_what_leapt_as_a_value_that_could_not_be_true() -> None:
    memory, now = Memory(), datetime(2026, 5, 4, 12, tzinfo=UTC)
    device = DeviceReading(index=0, uuid="GPU-0")

    def tick(seconds: float, shares: int, uptime_seconds: float) -> RigSnapshot:
        part = DeviceWork(device_index=0, accepted_shares_total=shares)
        one = Workload(algorithm="x", accepted_shares_total=shares, devices=(part,))
        reading = MinerSnapshot(software="x", uptime_seconds=uptime_seconds, workloads=(one,), devices=(device,))
        told = now + timedelta(seconds=seconds)
        outcome: Outcome[Reading] = Outcome(
            source="m", kind="miner", asked_at=told, duration_seconds=0.1, reading=reading
        )
        at = Tick(rig="left", now=told, begun_seconds=seconds, wanted={"m": Destination()}, sensor_restarts={})
        return digest([outcome], at, memory, Costs(memory.mistakes))

    tick(0.0, 450, 3600.0)
    odd = tick(5.0, 4450, 36_605.0)
    good = tick(10.0, 451, 3610.0)

    (workload,) = odd.inventory.workloads
    assert (workload.snapshot.uptime_seconds, workload.workload.accepted_shares_total) == (None, None)
    assert odd.miners_started_at == good.miners_started_at == {"m": now - timedelta(hours=1)}
    told = {
        (status.device, *error): count for status in good.devices for error, count in status.read_errors_total.items()
    }
    assert told == {
        ("m", "uptime_seconds", ReadErrorReason.IMPLAUSIBLE): 1,
        ("m", "accepted_shares_total", ReadErrorReason.IMPLAUSIBLE): 1,
        ("GPU-0", "accepted_shares_total", ReadErrorReason.IMPLAUSIBLE): 1,
    }
