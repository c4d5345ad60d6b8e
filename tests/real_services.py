"""Debian's Prometheus and Alertmanager, each on a free port of loopback, ended by its own process."""

import json
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.requires import require_tool
from tests.service.daemon_asked import free_port
from tests.waiting import until


@contextmanager
def alertmanager(folder: Path, config: str) -> Iterator[str]:
    """Where it answers, once it is ready."""
    program = require_tool("prometheus-alertmanager", package="prometheus-alertmanager")
    (folder / "alertmanager.yml").write_text(config)
    listen = f"127.0.0.1:{free_port()}"
    command = (
        program, f"--config.file={folder}/alertmanager.yml", f"--storage.path={folder}/alertmanager",
        f"--web.listen-address={listen}", "--cluster.listen-address=",
    )  # fmt: skip
    with _running(command, folder / "alertmanager.log", f"http://{listen}/-/ready"):
        yield f"http://{listen}"


@dataclass(frozen=True, slots=True)
class Prometheus:
    """One that runs."""

    url: str
    process_id: int

    def answered(self, query: str) -> list[dict[str, Any]]:
        """What it says now."""
        found: list[dict[str, Any]] = got_json(f"{self.url}/api/v1/query?query={quote(query)}")["data"]["result"]
        return found

    def number(self, query: str) -> float:
        """The same of a query with one answer."""
        (one,) = self.answered(query)
        return float(one["value"][1])


@contextmanager
def prometheus(folder: Path, config: str, *more: str) -> Iterator[Prometheus]:
    """One that is ready. ``more``: arguments of its own."""
    program = require_tool("prometheus", package="prometheus")
    (folder / "prometheus.yml").write_text(config)
    listen = f"127.0.0.1:{free_port()}"
    command = (
        program, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb",
        f"--web.listen-address={listen}", *more,
    )  # fmt: skip
    with _running(command, folder / "prometheus.log", f"http://{listen}/-/ready") as process:
        yield Prometheus(f"http://{listen}", process.pid)


def got(url: str) -> bytes:
    """What stands there."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return bytes(answer.read())


def got_json(url: str) -> Any:
    """The same, read."""
    return json.loads(got(url))


@contextmanager
def _running(command: Sequence[str], log: Path, ready: str) -> Iterator["subprocess.Popen[bytes]"]:
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            until(lambda: got(ready), seconds=60, every_seconds=0.05, passing_over=(OSError,))
            yield process
        finally:
            process.terminate()
