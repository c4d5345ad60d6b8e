"""Asks the sensor child, and outlives it: no call into a driver can hold up the process that samples.

The child is started when first asked, and anew when it died. A card that hangs is the child's own affair
(``card_threads``). Where it does not answer at all, as when a driver hangs at its start, it is killed after a minute,
never waited for, and has no successor until it is really gone: nothing ends a process that sleeps in a driver.
"""

import math
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

from miner_agent.collectors.card_limits import HUNG_SECONDS
from miner_agent.collectors.child import sensor_child
from miner_agent.collectors.child.child_process import Answer, ChildProcess
from miner_agent.errors import DriverHangs, SourceError, TimedOut
from miner_agent.interpreter import child_command

CHILD_MODULE = sensor_child.__name__
STUCK_SECONDS_MAX = 60.0
PATIENCE_SHARE = 0.75
"""Of the time until the deadline, what the child has to find its answer; the rest is for the way."""
FIRST_RESTART_SECONDS, LAST_RESTART_SECONDS = 1.0, 60.0
HEALTHY_SECONDS = 60.0
"""A child that lived this long is started anew without the delay that its predecessors earned."""
_TERMINATE_SECONDS, _KILL_SECONDS = 0.5, 0.3
_LAST_WORDS_SECONDS = 0.2


@dataclass(slots=True)
class _Request:
    """What one collector was asked and has not answered."""

    id: int
    sent_at: float
    overdue: bool = False


class Seat:
    """Room for one sensor child: the next one starts when the last has really ended, whoever they belong to."""

    def __init__(self) -> None:
        self.restarts_total = 0
        self._last: subprocess.Popen[bytes] | None = None

    @property
    def is_free(self) -> bool:
        if self._last is not None and self._last.poll() is not None:
            self._last = None
        return self._last is None

    def take(self, process: "subprocess.Popen[bytes]") -> None:
        self._last = process


