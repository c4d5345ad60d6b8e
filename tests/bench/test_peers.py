"""What peers need: a clock of their own, and that a published one that is not there leaves out its rows."""

import os
import subprocess
import time
from pathlib import Path

import pytest

from bench import published
from bench.process import cpu_seconds
from bench.services import Service, window
from tests import foreign_tools


def test_processor_time_of_a_process_is_what_the_process_says_itself() -> None:
    before = time.process_time()
    told = cpu_seconds(os.getpid())
    assert before <= told <= time.process_time()


def test_all_services_are_read_over_the_same_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time is one that only waiting takes: each service spends a tick's worth a second, the second twice as much."""
    now = 0.0

    def wait(seconds: float) -> None:
        nonlocal now
        now += seconds

    monkeypatch.setattr("bench.services.time.sleep", wait)
    monkeypatch.setattr("bench.services.time.monotonic", lambda: now)
    monkeypatch.setattr(Service, "cpu_seconds", lambda self: self.process_id * int(now + 1e-9) / 100)
    services = {"one": Service(process_id=1, url=""), "two": Service(process_id=2, url="")}
    assert window(services, 20, "one") == pytest.approx({"one": 0.2, "two": 0.4})
    assert now % 1 == pytest.approx(0.5, abs=0.05), "it begins and ends in the middle between two ticks"


@pytest.mark.parametrize(
    "error", [subprocess.CalledProcessError(1, "pip", stderr="a\nno such version"), OSError("no such version")]
)
def test_a_peer_that_cannot_be_installed_is_named_and_left_out(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> Path:
        raise error

    monkeypatch.setattr(foreign_tools, "make_of", fail)
    published.program.cache_clear()
    assert published.program("glances") is None
    assert capsys.readouterr().err == "glances: cannot be installed (no such version); its rows are left out\n"
    published.program.cache_clear()


def test_node_exporter_is_a_peer_where_it_is_installed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert published.node_exporter() is None
    assert "prometheus-node-exporter: not installed" in capsys.readouterr().err
    program = tmp_path / "prometheus-node-exporter"
    program.touch(mode=0o755)
    assert published.node_exporter() == str(program)
