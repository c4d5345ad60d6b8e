"""The wheel, installed by the programs that people install such things with: it finds all that it needs in itself."""

import os
import re
import subprocess
import urllib.error
from pathlib import Path

import pytest

from miner_agent import __version__
from tests.agent import Agent
from tests.foreign_tools import require_foreign
from tests.packages.wheels import ROOT, require_wheelhouse, wheel_of
from tests.waiting import until

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("installed")]

SECONDS = 180.0


def ran(*command: str | Path, environment: dict[str, str], folder: Path) -> str:
    done = subprocess.run(
        command, env=environment, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module", params=["pipx", "uv"])
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, installed by one of them, without a network and without what is here."""
    folder = tmp_path_factory.mktemp(request.param)
    wheelhouse = require_wheelhouse()
    wheel = wheel_of(ROOT, folder / "wheel")
    programs = require_foreign(request.param)
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(folder),
        "PIPX_BIN_DIR": str(folder / "bin"),
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(wheelhouse),
        "UV_TOOL_BIN_DIR": str(folder / "bin"),
        "UV_OFFLINE": "1",
        "UV_NO_INDEX": "1",
        "UV_FIND_LINKS": str(wheelhouse),
    }
    if request.param == "pipx":
        command: tuple[str | Path, ...] = (programs / "pipx", "install", wheel)
    else:
        command = (programs / "uv", "--no-config", "tool", "install", "--python", programs / "python", wheel)
    ran(*command, environment=environment, folder=folder)
    return folder / "bin" / "miner-agent"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "MINER_AGENT__HTTP__LISTEN": "127.0.0.1:0"}


def test_it_reads_this_machine_and_writes_what_it_carries(
    installed: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    def said(*arguments: str) -> str:
        return ran(installed, *arguments, environment=environment, folder=tmp_path)

    assert said("--version") == f"miner-agent, version {__version__}\n"
    assert '"rig"' in said("once", "--json")
    said("rules", "export", "--out", str(tmp_path / "rules"))
    assert (tmp_path / "rules" / "miner-agent.rules.yaml").is_file()
    said("dashboards", "export", "--out", str(tmp_path / "boards"))
    assert list((tmp_path / "boards").glob("*.json"))


def test_its_demo_shows_its_page_with_all_that_belongs_to_it(
    installed: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    with Agent(
        tmp_path,
        executable=installed,
        program=(),
        command=("demo",),
        environment=environment,
        directory=tmp_path,
        first_start=True,
    ) as demo:
        page = until(lambda: demo.get("/"), passing_over=(urllib.error.HTTPError,))
        parts = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
        assert {Path(part).suffix for part in parts} >= {".css", ".js", ".svg"}
        assert all(demo.get(part) for part in parts)
