"""Follows docs/adding-a-driver.md to the letter, in a copy of the project."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import reads
from tests.fake_http import FakeMiner

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "adding-a-driver.md").read_text()
ADDRESS = "127.0.0.1:7070"
PROGRAMS = {
    ".venv/bin/miner-agent": ("-m", "miner_agent"),
    ".venv/bin/pytest": ("-m", "pytest", "--basetemp=temporary"),
}
COPIED = ("miner_agent", "calculators", "exporters", "tests", "tools", "docs", "systemd", "deploy", "bench")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_the_page_leads_to_a_driver_that_passes_its_tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for folder in COPIED:
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", "Makefile", "pyproject.toml"):
        shutil.copy(ROOT / file, tmp_path)
    answer, expected = blocks("json")
    (source,) = blocks("python")
    (place,) = re.findall(r"^`(miner_agent/drivers/\w+\.py)`:$", PAGE, re.MULTILINE)
    (tmp_path / place).write_text(source)
    allowed = (*reads.reads(), re.compile(rb"GET /status HTTP/1\.1"))
    monkeypatch.setattr(reads, "reads", lambda: allowed)

    with FakeMiner({"/status": answer.encode()}) as miner:
        for line in "".join(blocks("sh")).splitlines():
            follow(line.replace(ADDRESS, miner.address), tmp_path)

    (written,) = (tmp_path / "tests" / "captures" / "hashlet").glob("*/expected.json")
    assert json.loads(written.read_text()) == json.loads(expected)
    assert "| `hashlet` | Hashlet |" in (tmp_path / "docs" / "drivers.md").read_text()
    recorded = (written.parent / "status.raw").read_text()
    assert "Invented" not in recorded
    assert "pool.example" not in recorded


def follow(line: str, folder: Path) -> None:
    program, *arguments = shlex.split(line)
    done = subprocess.run(
        [sys.executable, *PROGRAMS[program], *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
