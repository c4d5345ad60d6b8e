"""Expected shares against those that came: honest over restarts, pauses, absences, changes of difficulty and luck."""

import math
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner_agent.errors import TimedOut
from miner_agent.model.kept_counter import CounterKey, KeptCounter
from miner_agent.model.readings import MinerSnapshot, Outcome, Reading, Workload
from miner_agent.model.snapshot import AwaitedShares
from miner_agent.tick.counters import Counters
from miner_agent.tick.expected_shares import ExpectedShares
from miner_agent.tick.inventory import take_inventory
from miner_agent.tick.lasting_counters import LastingCounters
from miner_agent.tick.one_counter import STRANGE_LOOKS
from miner_agent.tick.restarts import Restarts
from tests import kept_at_once

START = datetime(2026, 5, 4, 12, tzinfo=UTC)
HASHES = 2.0**32
INTERVAL_SECONDS = 10.0
RATED = {"share_difficulty": 100.0, "hashes_per_difficulty": HASHES, "hashes_per_second": 10 * HASHES}  # one in 10 s


class Miner:
    """One workload, followed look by look over any number of runs of the agent."""

    def __init__(self, **values: Any) -> None:
        self.values = RATED | values
        self.shares = 1000
        self.seconds, self.began_seconds = 0.0, -50_000.0
        self.counters: LastingCounters = kept_at_once.at_once({})
        self.start_agent()

    def start_agent(self) -> None:
        self.expected, self.restarts, self.followed = ExpectedShares(), Restarts(), Counters()

    def look(self, found: int = 0, *, paused: bool | None = None, silent: bool = False, **values: Any) -> AwaitedShares:
        """``found``: shares that came since the last look."""
        self.shares += found
        workload = Workload(algorithm="x", accepted_shares_total=self.shares, **(self.values | values))
        uptime_seconds = self.seconds - self.began_seconds
        reading = MinerSnapshot(software="m", uptime_seconds=uptime_seconds, paused=paused, workloads=(workload,))
        outcome: Outcome[Reading] = Outcome(
            source="m",
            kind="miner",
            asked_at=self.now,
            duration_seconds=0,
            reading=None if silent else reading,
            error=TimedOut("late") if silent else None,
        )
        inventory = take_inventory([outcome])
        fell = self.followed.fell_together(inventory)
        runs = self.restarts.follow([outcome], fell, at_seconds=self.seconds)
        inventory = self.followed.follow(inventory, runs, ["m"], at_seconds=self.seconds)
        self.expected.follow(
            inventory.workloads,
            self.followed.gains,
            runs,
            self.counters,
            at_seconds=self.seconds,
            interval_seconds=INTERVAL_SECONDS,
            now=self.now,
            configured=["m"],
        )
        self.seconds += INTERVAL_SECONDS
        return self.expected.awaited[0] if self.expected.awaited else NOTHING

    def settle(self) -> AwaitedShares:
        for _ in range(STRANGE_LOOKS):
            self.look()
        return self.look()

    def restart(self) -> None:
        self.shares, self.began_seconds = 0, self.seconds - 1

    @property
    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)


NOTHING = AwaitedShares(
    miner="m",
    algorithm="x",
    expected_shares_total=None,
    proven_shares_total=None,
    expected_since_accepted=None,
    last_accepted_at=None,
    share_interval_expected_seconds=None,
)


def counts(told: AwaitedShares) -> tuple[float | None, float | None]:
    return told.expected_shares_total, told.proven_shares_total


def settled(**values: Any) -> Miner:
    miner = Miner(**values)
    assert counts(miner.settle()) == (0, 0)
    return miner


def test_so_many_shares_are_expected_as_the_hashrate_finds_and_so_many_proven_as_came() -> None:
    miner = settled()
    told = [miner.look(found) for found in (0, 3, 0, 1)]

    assert [one.expected_shares_total for one in told] == [1, 2, 3, 4]
    assert [one.proven_shares_total for one in told] == [0, 3, 3, 4]
    assert told[-1].share_interval_expected_seconds == pytest.approx(10)


def test_a_share_of_twice_the_difficulty_is_half_a_share() -> None:
    miner = settled()
    told = miner.look(1, share_difficulty=200.0)

    assert told.expected_shares_total == 0.75  # nobody knows when it was doubled
    assert miner.look(0, share_difficulty=200.0).expected_shares_total == 1.25


