"""What accepted shares prove, over restarts, changes of difficulty and pools that fail over."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner_agent.errors import TimedOut
from miner_agent.model.readings import MinerSnapshot, Outcome, Reading, Workload
from miner_agent.model.snapshot import ProvenWork
from miner_agent.tick.counters import Counters
from miner_agent.tick.inventory import take_inventory
from miner_agent.tick.proof import Proof
from miner_agent.tick.restarts import Restarts

START = datetime(2026, 5, 4, 12, tzinfo=UTC)
HASHES = 2.0**32


class Miner:
    """One workload, and a proof that follows it tick by tick."""

    def __init__(self) -> None:
        self.proof, self.restarts, self.counters = Proof(), Restarts(), Counters()
        self.ticks = 0
        self.started_at = START - timedelta(hours=1)

    def tick(
        self,
        shares: int | None = None,
        difficulty: float | None = 100.0,
        *,
        summed: float | None = None,
        hashes_per_second: float | None = None,
        hashes_per_difficulty: float | None = HASHES,
        algorithm: str = "sha256",
    ) -> ProvenWork | None:
        self.ticks += 1
        workload = Workload(
            algorithm=algorithm,
            accepted_shares_total=shares,
            share_difficulty=difficulty,
            accepted_difficulty_total=summed,
            hashes_per_second=hashes_per_second,
            hashes_per_difficulty=hashes_per_difficulty,
        )
        uptime_seconds = (self.now - self.started_at).total_seconds()
        self._follow(MinerSnapshot(software="cgminer", uptime_seconds=uptime_seconds, workloads=(workload,)))
        return self.proof.proven[0] if self.proof.proven else None

    def silence(self) -> None:
        self.ticks += 1
        self._follow(None)

    def _follow(self, reading: MinerSnapshot | None) -> None:
        error = None if reading is not None else TimedOut("late")
        outcome: Outcome[Reading] = Outcome(
            source="s9", kind="miner", asked_at=self.now, duration_seconds=0, reading=reading, error=error
        )
        inventory = take_inventory([outcome])
        fell = self.counters.fell_together(inventory)
        runs = self.restarts.follow([outcome], fell, at_seconds=10.0 * self.ticks)
        inventory = self.counters.follow(inventory, runs, ["s9"], at_seconds=10.0 * self.ticks)
        self.proof.follow(inventory.workloads, self.counters.gains, configured=["s9"])

    def restart(self) -> None:
        self.started_at = self.now

    @property
    def now(self) -> datetime:
        return START + timedelta(seconds=10 * self.ticks)


def proven(work: ProvenWork | None) -> float:
    assert work is not None
    return work.accepted_hashes_total


def test_shares_from_before_the_first_look_prove_nothing() -> None:
    assert proven(Miner().tick(500)) == 0


def test_each_new_share_counts_with_its_difficulty() -> None:
    miner = Miner()
    miner.tick(500)

    assert proven(miner.tick(503)) == 3 * 100 * HASHES


@pytest.mark.parametrize(("before", "after"), [(100.0, 400.0), (400.0, 100.0)])
def test_where_the_difficulty_changed_the_lower_one_counts(before: float, after: float) -> None:
    miner = Miner()
    miner.tick(0, before)

    assert proven(miner.tick(2, after)) == 2 * 100 * HASHES


def test_after_a_restart_all_shares_are_new_once_a_second_answer_confirms_it() -> None:
    miner = Miner()
    miner.tick(500)
    miner.restart()
    assert proven(miner.tick(3)) == 0

    assert proven(miner.tick(4)) == 4 * 100 * HASHES


def test_shares_that_wait_for_that_count_with_the_lowest_difficulty_meanwhile() -> None:
    miner = Miner()
    miner.tick(500, 400)
    miner.restart()
    miner.tick(3, 100)

    assert proven(miner.tick(4, 400)) == 4 * 100 * HASHES
    assert proven(miner.tick(5, 400)) == (4 * 100 + 400) * HASHES


def test_a_restart_that_has_passed_the_old_count_already_proves_what_is_beyond_it() -> None:
    miner = Miner()
    miner.tick(3)
    miner.restart()
    miner.tick(4)

    assert proven(miner.tick(5)) == 2 * 100 * HASHES  # it may be one that goes on over restarts


def test_a_counter_that_falls_without_a_restart_proves_nothing_that_was_counted_before() -> None:
    miner = Miner()
    miner.tick(500)
    assert proven(miner.tick(2)) == 0
    assert proven(miner.tick(501)) == 100 * HASHES


def test_a_miner_that_was_silent_for_a_while_loses_nothing() -> None:
    miner = Miner()
    miner.tick(10)
    miner.silence()

    assert miner.proof.proven == ()
    assert proven(miner.tick(14)) == 4 * 100 * HASHES


def test_a_miner_whose_answers_stand_still_proves_nothing() -> None:
    miner = Miner()
    for _ in range(5):
        work = miner.tick(1000)
        miner.started_at += timedelta(seconds=10)  # the same uptime as before

    assert proven(work) == 0


def test_shares_of_another_algorithm_prove_nothing_of_the_one_that_it_comes_back_to() -> None:
    miner = Miner()
    miner.tick(100)
    assert proven(miner.tick(103)) == 3 * 100 * HASHES
    assert proven(miner.tick(105, algorithm="scrypt")) == 0
    assert proven(miner.tick(150, algorithm="scrypt")) == 45 * 100 * HASHES
    assert proven(miner.tick(152)) == 3 * 100 * HASHES  # the counter of the program goes on over all of them
    assert proven(miner.tick(153)) == 3 * 100 * HASHES
    assert proven(miner.tick(154)) == 4 * 100 * HASHES


def test_a_sum_of_difficulties_is_followed_where_the_miner_keeps_one() -> None:
    miner = Miner()
    miner.tick(10, 100, summed=5000)

    assert proven(miner.tick(12, 100, summed=5750)) == 750 * HASHES


def test_without_hashes_per_difficulty_there_is_no_proof() -> None:
    assert Miner().tick(10, hashes_per_difficulty=None) is None


def test_a_miner_that_is_no_longer_configured_is_forgotten() -> None:
    miner = Miner()
    miner.tick(10)
    miner.tick(15)
    miner.proof.follow([], {}, configured=[])

    assert proven(miner.tick(15)) == 0


@given(
    st.lists(
        st.tuples(st.integers(0, 2**53), st.floats(0, 1e30), st.booleans(), st.none() | st.floats(0, 1e30)),
        min_size=1,
        max_size=30,
    )
)
def test_the_counter_never_falls_and_stays_finite_whatever_a_miner_says(
    said: list[tuple[int, float, bool, float | None]],
) -> None:
    miner = Miner()
    last = 0.0
    for shares, difficulty, restarts, summed in said:
        if restarts:
            miner.restart()
        now = proven(miner.tick(shares, difficulty, summed=summed))
        assert last <= now < float("inf")
        last = now


@given(st.lists(st.integers(0, 50), min_size=2, max_size=40), st.floats(1, 1e6))
def test_a_miner_that_runs_through_proves_exactly_what_it_did(steps: list[int], difficulty: float) -> None:
    miner = Miner()
    total, work = 1000, miner.tick(1000, difficulty)
    for step in steps:
        total += step
        work = miner.tick(total, difficulty)

    assert proven(work) == pytest.approx(sum(steps) * difficulty * HASHES, rel=1e-12)
