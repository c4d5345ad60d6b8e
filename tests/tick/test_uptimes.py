"""An uptime that grew by more than the time that passed is not told, and one that was set is, soon."""

from datetime import UTC, datetime, timedelta

import pytest

from miner_agent.errors import TimedOut
from miner_agent.model.devices import ReadErrorReason
from miner_agent.model.readings import MinerSnapshot, Outcome, Reading
from miner_agent.tick.restarts import Restarts
from miner_agent.tick.uptimes import Uptimes

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


class Miner:
    """A program that tells its uptime, asked every ten seconds."""

    def __init__(self) -> None:
        self.uptimes, self.restarts, self.seconds = Uptimes(), Restarts(), 0.0
        self.dropped: list[tuple[str, str]] = []

    def tells(self, *uptimes: float | None) -> list[float | None]:
        """What is left of each."""
        return [self.see(MinerSnapshot(software="x", uptime_seconds=uptime)).uptime_seconds for uptime in uptimes]

    def see(self, reading: MinerSnapshot) -> MinerSnapshot:
        outcome: Outcome[Reading] = Outcome(
            source="m",
            kind="miner",
            asked_at=NOW + timedelta(seconds=self.seconds),
            duration_seconds=0.1,
            reading=reading,
        )
        (believed,) = self.uptimes.follow([outcome], at_seconds=self.seconds)
        self.restarts.follow([believed], (), at_seconds=self.seconds)
        self.seconds += 10
        self.dropped = [(error.quantity, error.reason) for error in believed.dropped]
        assert isinstance(believed.reading, MinerSnapshot)
        return believed.reading


def test_a_doubled_digit_of_one_tick_is_absent_and_named() -> None:
    miner = Miner()

    assert miner.tells(4500, 44_510) == [4500, None]
    assert miner.dropped == [("uptime_seconds", ReadErrorReason.IMPLAUSIBLE)]
    assert miner.tells(4520, 4530) == [4520, 4530]
    assert miner.dropped == []


@pytest.mark.parametrize("step", [0, 10])
def test_a_doubled_digit_that_stays_is_believed_after_three_looks_and_is_no_start(step: int) -> None:
    miner = Miner()
    miner.tells(4500)
    started_at = miner.restarts.started_at["m"]
    left = miner.tells(*(44_510 + step * look for look in range(5)))

    assert left == [None, None, *(44_510 + step * look for look in range(2, 5))]
    assert miner.restarts.started_at["m"] == started_at


def test_a_restart_is_told_at_once_and_the_answer_before_it_may_come_once_more() -> None:
    miner = Miner()

    assert miner.tells(90_000, 5, 15, 25) == [90_000, 5, 15, 25]
    assert miner.restarts.started_at["m"] == NOW + timedelta(seconds=5)
    assert miner.tells(35, 4445) == [35, None]
    assert Miner().tells(90_000, 0, 90_020) == [90_000, 0, 90_020]


@pytest.mark.parametrize("kept_seconds", [1, 60, 120])
def test_an_answer_that_is_kept_for_a_while_is_told_as_it_is(kept_seconds: int) -> None:
    miner = Miner()
    told = [(1037 + 10 * look) // kept_seconds * kept_seconds for look in range(60)]

    assert miner.tells(*told) == told


def test_an_answer_that_stood_still_for_an_hour_may_go_on_where_it_should_be() -> None:
    miner = Miner()
    told = [1000] * 360 + [1000 + 3600, 1000 + 3610]

    assert miner.tells(*told) == told


def test_a_gap_is_no_leap() -> None:
    miner = Miner()
    miner.tells(1000, None)
    miner.seconds += 5000

    assert miner.tells(6020) == [6020]


def test_a_connections_time_is_held_to_the_same() -> None:
    miner = Miner()
    miner.see(MinerSnapshot(software="x", pool_connection_seconds=600.0))

    assert miner.see(MinerSnapshot(software="x", pool_connection_seconds=6600.0)).pool_connection_seconds is None
    assert miner.dropped == [("pool_connection_seconds", ReadErrorReason.IMPLAUSIBLE)]


def test_what_is_no_longer_asked_is_forgotten_and_an_error_stays_one() -> None:
    miner = Miner()
    miner.tells(1000)
    late: Outcome[Reading] = Outcome(
        source="other", kind="miner", asked_at=NOW, duration_seconds=1, error=TimedOut("late")
    )

    assert miner.uptimes.follow([late], at_seconds=20.0) == [late]
    assert miner.tells(90_000) == [90_000]
