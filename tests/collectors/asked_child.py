"""A sensor child that is asked as the agent asks it, by a clock that can be put forward."""

import subprocess
import sys
import time

from miner_agent.collectors.child.child_process import Answer
from miner_agent.collectors.child.sensors import CHILD_MODULE, SensorChild
from miner_agent.errors import SourceError
from tests.nvml_stub import HANGS, NvmlStub

LONG_SECONDS, SHORT_SECONDS = 15.0, 0.3


class Clock:
    """A monotonic clock that can be put forward."""

    def __init__(self) -> None:
        self.ahead_seconds = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead_seconds


def ask(child: SensorChild, clock: Clock, *, seconds: float = LONG_SECONDS) -> Answer:
    deadline = clock() + seconds
    child.request(deadline)
    return child.collect(deadline)["nvml"]


def process_of(child: SensorChild) -> "subprocess.Popen[bytes]":
    assert child._child is not None
    return child._child.process


def let_library_hang(child: SensorChild, clock: Clock, stub: NvmlStub) -> None:
    """From the next request on: the driver is loaded anew, and does not come to its end."""
    ask(child, clock)
    stub.init_error = HANGS
    stub.reload_driver()
    ask(child, clock)  # the cards say so, and the library is started anew at the next request


def is_answer(answer: Answer, *, cards: int) -> bool:
    return not isinstance(answer, SourceError) and len(answer["cards"]) == cards


def started(*arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-m", CHILD_MODULE, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )


def take_leave_of(process: "subprocess.Popen[bytes]") -> None:
    """Of one that its parent had to leave, and that has been told to end."""
    process.wait(LONG_SECONDS)
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        pipe.close()
