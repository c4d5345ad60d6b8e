"""One sensor child, from its start to its end: it is asked, and heard when somebody wants to know what it has said.

No thread stands by to hear it: what it says waits in the pipe, which has room for its longest line, until the thread
that asked looks for it.
"""

import contextlib
import fcntl
import os
import select
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from typing import IO, Any, TypeAlias, cast

import msgspec

from miner_agent.collectors.child.sensor_child import READY
from miner_agent.errors import BadPayload, SourceError
from miner_agent.interpreter import OUT_OF_CTRL_C
from miner_agent.text import LOG_LENGTH, clean_text

LINE_BYTES_MAX = 1 << 20
KEPT_MAX = 256
_READ_BYTES = 1 << 16
_PARTS_MAX = 2 * LINE_BYTES_MAX // _READ_BYTES
"""Of both collectors the longest line. One who says more at once has no end, and is not heard to it."""
_RELEASE_SECONDS = 0.1
_MILLISECONDS_PER_SECOND = 1000

Answer: TypeAlias = Mapping[str, Any] | SourceError


class KeptParts:
    """What a child tells once and means until it tells it anew, as long as it lives: by names that its reader gives."""

    def __init__(self) -> None:
        self._parts: dict[str, Any] = {}

    def beside(self, raw: dict[str, Any]) -> dict[str, Any] | BadPayload:
        """A raw answer with all that is kept; its own stay what they were when it came."""
        new = raw.get("kept")
        if new is not None:
            parts = {**self._parts, **new} if isinstance(new, dict) else {}
            if not 0 < len(parts) <= KEPT_MAX:
                return BadPayload("the sensor child's kept", len(parts), f"an object, and {KEPT_MAX} parts at most")
            self._parts = parts
        if self._parts:
            raw["kept"] = self._parts
        return raw


class ChildProcess:
    """Used by one thread. Only what ends it, from ``abandon`` to ``release``, may come from another one."""

    def __init__(self, arguments: Sequence[str], *, started_at: float) -> None:
        self.started_at = started_at
        self.killed = False
        self.is_ready = False
        self._answers: dict[int, Answer] = {}
        self._garbage: BadPayload | None = None
        self._kept = KeptParts()
        self._ended = False
        self._begun = b""  # of a line that has not come to its end
        self._waiting = threading.Lock()  # held by whoever waits for it
        self._abandoned = os.eventfd(0)
        try:
            self.process = subprocess.Popen(
                arguments, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=OUT_OF_CTRL_C
            )
        except BaseException:
            os.close(self._abandoned)
            raise
        self._stdin = cast("IO[bytes]", self.process.stdin)
        self._stdout = cast("IO[bytes]", self.process.stdout)
        for pipe in (self._stdin, self._stdout):
            os.set_blocking(pipe.fileno(), False)
        with contextlib.suppress(OSError):  # of those of one user, there may be so much at most
            fcntl.fcntl(self._stdout, fcntl.F_SETPIPE_SZ, LINE_BYTES_MAX)
        self._news = select.poll()
        self._news.register(self._stdout, select.POLLIN)
        self._news.register(self._abandoned, select.POLLIN)

    def ask(self, request_id: int, collector: str, *, within_seconds: float) -> None:
        """Never blocks: of one that takes no questions any more the pipe fills, and it is late."""
        asked = {"id": request_id, "collector": collector, "within_seconds": within_seconds}
        with contextlib.suppress(OSError):  # it has just died, and collect() will say so
            self._stdin.write(msgspec.json.encode(asked) + b"\n")

    def wait_for(self, request_ids: Sequence[int], *, timeout_seconds: float) -> None:
        """Until all of these are answered, or cannot be any more, or the time is over."""
        until = time.monotonic() + timeout_seconds
        with self._waiting:
            while not (self._ended or self._garbage or all(one in self._answers for one in request_ids)):
                left_seconds = until - time.monotonic()
                self._news.poll(max(left_seconds, 0.0) * _MILLISECONDS_PER_SECOND)
                self.hear()
                if left_seconds <= 0:
                    break

    def has_answered(self, request_id: int) -> bool:
        self.hear()
        return request_id in self._answers

    def take(self) -> tuple[dict[int, Answer], BadPayload | None, bool]:
        """What came since the last call: answers, a line that was none, and whether that was the end.

        Where there are answers, what has come behind them is for the next call.
        """
        if not self._answers:
            self.hear()
        answers, self._answers = self._answers, {}
        garbage, self._garbage = self._garbage, None
        return answers, garbage, self._ended

    def abandon(self) -> None:
        """Let whoever waits for its answers wait no longer."""
        self._ended = True
        os.eventfd_write(self._abandoned, 1)

    def kill(self) -> None:
        self.killed = True
        self.process.kill()

    def ends_within(self, seconds: float) -> bool:
        try:
            self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def release(self) -> None:
        """Give back the pipes of a dead child. One that lives on keeps them: it ends when it wakes."""
        if self.process.returncode is None or not self._waiting.acquire(timeout=_RELEASE_SECONDS):
            return
        try:
            self._ended = True
            for pipe in (self._stdin, self._stdout):
                pipe.close()
            os.close(self._abandoned)
        finally:
            self._waiting.release()

    def hear(self) -> None:
        """Take in what has come."""
        for _ in range(_PARTS_MAX):
            if self._ended:
                return
            try:
                part = os.read(self._stdout.fileno(), _READ_BYTES)
            except BlockingIOError:
                return
            *lines, self._begun = (self._begun + part).split(b"\n")
            if not part or len(self._begun) > LINE_BYTES_MAX:
                lines, self._begun = [*lines, *filter(None, [self._begun])], b""
            for line in lines:
                self._take_in(line)
            if not part:
                self._ended = True
            if len(part) < _READ_BYTES:
                return
        self._ended = True

    def _take_in(self, line: bytes) -> None:
        request_id, answer = parsed(line)
        if answer is READY:
            self.is_ready = True
        elif request_id is not None:
            self._answers[request_id] = self._kept.beside(answer) if isinstance(answer, dict) else answer
        elif isinstance(answer, BadPayload):
            self._garbage = answer


def parsed(line: bytes) -> tuple[int | None, Answer]:
    """The number of the request and its answer; no number where the line is none of the child's."""
    try:
        document = msgspec.json.decode(line) if len(line) <= LINE_BYTES_MAX else None
    except (msgspec.DecodeError, RecursionError):
        document = None
    if document == READY:
        return None, READY
    if isinstance(document, dict) and type(document.get("id")) is int:
        raw, error = document.get("raw"), document.get("error")
        if isinstance(raw, dict):
            return document["id"], raw
        if isinstance(error, str):
            return document["id"], SourceError(f"it cannot be read: {clean_text(error, length=LOG_LENGTH)}")
    return None, BadPayload("the sensor child's line", line[:60], "an object with id, and raw or error")
