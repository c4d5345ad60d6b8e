"""A run of the tests in which one of them takes its worker with it."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.for_each import for_each
from tests.schedule import ROOT

DYING = """
import ctypes
import os
import subprocess
from pathlib import Path

import pytest

@pytest.mark.parametrize("number", range(12))
def test_one(number):
    if number == 9:
        process = subprocess.Popen(["sleep", "1000"])
        Path("started").write_text(str(process.pid))
        {death}
"""
EXITS = "os._exit(0)"
HANGS = "ctypes.CDLL(None).sleep(1000)"


def is_alive(process_id: int) -> bool:
    try:
        return (
            psutil.Process(process_id).status() != psutil.STATUS_ZOMBIE
        )  # nobody may be there to ask what it ended with
    except psutil.NoSuchProcess:
        return False


@pytest.mark.thorough
@for_each(("how", "death"), [("loadfile", EXITS), ("loadgroup", EXITS), ("loadgroup", HANGS)])
def test_a_test_that_ends_its_worker_ends_the_run_by_its_name(how: str, death: str, tmp_path: Path) -> None:
    (tmp_path / "test_dying.py").write_text(DYING.format(death=death))
    run = subprocess.run(
        [
            sys.executable, "-m", "pytest", "--config-file", ROOT / "pyproject.toml", "--rootdir", tmp_path, "-p", "tests.conftest",
            "--numprocesses", "2", "--dist", how, "--basetemp", "temporary", "-o", "faulthandler_timeout=2", "test_dying.py",
        ],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout + run.stderr
    assert "FAILED test_dying.py::test_one[9] - worker" in run.stdout
    assert "1 failed" in run.stdout, "it killed one worker, and no other"
    assert not is_alive(int((tmp_path / "started").read_text()))
