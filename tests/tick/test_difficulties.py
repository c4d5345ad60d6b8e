"""A share difficulty with one digit too many is not told, and one that a pool has raised is, soon."""

from dataclasses import replace

import pytest

from miner_agent.model.devices import ReadErrorReason
from miner_agent.model.readings import MinerSnapshot, Workload
from miner_agent.model.snapshot import Inventory, MinerWorkload
from miner_agent.tick.difficulties import Difficulties


class Miner:
    """A program that tells what its pool wants."""

    def __init__(self) -> None:
        self.difficulties = Difficulties()

    def tells(self, *told: float | None, pool: str | None = "a.example:1") -> list[float | None]:
        """What is left of each."""
        return [self.look(Workload(algorithm="x", share_difficulty=one, pool=pool)) for one in told]

    def look(self, workload: Workload) -> float | None:
        (left,) = self.see(workload).workloads
        assert replace(left.workload, share_difficulty=None) == replace(workload, share_difficulty=None)
        return left.workload.share_difficulty

    def see(self, *workloads: Workload) -> Inventory:
        entries = tuple(
            MinerWorkload(miner="m", algorithm=str(one.algorithm), snapshot=MinerSnapshot(software="x"), workload=one)
            for one in workloads
        )
        return self.difficulties.follow(Inventory(workloads=entries), ["m"])


def test_a_doubled_digit_of_one_tick_is_absent_and_named() -> None:
    miner = Miner()

    assert miner.tells(1.9e4, 1.19e5) == [1.9e4, None]
    ((name, errors),) = miner.difficulties.leaps.items()
    assert (name, [(error.quantity, error.reason) for error in errors]) == (
        "m",
        [("share_difficulty", ReadErrorReason.IMPLAUSIBLE)],
    )
    assert miner.tells(1.9e4, 2.1e4) == [1.9e4, 2.1e4]
    assert miner.difficulties.leaps == {}


def test_what_a_pool_has_raised_at_once_is_believed_after_three_looks() -> None:
    assert Miner().tells(1.0, 64.0, 64.0, 96.0, 96.0) == [1.0, None, None, 96.0, 96.0]
    assert Miner().tells(1.0, 64.0, 1.0, 64.0, 64.0, 1.0) == [1.0, None, 1.0, None, None, 1.0]
    assert Miner().tells(1.0, 64.0, 640.0, 640.0, 640.0) == [1.0, None, None, None, 640.0]


@pytest.mark.parametrize("told", [(1.0, 2.0, 4.0, 16.0, 64.0), (1e5, 1e2, 4e2), (5.0, None, 20.0)])
def test_what_moves_in_steps_falls_or_is_not_told_is_left_as_it_is(told: tuple[float | None, ...]) -> None:
    assert Miner().tells(*told) == list(told)


def test_another_pool_wants_what_it_wants() -> None:
    miner = Miner()

    assert miner.tells(1.0) == [1.0]
    assert miner.tells(None, 64.0, pool=None) == [None, None]
    assert miner.tells(1e6, pool="b.example:1") == [1e6]


def test_each_algorithm_is_followed_by_itself_over_a_silence_and_forgotten_when_it_is_left() -> None:
    miner = Miner()
    one, other = Workload(algorithm="x", share_difficulty=1.0), Workload(algorithm="y", share_difficulty=100.0)
    assert miner.see(one, other).workloads[1].workload.share_difficulty == 100.0
    miner.see()
    assert miner.look(replace(one, share_difficulty=100.0)) is None
    assert miner.look(replace(other, share_difficulty=1e4)) == 1e4
    miner.difficulties.follow(Inventory(), [])
    assert miner.look(replace(other, share_difficulty=1e6)) == 1e6