class SensorChild:
    """The collectors in the child: ``request()`` asks and ``collect()`` hears. Used by one thread.

    Only ``close()`` may come from another one, at any time: it makes ``collect()`` return at once.
    """

    def __init__(
        self,
        collectors: Sequence[str],
        *,
        procfs: Path = Path("/proc"),
        sysfs: Path = Path("/sys"),
        seat: Seat | None = None,
        stuck_seconds_max: float = STUCK_SECONDS_MAX,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._collectors = tuple(collectors)
        roots = ("--procfs", str(procfs), "--sysfs", str(sysfs))
        self._arguments = child_command(CHILD_MODULE, *roots, *self._collectors)
        self._seat = seat or Seat()
        self._stuck_seconds_max, self._monotonic = stuck_seconds_max, monotonic
        self._lock = threading.Lock()  # over all that follows; not held while answers are waited for
        self._child: ChildProcess | None = None
        self._started_before = False
        self._start_at = monotonic()
        self._restart_seconds = FIRST_RESTART_SECONDS
        self._why_none = "the sensor child was not asked yet"
        self._unanswered: dict[str, _Request] = {}
        self._asked: set[str] = set()  # in this round
        self._last_id = 0

    @property
    def restarts_total(self) -> int:
        """How often a child that had ended by itself was started anew, in this seat."""
        return self._seat.restarts_total

    def start(self) -> None:
        """Start the child, so that it is ready when it is asked."""
        with self._lock:
            if self._child is None:
                self._start(self._monotonic())

    def request(self, deadline_monotonic_seconds: float) -> None:
        """Ask every collector that owes no answer for one by then. Starts a child where none lives and one is due."""
        with self._lock:
            now = self._monotonic()
            within_seconds = max(PATIENCE_SHARE * (deadline_monotonic_seconds - now), 0.0)
            self._look_after(now)
            self._asked = set()
            if self._child is None:
                self._start(now)
            if self._child is None or self._child.killed:
                return
            for collector in self._collectors:
                if collector not in self._unanswered:
                    self._last_id += 1
                    self._unanswered[collector] = _Request(self._last_id, now)
                    self._asked.add(collector)
                    self._child.ask(self._last_id, collector, within_seconds=within_seconds)

    def collect(self, deadline_monotonic_seconds: float) -> dict[str, Answer]:
        """Each collector's answer to the last ``request()``, or its error. Returns at the deadline, or when closed."""
        with self._lock:
            child = self._child
            ids = [request.id for name, request in self._unanswered.items() if name in self._asked]
        if child is not None and ids:
            child.wait_for(ids, timeout_seconds=deadline_monotonic_seconds - self._monotonic())
        with self._lock:
            if child is None or child is not self._child:
                return {collector: SourceError(self._why(collector)) for collector in self._collectors}
            return self._collected(child)

    def _collected(self, child: ChildProcess) -> dict[str, Answer]:
        answers, garbage, ended = child.take()
        found = {collector: self._answer(collector, answers) for collector in self._collectors}
        if garbage is not None:
            self._unanswered.clear()
        if ended:
            self._bury(child)
        is_gone = ended or child.killed
        return {
            collector: answer
            or garbage
            or (SourceError(self._why(collector)) if is_gone else self._late(collector, child))
            for collector, answer in found.items()
        }

    def stuck(self, name: str) -> bool:
        """Whether a call of this collector is over its deadline and has still not come back.

        A process that is still starting has called nothing yet.
        """
        with self._lock:
            request = self._unanswered.get(name)
            if request is None or not request.overdue or self._child is None:
                return False
            return not self._child.has_answered(request.id)

    def close(self) -> None:
        """End the child, and start no other. May be called by any thread.

        A child that sleeps in a driver is left within a second: it ends when it wakes.
        """
        with self._lock:
            child, self._child = self._child, None
            self._why_none = "the sensor child was closed"
            self._start_at = math.inf
            self._unanswered.clear()
        if child is None:
            return
        child.abandon()
        child.process.terminate()
        if not child.ends_within(_TERMINATE_SECONDS):
            child.kill()
            child.ends_within(_KILL_SECONDS)
        child.release()

    def _look_after(self, now: float) -> None:
        child = self._child
        if child is None:
            return
        if child.process.poll() is not None:
            self._bury(child)
            return
        if not self._unanswered:
            return
        child.hear()  # one answer may have been heard already, and not another one
        late_answers, _, _ = child.take()
        for collector, request in list(self._unanswered.items()):
            if request.id in late_answers:
                del self._unanswered[collector]
            elif now - request.sent_at > self._stuck_seconds_max and not child.killed:
                child.kill()
                what = "hung" if child.is_ready else "waited for a process that was starting"
                hung = f"{collector} {what} for {now - request.sent_at:.0f} s"
                self._why_none = f"{hung}; the process was killed and has not ended yet"

    def _start(self, now: float) -> None:
        if now < self._start_at:
            return
        if not self._seat.is_free:
            self._why_none = "the sensor child of the configuration before was killed and has not ended yet"
            return
        try:
            self._child = ChildProcess(self._arguments, started_at=now)
            self._seat.take(self._child.process)
        except OSError as error:
            self._why_none = f"the sensor child cannot be started: {error}"
            self._pace(now)
            return
        self._seat.restarts_total += self._started_before
        self._started_before = True

    def _bury(self, child: ChildProcess) -> None:
        """Take leave of a child that closed its pipe. One that still lives is killed, and seen to later."""
        now = self._monotonic()
        if not child.ends_within(_LAST_WORDS_SECONDS):
            self._why_none = "the sensor child closed its answers and has not ended yet"
            child.kill()
            return
        if now - child.started_at >= HEALTHY_SECONDS:
            self._restart_seconds = FIRST_RESTART_SECONDS
        self._why_none = (
            f"the sensor child ended with {_exit(child.process.returncode)}; "
            f"the next one starts within {self._restart_seconds:.0f} s"
        )
        self._pace(now)
        self._unanswered.clear()
        self._child = None
        child.release()

    def _pace(self, now: float) -> None:
        self._start_at = now + self._restart_seconds
        self._restart_seconds = min(2 * self._restart_seconds, LAST_RESTART_SECONDS)

    def _answer(self, collector: str, answers: Mapping[int, Answer]) -> Answer | None:
        """The collector's answer to this round. One to an earlier round only makes it free again."""
        request = self._unanswered.get(collector)
        if request is None or request.id not in answers:
            return None
        del self._unanswered[collector]
        return answers[request.id] if collector in self._asked else None

    def _why(self, collector: str) -> str:
        """Why there is no answer, to be said behind the collector's own name."""
        return self._why_none.removeprefix(f"{collector} ")

    def _late(self, collector: str, child: ChildProcess) -> TimedOut:
        request = self._unanswered.get(collector)
        if request is None:
            return TimedOut("only the answer to an earlier tick came")
        waited_seconds = self._monotonic() - request.sent_at
        waited = f"no answer after {waited_seconds:.1f} s"
        if not child.is_ready:
            return TimedOut(f"{waited}: the process that reads it is still starting")
        request.overdue = True
        if waited_seconds < HUNG_SECONDS:
            return TimedOut(waited)
        return DriverHangs(f"{waited}: its driver hangs; see dmesg")


def _exit(returncode: int) -> str:
    if returncode >= 0:
        return f"exit code {returncode}"
    try:
        return f"exit code {returncode} ({Signals(-returncode).name})"
    except ValueError:
        return f"exit code {returncode}"
