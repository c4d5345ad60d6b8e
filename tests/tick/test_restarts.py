"""When a miner was started, and that nothing but a start changes it."""

from datetime import UTC, datetime, timedelta

import pytest

from miner_agent.errors import TimedOut
from miner_agent.model.readings import MinerSnapshot, Outcome, Reading
from miner_agent.tick.restarts import Continuity, Restarts
from tests.for_each import for_each

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


class Miner:
    """A program that tells its uptime, asked every ten seconds."""

    def __init__(self, *, step_seconds: float = 1.0, began_seconds: float = -100.0) -> None:
        self.restarts = Restarts()
        self.step_seconds, self.began_seconds = step_seconds, began_seconds
        self.seconds = 0.0
        self.clock_ahead = timedelta(0)

    def tick(self, said_seconds: float | None = None, *, fell: bool = False, tells: bool = True) -> Continuity:
        uptime_seconds = self.seconds - self.began_seconds if said_seconds is None else said_seconds
        told = uptime_seconds // self.step_seconds * self.step_seconds
        return self.see(MinerSnapshot(software="x", uptime_seconds=told if tells else None), fell=fell)

    def see(self, reading: MinerSnapshot | None, *, fell: bool = False) -> Continuity:
        outcome: Outcome[Reading] = Outcome(
            source="m",
            kind="miner",
            asked_at=NOW + timedelta(seconds=self.seconds) + self.clock_ahead,
            duration_seconds=0.1,
            reading=reading,
            error=None if reading is not None else TimedOut("late"),
        )
        runs = self.restarts.follow([outcome], {"m"} if fell else set(), at_seconds=self.seconds)
        self.seconds += 10
        return runs.get("m", Continuity.GOES_ON)

    @property
    def started_at(self) -> datetime | None:
        return self.restarts.started_at.get("m")


@pytest.mark.parametrize("step_seconds", [1.0, 60.0])
def test_a_start_time_stands_still_however_coarse_the_uptime_is(step_seconds: float) -> None:
    miner = Miner(step_seconds=step_seconds, began_seconds=-1234.5)
    found = set()
    for _ in range(100):
        assert miner.tick() is Continuity.GOES_ON
        found.add(miner.started_at)

    assert len(found) == 1
    (started_at,) = found
    assert started_at is not None
    assert timedelta(0) <= started_at - (NOW - timedelta(seconds=1234.5)) <= timedelta(seconds=step_seconds)


@for_each("step_seconds", [1.0, 60.0])
@for_each("ran_seconds", [150.0, 7325.0, 1_000_000.0])
def test_a_restart_is_one_when_the_second_answer_says_so(step_seconds: float, ran_seconds: float) -> None:
    miner = Miner(step_seconds=step_seconds, began_seconds=-ran_seconds)
    miner.tick()
    before = miner.started_at
    miner.began_seconds = 7.0
    assert miner.tick() is Continuity.UNSURE
    assert miner.started_at is None
    assert miner.tick() is Continuity.ANEW
    assert miner.restarts.restarted == ("m",)
    started_at = miner.started_at
    assert started_at is not None
    assert before is not None
    assert abs(started_at - (NOW + timedelta(seconds=7))) <= timedelta(seconds=step_seconds)
    assert miner.tick() is Continuity.GOES_ON
    assert miner.started_at == started_at


def test_one_odd_answer_changes_nothing() -> None:
    miner = Miner(began_seconds=-5000)
    miner.tick()
    before = miner.started_at
    assert miner.tick(0.0, fell=True) is Continuity.UNSURE
    assert miner.tick() is Continuity.GOES_ON
    assert miner.started_at == before


@pytest.mark.parametrize("step_seconds", [1.0, 60.0])
def test_a_miner_that_is_down_has_no_start_time_and_the_old_one_when_it_is_back(step_seconds: float) -> None:
    miner = Miner(step_seconds=step_seconds, began_seconds=-1234.5)
    miner.tick()
    before = miner.started_at
    for _ in range(50):
        miner.see(None)
        assert miner.started_at is None
    assert miner.tick() is Continuity.GOES_ON
    assert miner.started_at == before


def test_a_restart_while_nobody_looked_is_one_though_the_uptime_has_not_fallen() -> None:
    miner = Miner(began_seconds=-600)
    miner.tick()
    for _ in range(360):
        miner.see(None)
    miner.began_seconds = miner.seconds - 1800

    assert miner.tick() is Continuity.UNSURE
    assert miner.tick() is Continuity.ANEW


@pytest.mark.parametrize("seconds", [3, 30, 86_400, -30, -86_400])
def test_a_clock_that_is_set_here_is_no_restart_there(seconds: int) -> None:
    miner = Miner(began_seconds=-100_000)
    miner.tick()
    before = miner.started_at
    miner.clock_ahead = timedelta(seconds=seconds)

    assert miner.tick() is Continuity.GOES_ON
    assert miner.started_at == before


@pytest.mark.parametrize("seconds", [60, 3000, -60, -86_400])
def test_a_clock_that_is_set_there_is_no_restart(seconds: int) -> None:
    miner = Miner(began_seconds=-3600)
    miner.tick()
    before = miner.started_at
    miner.began_seconds += seconds

    assert {miner.tick() for _ in range(5)} == {Continuity.GOES_ON}
    assert miner.started_at == before


@pytest.mark.parametrize("said_seconds", [0.0, 12.0, 5000.0])
def test_an_answer_that_stands_still_is_no_restart(said_seconds: float) -> None:
    miner = Miner()

    assert {miner.tick(said_seconds) for _ in range(20)} == {Continuity.GOES_ON}


