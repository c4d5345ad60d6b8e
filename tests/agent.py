"""Runs the whole agent as its user would: a process of its own, on a free port, ended by its own number."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests import databases, forked_programs
from tests.forked_programs import ForkedProgram
from tests.waiting import until

BEGINNING_SECONDS, ENDING_SECONDS = 60.0, 20.0  # where many begin at once on a machine that is busy
USUAL = [sys.executable, "-m", "miner_agent"]
_SERVING = re.compile(r"serving (https?://\S+:\d+)")


class Agent:
    """``miner-agent run`` with this configuration. Leaves no process behind.

    Where nothing but that is asked for, its libraries were loaded before it began; a first start loads them.
    Unless told otherwise it looks for no miners on this machine, where other tests start some, and its databases are
    those of an agent that has started before.
    """

    def __init__(
        self,
        folder: Path,
        config: str = "",
        *,
        environment: Mapping[str, str] | None = None,
        arguments: tuple[str, ...] = (),
        executable: str | Path = sys.executable,
        program: tuple[str, ...] = tuple(USUAL[1:]),
        command: tuple[str, ...] | None = None,
        directory: Path | None = None,
        first_start: bool = False,
        discovers: bool = False,
        authorization: str | None = None,
    ) -> None:
        self.config = folder / "config.toml"
        if "[http]" not in config:
            config += '\n[http]\nlisten = "127.0.0.1:0"\n'
        self.config.write_text(config)
        self.state = folder / "state"
        if not first_start and not self.state.exists():
            databases.begun(self.state)
        self._environment = {
            **{name: held for name, held in os.environ.items() if not name.startswith("MINER_AGENT__")},
            "MINER_AGENT__AGENT__STATE_DIRECTORY": str(self.state),
            **({} if discovers else {"MINER_AGENT__DISCOVERY__ENABLED": "false"}),
            **(environment or {}),
        }
        self._forks = not first_start
        self._asked_with = {} if authorization is None else {"Authorization": authorization}
        self._executable, self._program, self._arguments, self._directory = executable, program, arguments, directory
        self._command = ("run", "--config", str(self.config)) if command is None else command
        self.lines: list[str] = []
        self._changed = threading.Condition()

    def __enter__(self) -> Self:
        self.process = self._begun()
        self._readers = [
            threading.Thread(target=self._read, args=(pipe,), daemon=True)
            for pipe in (self.process.stdout, self.process.stderr)
        ]
        for reader in self._readers:
            reader.start()
        try:
            self.url = self.wait_for_line(_SERVING, BEGINNING_SECONDS)[1]
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def _begun(self) -> "subprocess.Popen[str] | ForkedProgram":
        words = [*self._command, *self._arguments]
        program = [self._executable, *self._program]
        if (
            self._forks
            and program == USUAL
            and (forked := forked_programs.begun(words, self._environment, self._directory))
        ):
            return forked
        return subprocess.Popen(
            [*program, *words],
            env=self._environment,
            cwd=self._directory,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        ended = self._end()
        for reader in self._readers:
            reader.join(2)
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        assert ended or error is not None, f"the agent did not end when it was told to; log: {self.lines[-20:]}"

    def _end(self) -> bool:
        """As a user ends it, so that it takes with it what it made; whether that was enough."""
        try:
            if self.process.poll() is None:
                self.process.terminate()
            self.process.wait(ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return False
        return True

    def _read(self, pipe: object) -> None:
        for line in pipe:  # type: ignore[attr-defined]
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()

    def wait_for_line(self, pattern: re.Pattern[str], seconds: float = 20) -> re.Match[str]:
        """The first line of its output that holds the pattern."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while True:
                for line in self.lines:
                    if found := pattern.search(line):
                        return found
                left = deadline - time.monotonic()
                if left <= 0 or (self.process.poll() is not None and not self._changed.wait(0.2)):
                    raise AssertionError(f"no {pattern.pattern!r} in: {self.lines}")
                self._changed.wait(min(left, 0.2))

    def get(self, path: str, headers: Mapping[str, str] | None = None, seconds: float = 5) -> str:
        request = urllib.request.Request(self.url + path, headers={**self._asked_with, **(headers or {})})
        with urllib.request.urlopen(request, timeout=seconds) as answer:
            return str(answer.read().decode())

    def metrics(self) -> dict[str, float]:
        """The samples of the page by name and labels; empty before the first tick."""
        try:
            page = self.get("/metrics")
        except urllib.error.HTTPError:
            return {}
        samples = (line.rpartition(" ") for line in page.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in samples}

    def wait_until(self, holds: Callable[[dict[str, float]], object], seconds: float = 20) -> dict[str, float]:
        """The first page on which that holds."""
        page: dict[str, float] = {}

        def there() -> bool:
            nonlocal page
            page = self.metrics()
            return bool(page) and bool(holds(page))

        try:
            until(there, seconds=seconds, every_seconds=0.1)
        except AssertionError as error:
            error.add_note(f"log: {self.lines[-20:]}; page: {sorted(page)[:12]} ...")
            raise
        return page

    def stop(self, number: signal.Signals = signal.SIGTERM, seconds: float = 10) -> tuple[int, float]:
        """Its exit code, and how many seconds it took to end."""
        begun = time.monotonic()
        self.process.send_signal(number)
        code = self.process.wait(seconds)
        return code, time.monotonic() - begun


def with_label(page: Mapping[str, float], name: str, **labels: str) -> dict[str, float]:
    """The samples of one metric that carry these labels."""
    wanted = [f'{key}="{value}"' for key, value in labels.items()]
    return {
        sample: value
        for sample, value in page.items()
        if sample.partition("{")[0] == name and all(label in sample for label in wanted)
    }
