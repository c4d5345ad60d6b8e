"""A clock is trusted after a day of running evenly, and a step is seen at once."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from miner_agent.service.clock import ClockWatch
from miner_agent.service.scheduling import Calendar, FromNow

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
DAY = 86_400


def test_a_clock_that_runs_evenly_is_trusted_after_a_day() -> None:
    watch = ClockWatch()
    for seconds in range(0, DAY, 600):
        assert watch.see(NOW + timedelta(seconds=seconds), 50 + seconds)
        assert not watch.trusted
    watch.see(NOW + timedelta(seconds=DAY), 50 + DAY)

    assert watch.trusted
    assert watch.steps_total == 0


@pytest.mark.parametrize(
    "step", [timedelta(days=-30), timedelta(days=20 * 365), timedelta(seconds=5), timedelta(seconds=-5)]
)
def test_a_step_takes_the_trust_away_for_a_day(step: timedelta) -> None:
    watch = ClockWatch()
    watch.see(NOW, 0)
    watch.see(NOW + timedelta(seconds=DAY), DAY)
    assert watch.trusted

    assert not watch.see(NOW + timedelta(seconds=DAY + 10) + step, DAY + 10)
    assert not watch.trusted
    assert watch.steps_total == 1
    assert watch.see(NOW + timedelta(seconds=DAY + 20) + step, DAY + 20)
    assert not watch.trusted


def test_a_clock_of_1970_is_never_trusted() -> None:
    watch = ClockWatch()
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    assert not watch.see(epoch, 0)
    assert not watch.see(epoch + timedelta(days=3), 3 * DAY)
    assert not watch.trusted

    watch.see(NOW, 3 * DAY + 10)
    watch.see(NOW + timedelta(days=1), 4 * DAY + 10)
    assert watch.trusted


def test_a_suspended_machine_is_no_step() -> None:
    watch = ClockWatch()
    watch.see(NOW, 0)

    assert watch.see(NOW + timedelta(hours=9), 9 * 3600 + 1.5)


@pytest.mark.parametrize(
    "now", [NOW, NOW - timedelta(days=30), NOW + timedelta(days=7300), datetime(1970, 1, 1, tzinfo=UTC)]
)
def test_a_job_is_due_within_its_interval_whatever_the_clock_says(now: datetime) -> None:
    for previous in (None, NOW, NOW + timedelta(days=9999)):
        assert FromNow(timedelta(hours=1)).get_next_fire_time(previous, now) - now == timedelta(hours=1)


def test_jobs_run_in_a_thread_that_nobody_waits_for_and_failing_ones_are_counted() -> None:
    threads: list[threading.Thread] = []

    def job() -> None:
        threads.append(threading.current_thread())
        if len(threads) == 2:
            raise RuntimeError

    calendar = Calendar()
    calendar.every(timedelta(milliseconds=10), "a job", job)
    calendar.start()
    end = time.monotonic() + 5
    while len(threads) < 4 and time.monotonic() < end:
        time.sleep(0.005)
    calendar.close()

    assert len(threads) >= 4
    assert len(set(threads)) == 1
    assert threads[0].daemon
    assert calendar.failures == {"a job": 1}