@pytest.mark.parametrize(
    "odd",
    [
        {"paused": True},
        {"dev_fee": True, "pool": "author.example:1"},
        {"hashes_per_second": None},
        {"share_difficulty": None},
        {"share_difficulty": 100_000.0},
    ],
    ids=str,
)
def test_what_is_no_time_to_count_in_counts_for_neither(odd: dict[str, Any]) -> None:
    miner = settled(pool="own.example:1")
    before = counts(miner.look(2))
    for _ in range(30):
        told = miner.look(5, **odd)
    if odd != {"share_difficulty": 100_000.0}:  # that is believed after a while, and almost nothing is expected of it
        assert counts(told) == before
    before = counts(miner.look(5))

    assert counts(miner.look(1)) == tuple(count + 1 for count in before if count is not None)


def test_a_gap_counts_for_neither_and_one_look_that_is_missed_for_both() -> None:
    miner = settled()
    miner.look(silent=True)
    assert counts(miner.look(4)) == (2, 4)
    for _ in range(3):
        miner.look(silent=True)
    assert counts(miner.look(40)) == (2, 4)
    assert counts(miner.look(1)) == (3, 5)


def test_what_a_new_program_counts_before_that_is_sure_counts_for_neither() -> None:
    miner = settled()
    miner.look(7)
    miner.restart()
    told = [counts(miner.look(1)) for _ in range(3 + STRANGE_LOOKS)]

    assert told == [(1, 7)] * (2 + STRANGE_LOOKS) + [(2, 8)]


def test_at_another_pool_it_counts_once_its_counter_is_sure() -> None:
    miner = settled(pool="own.example:1")
    told = [counts(miner.look(1, pool="backup.example:1")) for _ in range(4)]

    assert told == [(0, 0), (0, 0), (0, 0), (1, 1)]


def test_nothing_is_shown_of_counts_before_the_disk_has_told() -> None:
    miner = Miner()
    miner.counters = LastingCounters()
    for _ in range(5):
        told = miner.look(1)
    assert counts(told) == (None, None)
    assert told.expected_since_accepted is None

    miner.counters.see({("m x", "expected_shares"): KeptCounter(5000, 0, 9000)})
    assert miner.look(1).expected_shares_total == 5


# Since the last one


def test_expected_since_the_last_accepted_one_begins_again_with_each() -> None:
    miner = settled()
    assert [miner.look(found).expected_since_accepted for found in (0, 0, 1, 0, 0)] == [1, 2, 0, 1, 2]


def after_a_kill(miner: Miner) -> dict[CounterKey, KeptCounter]:
    return {key: KeptCounter(count, 0, count) for key, count in (miner.counters.counted or {}).items()}


def test_what_was_waited_for_in_the_last_run_is_not_forgotten() -> None:
    miner = settled()
    for _ in range(5):
        miner.look()
    kept = after_a_kill(miner)
    miner.counters = kept_at_once.at_once(None)
    miner.start_agent()
    told = miner.settle()
    assert told.expected_since_accepted is None  # the disk has not told yet
    miner.counters.see(kept)

    assert miner.look().expected_since_accepted == 6
    assert counts(miner.look(1)) == (7, 1)


def test_a_share_that_is_accepted_before_the_disk_has_told_ends_the_wait() -> None:
    miner = settled()
    for _ in range(5):
        miner.look()
    kept = after_a_kill(miner)
    miner.counters = kept_at_once.at_once(None)
    miner.start_agent()
    miner.settle()
    miner.look(1)
    miner.counters.see(kept)

    assert miner.look().expected_since_accepted == 1


def test_the_last_accepted_share_is_told_of_every_miner_that_counts_them() -> None:
    miner = Miner(hashes_per_difficulty=None)
    assert miner.look().last_accepted_at is None
    accepted_at = miner.now
    assert miner.look(1).last_accepted_at == accepted_at
    assert miner.look().last_accepted_at == accepted_at
    assert counts(miner.look()) == (None, None)


# Luck


def poisson(rng: random.Random, mean: float) -> int:
    found, chance, limit = 0, rng.random(), math.exp(-mean)
    while chance > limit:
        found, chance = found + 1, chance * rng.random()
    return found


