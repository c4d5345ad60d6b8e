"""Mistakes of the agent itself: each costs one source its reading, is counted, and is logged once."""

import logging
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol

from miner_agent.errors import Mistake
from miner_agent.interpreter import lacks_room
from miner_agent.model.made_in_c import made_in_c

log = logging.getLogger(__name__)
LOGGED_MAX = 256  # of one source and place each; what is over is counted only


class Mistakes:
    """All that were made since the agent started."""

    def __init__(self) -> None:
        self.total = 0
        self._logged: set[tuple[str, ...]] = set()

    def note(self, where: str, bug: BaseException) -> None:
        """Count it, and log it with its traceback where that has not been done yet. ``where``: what it costs."""
        self.total += 1
        key = (where, type(bug).__name__, _place_of(bug))
        if key not in self._logged and len(self._logged) < LOGGED_MAX:
            self._logged.add(key)
            if lacks_room(bug):
                log.error("%s: no more memory or threads for it (%s); raise the limits of this process", where, bug)
                return
            log.error("%s: a mistake in the agent itself; it is told once and counted from now on", where, exc_info=bug)


class Costing(Protocol):
    """Whoever says what becomes of a mistake that is made for one source."""

    def of(self, source: str) -> AbstractContextManager[object]:
        """What stands in this costs that source its reading, if it fails."""


class Costs:
    """What one tick costs: the errors that stand in the place of readings, and the time of reading, by source."""

    def __init__(self, mistakes: Mistakes) -> None:
        self._mistakes = mistakes
        self.errors: dict[str, Mistake] = {}
        self.reading_seconds: dict[str, float] = {}  # of the processor

    def of(self, source: str) -> "_Guard":
        return _Guard(costs=self, source=source)

    def take(self, source: str, bug: Exception) -> None:
        """Note a mistake that was made for this source; one of a tick is told."""
        self._mistakes.note(source, bug)
        self.errors.setdefault(source, Mistake.of(bug))


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class _Guard:
    costs: Costs
    source: str

    def __enter__(self) -> None:
        return

    def __exit__(self, kind: object, bug: BaseException | None, trace: TracebackType | None) -> bool:
        if bug is None or not isinstance(bug, Exception):
            return False
        self.costs.take(self.source, bug)
        return True


class _Strict:
    """A mistake shows itself."""

    def of(self, source: str) -> AbstractContextManager[object]:  # noqa: ARG002
        return nullcontext()


STRICT: Costing = _Strict()


def _place_of(bug: BaseException) -> str:
    """File and line that raised it."""
    trace = bug.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return "" if trace is None else f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
