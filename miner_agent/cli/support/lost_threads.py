"""Threads that end because there is no memory or no thread for what they do: the whole process ends by them."""

import os
import signal
import threading
from typing import Self

from miner_agent.interpreter import lacks_room


class LostThreads:
    """Meanwhile a thread that is lost so is noted; any other that ends by a mistake is told of as Python does.

    The service ends by it as by SIGTERM, so that whoever started it does so again: half of one looks like a whole.
    """

    def __init__(self) -> None:
        self.came = False

    def __enter__(self) -> Self:
        self._before, threading.excepthook = threading.excepthook, self._take
        return self

    def __exit__(self, *_: object) -> None:
        threading.excepthook = self._before

    def _take(self, lost: "threading.ExceptHookArgs", /) -> None:
        error: BaseException | None = lost.exc_value
        if error is None or not lacks_room(error):
            self._before(lost)
            return
        is_first, self.came = not self.came, True
        if is_first and callable(signal.getsignal(signal.SIGTERM)):
            os.kill(os.getpid(), signal.SIGTERM)