def lived(rng: random.Random, looks: int, *, arriving: float = 1.0) -> tuple[float, float]:
    """Days of a miner with all that happens to one; shares expected and proven, as they are shown in the end."""
    miner, told = Miner(pool="own.example:1"), NOTHING
    difficulty, pauses, silent, fee = 100.0, 0, 0, 0
    for look in range(looks):
        if rng.random() < 0.002:
            difficulty = rng.choice((50.0, 100.0, 150.0, 200.0))
        pauses, silent, fee = max(0, pauses - 1), max(0, silent - 1), max(0, fee - 1)
        if rng.random() < 0.001:
            pauses = rng.randrange(1, 40)
        if rng.random() < 0.003:
            silent = rng.choice((1, 1, 2, 10, 60))
        if look % 360 == 359:
            fee = 4
        if rng.random() < 0.001:
            miner.restart()
        if rng.random() < 0.001:
            miner.counters = kept_at_once.at_once(after_a_kill(miner))
            miner.start_agent()
        found = 0 if pauses or fee else poisson(rng, arriving * INTERVAL_SECONDS / 30 * 100.0 / difficulty)
        told = miner.look(
            found,
            paused=pauses > 0,
            silent=silent > 0,
            dev_fee=fee > 0,
            share_difficulty=difficulty,
            hashes_per_second=100 / 30 * HASHES * rng.uniform(0.97, 1.03),
        )
        shown = counts(told)
        assert None not in shown or told is NOTHING or look < STRANGE_LOOKS
    expected, proven = miner.counters.counted or {}, miner.counters.counted or {}
    return expected["m x", "expected_shares"] / 1000, proven["m x", "proven_shares"] / 1000


@pytest.mark.parametrize(
    ("seed", "looks"), [(0, 2000), *(pytest.param(seed, 2 * 8640, marks=pytest.mark.thorough) for seed in (1, 2, 3))]
)
def test_over_days_of_luck_what_came_is_within_the_band_of_what_was_expected(seed: int, looks: int) -> None:
    expected, proven = lived(random.Random(seed), looks)

    assert expected > 0.55 * looks / 3
    assert abs(proven - expected) < 4 * math.sqrt(expected)


@pytest.mark.parametrize("seed", range(3))
def test_half_of_the_shares_that_never_arrive_are_missed_within_three_hours(seed: int) -> None:
    expected, proven = lived(random.Random(seed), 1080, arriving=0.5)

    assert proven < 0.95 * expected - 4 * math.sqrt(0.95 * expected)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2**40),
            st.sampled_from((0.0, 5e-324, 1 / 3, 0.1 + 0.2, 1e6, 1e300)),
            st.sampled_from((0.0, 1 / 3, 0.1 + 0.2, 100.0, 1e300)),
            st.sampled_from(("", "silent", "paused", "restarts", "killed")),
        ),
        max_size=40,
    )
)
def test_whatever_a_miner_says_no_count_falls_or_is_no_number(
    said: list[tuple[int, float, float, str]],
) -> None:
    miner = Miner()
    last: tuple[float, ...] = (0.0, 0.0)
    for found, rate, difficulty, event in said:
        if event == "restarts":
            miner.restart()
        elif event == "killed":
            miner.counters = kept_at_once.at_once(after_a_kill(miner))
            miner.start_agent()
        told = miner.look(
            found,
            silent=event == "silent",
            paused=event == "paused",
            hashes_per_second=rate,
            share_difficulty=difficulty,
        )
        now = counts(told)
        assert all(count is None or count >= before for count, before in zip(now, last, strict=True))
        assert all(count is None or math.isfinite(count) for count in now)
        last = tuple(before if count is None else count for count, before in zip(now, last, strict=True))


@given(st.floats(0.01, 1e6), st.lists(st.integers(0, 40), min_size=1, max_size=60))
def test_a_miner_that_runs_through_is_counted_to_the_thousandth(per_second: float, found: list[int]) -> None:
    miner = settled(hashes_per_second=100 * HASHES * per_second)
    for shares in found:
        told = miner.look(shares)

    assert told.proven_shares_total == sum(found)
    expected = math.fsum([per_second * INTERVAL_SECONDS] * len(found))
    assert told.expected_shares_total == pytest.approx(expected, abs=0.0011, rel=1e-12)