@pytest.mark.parametrize("jitter_seconds", [1, -1, 4])
def test_an_uptime_that_is_rounded_otherwise_is_no_restart(jitter_seconds: int) -> None:
    miner = Miner(began_seconds=-8)
    miner.tick()
    miner.began_seconds += jitter_seconds

    assert miner.tick() is Continuity.GOES_ON


def test_without_an_uptime_counters_that_all_fell_tell_of_a_restart_twice_before_it_is_one() -> None:
    miner = Miner()
    assert miner.tick(tells=False) is Continuity.GOES_ON
    assert miner.tick(tells=False, fell=True) is Continuity.UNSURE
    assert miner.tick(tells=False, fell=True) is Continuity.RESET
    assert miner.tick(tells=False) is Continuity.GOES_ON
    assert miner.started_at is None


def test_counters_that_fell_are_no_restart_where_the_uptime_says_that_it_ran_before() -> None:
    miner = Miner(began_seconds=-5000)
    miner.tick()

    assert {miner.tick(fell=True) for _ in range(3)} == {Continuity.GOES_ON}


def test_a_miner_that_restarts_again_and_again_is_counted_within_the_hour() -> None:
    miner = Miner()
    miner.tick()
    for _ in range(4):
        for _ in range(30):
            miner.tick()
        miner.began_seconds = miner.seconds - 3

    miner.tick()
    assert miner.restarts.often == {"m": 3}  # the fourth one is not sure yet
    for _ in range(365):
        miner.tick()
    assert miner.restarts.often == {}


def test_a_miner_that_is_no_longer_configured_is_forgotten() -> None:
    miner = Miner(began_seconds=-5000)
    miner.tick()
    miner.restarts.follow([], set(), at_seconds=miner.seconds)
    miner.began_seconds = miner.seconds

    assert miner.tick() is Continuity.GOES_ON
    assert miner.restarts.restarted == ()


# Over restarts of the agent


def left_by(first: Miner) -> dict[str, str]:
    return first.restarts.unsaved_facts()


def test_no_start_time_is_told_before_it_is_known_what_the_last_run_knew() -> None:
    miner = Miner()
    miner.restarts.see(None)
    miner.tick()
    assert miner.started_at is None
    miner.restarts.see({})
    miner.tick()
    assert miner.started_at is not None


@pytest.mark.parametrize("step_seconds", [1.0, 60.0])
def test_a_start_time_stands_still_over_a_restart_of_the_agent(step_seconds: float) -> None:
    first = Miner(step_seconds=step_seconds, began_seconds=-1234.5)
    first.tick()
    facts = left_by(first)
    second = Miner(step_seconds=step_seconds, began_seconds=-1234.5)
    second.seconds = 1007.3
    second.restarts.see(None)
    second.tick()
    second.restarts.see(facts)
    second.tick()

    assert second.started_at == first.started_at
    assert left_by(first) == {}


def test_a_miner_that_restarted_while_the_agent_was_down_has_a_new_start_time() -> None:
    first = Miner(began_seconds=-1234.5)
    first.tick()
    second = Miner(began_seconds=500.0)
    second.seconds = 1000.0
    second.restarts.see(left_by(first))
    second.tick()

    assert second.started_at == NOW + timedelta(seconds=500)


@pytest.mark.parametrize("held_ticks", [0, 5])
@pytest.mark.parametrize(("began_seconds", "begun"), [(500.0, ["m"]), (-1234.5, []), (-9000.0, [])])
def test_a_start_that_no_run_of_the_agent_has_seen_is_told_once(
    began_seconds: float, begun: list[str], held_ticks: int
) -> None:
    facts = {"m": (NOW - timedelta(seconds=1234.5)).isoformat()}
    miner = Miner(began_seconds=began_seconds)  # sooner than it was known to be started: that was another clock
    miner.seconds = 1000.0
    told: list[str] = []
    for tick in range(20):
        miner.restarts.see(None if tick < held_ticks else facts)
        miner.tick()
        told += miner.restarts.begun

    assert told == begun


def test_a_restart_while_the_disk_is_not_read_is_told_once() -> None:
    miner = Miner(began_seconds=-5000)
    miner.restarts.see(None)
    told: list[str] = []
    for tick in range(20):
        if tick == 5:
            miner.began_seconds = miner.seconds
        if tick == 10:
            miner.restarts.see({"m": (NOW - timedelta(seconds=9000)).isoformat()})
        miner.tick()
        told += miner.restarts.begun

    assert told == ["m"]


def test_a_clock_that_drifts_makes_no_new_start_in_a_month() -> None:
    first = Miner(began_seconds=-10)
    first.tick()
    second = Miner(began_seconds=-10 + 200)  # of 30 days
    second.seconds = 30 * 86_400.0
    second.restarts.see(left_by(first))
    second.tick()

    assert second.started_at == first.started_at


@pytest.mark.parametrize("fact", ["", "yesterday", "2026-05-04T12:00:00", "x" * 9999])
def test_a_start_time_that_is_not_one_of_ours_is_passed_over(fact: str) -> None:
    miner = Miner()
    miner.restarts.see({"m": fact})
    miner.tick()

    assert miner.started_at == NOW - timedelta(seconds=100)


def test_a_miner_that_crashes_in_a_loop_does_not_write_to_the_disk_for_ever() -> None:
    miner, written = Miner(), 0
    for _ in range(100):
        miner.tick()
        miner.tick()
        miner.tick()
        miner.began_seconds = miner.seconds - 1
        written += bool(miner.restarts.unsaved_facts())

    assert written <= 8
