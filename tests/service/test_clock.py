"""A clock is trusted after a day of running evenly, and a step is seen at once."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from miner_agent.model.clock_mark import ClockMark
from miner_agent.service.clock import ClockWatch
from miner_agent.service.scheduling import Calendar, FromNow
from tests.waiting import until

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


def ran(watch: ClockWatch, start: datetime, *, hours: float, steady: float = 50.0) -> tuple[datetime, float]:
    """Let it see both clocks run evenly; where they are then."""
    for minutes in range(0, round(60 * hours) + 1, 5):
        assert watch.see(start + timedelta(minutes=minutes), steady + 60 * minutes)
    return start + timedelta(hours=hours), steady + 3600 * hours


def mark_after(hours: float, boot_id: str | None = "boot") -> ClockMark:
    watch = ClockWatch(boot_id)
    ran(watch, NOW, hours=hours)
    watch.restore(None)
    mark = watch.mark()
    assert mark is not None
    return mark


def restarted(mark: ClockMark, boot_id: str | None) -> ClockWatch:
    watch = ClockWatch(boot_id)
    watch.restore(mark)
    assert not watch.is_restored  # no pair was seen yet
    return watch


def test_a_run_goes_on_from_the_last_one_of_its_boot_and_the_time_between_counts() -> None:
    mark = mark_after(20)
    watch = restarted(mark, "boot")
    watch.see(mark.at + timedelta(hours=3), mark.steady_seconds + 3 * 3600)
    watch.restore(mark)
    assert watch.even_seconds == 23 * 3600
    assert not watch.trusted
    watch.see(mark.at + timedelta(hours=4), mark.steady_seconds + 4 * 3600)
    assert watch.trusted


def test_it_may_have_run_for_a_while_before_the_last_one_is_known() -> None:
    mark = mark_after(20)
    watch = restarted(mark, "boot")
    ran(watch, mark.at + timedelta(hours=1), hours=3.5, steady=mark.steady_seconds + 3600)
    assert watch.mark() is None
    watch.restore(mark)

    assert watch.even_seconds == 24.5 * 3600
    assert watch.trusted


@pytest.mark.parametrize("step_seconds", [-3600, -3, 3, 86_400 * 365 * 20])
def test_a_clock_that_was_set_between_two_runs_of_a_boot_is_believed_after_a_day(step_seconds: float) -> None:
    mark = mark_after(48)
    watch = restarted(mark, "boot")
    start, steady = mark.at + timedelta(seconds=60 + step_seconds), mark.steady_seconds + 60
    watch.see(start, steady)
    watch.restore(mark)
    assert watch.even_seconds == 0
    ran(watch, start, hours=23.9, steady=steady)
    assert not watch.trusted
    after = watch.mark()
    assert after is not None
    assert after.even_seconds < 86_400
    ran(watch, start + timedelta(hours=23.9), hours=0.5, steady=steady + 23.9 * 3600)
    assert watch.trusted


@pytest.mark.parametrize("boot_id", ["another", None])
def test_after_a_reboot_the_clock_is_believed_further_once_it_has_run_evenly_for_a_while(boot_id: str | None) -> None:
    mark = mark_after(23.5, boot_id="boot" if boot_id else None)
    watch = restarted(mark, boot_id)
    watch.see(mark.at + timedelta(minutes=2), 9)
    watch.restore(mark)
    assert watch.mark() is None  # what the last run left holds until then
    ran(watch, mark.at + timedelta(minutes=2), hours=0.5, steady=9)

    assert watch.even_seconds == 24 * 3600
    assert watch.trusted
    assert watch.mark() is not None


def test_a_clock_that_is_set_at_boot_is_believed_further() -> None:
    mark = mark_after(24)
    watch = restarted(mark, "another")
    watch.see(datetime(1970, 1, 1, tzinfo=UTC), 9)
    watch.restore(mark)
    watch.see(datetime(1970, 1, 1, 0, 1, tzinfo=UTC), 69)
    watch.see(mark.at + timedelta(minutes=4), 129)  # by the network
    assert not watch.trusted
    ran(watch, mark.at + timedelta(minutes=4), hours=0.5, steady=129)

    assert watch.trusted


@pytest.mark.parametrize("gap", [timedelta(days=-3), timedelta(days=1.5), timedelta(days=13), timedelta(days=7300)])
def test_a_reboot_into_another_time_takes_the_trust_away_for_a_day(gap: timedelta) -> None:
    mark = mark_after(100)
    watch = restarted(mark, "another")
    watch.see(mark.at + gap, 9)
    watch.restore(mark)
    ran(watch, mark.at + gap, hours=23.9, steady=9)
    assert not watch.trusted
    left = watch.mark()
    assert left is not None
    again = restarted(left, "a third")  # and goes on over the next reboot
    again.see(left.at + timedelta(minutes=1), 9)
    again.restore(left)
    ran(again, left.at + timedelta(minutes=1), hours=0.5, steady=9)
    assert again.trusted


def test_a_clock_that_is_set_later_is_believed_after_a_day_however_long_it_was_before() -> None:
    mark = mark_after(100)
    watch = restarted(mark, "boot")
    watch.see(mark.at + timedelta(minutes=1), mark.steady_seconds + 60)
    watch.restore(mark)
    assert watch.trusted
    watch.see(mark.at + timedelta(minutes=2, seconds=5), mark.steady_seconds + 120)

    assert not watch.trusted
    assert watch.even_seconds == 0


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
    until(lambda: len(threads) >= 4)
    calendar.close()

    assert len(threads) >= 4
    assert len(set(threads)) == 1
    assert threads[0].daemon
    assert calendar.failures == {"a job": 1}
