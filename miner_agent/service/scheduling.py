"""Jobs of the calendar: what runs by the hour or the day, however often and however far the clock is set.

APScheduler computes the backlog of a clock that jumped forward and waits out one that jumped back. Here a job's
next time is always computed from now, every step of the clock computes it anew, and whoever runs asks first whether its
day is done.
"""

import logging
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger

log = logging.getLogger(__name__)


class FromNow(BaseTrigger):  # type: ignore[misc]
    """Again and again, each time counted from now: what was missed is one run, not many."""

    def __init__(self, interval: timedelta) -> None:
        self._interval = interval

    def get_next_fire_time(self, _previous: datetime | None, now: datetime) -> datetime:
        return now + self._interval


class Calendar:
    """The scheduler and its guard. A job's exceptions are counted and logged, not swallowed.

    Jobs run in the scheduler's one daemon thread: a pool's threads are waited for when the interpreter ends.
    """

    def __init__(self) -> None:
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": DebugExecutor()},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        self._scheduler.add_listener(self._failed, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
        self.failures: Counter[str] = Counter()

    def every(self, interval: timedelta, name: str, job: Callable[[], None]) -> None:
        """Run ``job`` that often. It must not wait for anything: it asks others to do what may take long."""
        self._scheduler.add_job(job, FromNow(interval), id=name)

    def start(self) -> None:
        self._scheduler.start()

    def clock_stepped(self) -> None:
        """Compute every next time anew: the old ones were of another clock."""
        for job in self._scheduler.get_jobs():
            job.modify(next_run_time=job.trigger.get_next_fire_time(None, datetime.now(UTC)))

    def close(self) -> None:
        """Start nothing more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    def _failed(self, event: Any) -> None:
        self.failures[event.job_id] += 1
        log.error("job %s did not run to its end: %s", event.job_id, getattr(event, "exception", None) or "missed")
