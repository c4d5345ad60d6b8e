"""Debian's Prometheus and Alertmanager, each on a free port of loopback, ended by its own process."""

import json
import subprocess
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

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


@contextmanager
def prometheus(folder: Path, config: str) -> Iterator[str]:
    """Where it answers, once it is ready."""
    program = require_tool("prometheus", package="prometheus")
    (folder / "prometheus.yml").write_text(config)
    listen = f"127.0.0.1:{free_port()}"
    command = (
        program, f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/tsdb",
        f"--web.listen-address={listen}",
    )  # fmt: skip
    with _running(command, folder / "prometheus.log", f"http://{listen}/-/ready"):
        yield f"http://{listen}"


def got(url: str) -> bytes:
    """What stands there."""
    with urllib.request.urlopen(url, timeout=10) as answer:
        return bytes(answer.read())


def got_json(url: str) -> Any:
    """The same, read."""
    return json.loads(got(url))


@contextmanager
def _running(command: Sequence[str], log: Path, ready: str) -> Iterator[None]:
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            until(lambda: got(ready), seconds=60, every_seconds=0.05, passing_over=(OSError,))
            yield
        finally:
            process.terminate()
