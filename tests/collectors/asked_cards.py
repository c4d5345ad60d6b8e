"""A reader's cards, asked as the sensor child asks them; whoever waits for the answer looks after the round as well."""

import json
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import cast

from miner_agent.collectors.child.card_threads import CardThreads, Raw, Reader, Said
from miner_agent.collectors.child.wake_up import Woken

_START = threading.Thread.start  # a test may let there be no more threads
_LOOK_SECONDS = 0.002


class AskedCards:
    """What a child of one collector has, without its process."""

    def __init__(self, reader: Reader, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.threads = CardThreads(reader, self, replace=self._replace, monotonic=monotonic)
        self.may_replace, self.replaced = True, 0
        self.kept: list[bool] = []  # of each thread that was asked and came back, whether it has its place
        self._due: dict[Woken, float] = {}

    def read(self, patience_seconds: float) -> Raw:
        """One tick's raw answer."""
        said: SimpleQueue[Said | Exception] = SimpleQueue()

        def ask() -> None:
            try:
                self.kept.append(self.threads.ask(patience_seconds, said.put))
            except Exception as error:  # noqa: BLE001
                said.put(error)

        _START(threading.Thread(target=ask, daemon=True))
        while True:
            for whose, at in list(self._due.items()):
                if at <= time.monotonic() and self._due.pop(whose, 0.0):
                    whose.wake()
            try:
                answer = said.get(timeout=_LOOK_SECONDS)
            except Empty:
                continue
            if isinstance(answer, Exception):
                raise answer
            return cast("Raw", json.loads(answer)) if isinstance(answer, str) else answer

    def set(self, whose: Woken, seconds: float) -> None:
        self._due[whose] = time.monotonic() + seconds

    def clear(self, whose: Woken) -> None:
        self._due.pop(whose, None)

    def _replace(self) -> None:
        if not self.may_replace:
            raise RuntimeError("can't start new thread")
        self.replaced += 1
