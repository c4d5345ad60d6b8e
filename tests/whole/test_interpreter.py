"""No file of the directory that somebody stands in is ever run, by the agent or by its children."""

import os
import select
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from importlib import metadata
from pathlib import Path

import psutil
import pytest

from miner_agent.interpreter import child_command
from tests.agent import Agent
from tests.fake_feeds import FakeFeeds
from tests.nvml_stub import NvmlStub
from tests.waiting import until

pytestmark = pytest.mark.e2e
SCRIPT, MODULE = (str(Path(sys.executable).with_name("miner-agent")),), ("-m", "miner_agent")
HOSTILE = 'import os\nwith open({marker!r}, "a") as marker:\n    print({name!r}, "in", os.getpid(), file=marker)\n'
CONFIG = """
[agent]
interval_seconds = 1
[collectors.nvml]
enabled = true
[profit]
coins = ["RVN"]
[[feeds]]
feed = "ecb"
base_url = "{url}"
"""
OURS = ("miner_agent", "calculators", "exporters")
WRITTEN = 'rig_agent_database_last_write_timestamp_seconds{database="telemetry"}'


class Trap:
    """A folder with a file for each name that Python could import; each notes that it was run."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._marker = folder / "trap", folder / "marker"
        self.folder.mkdir()

    def set_for(self, program: tuple[str, ...], environment: dict[str, str]) -> None:
        spared = set() if program == SCRIPT and not environment else {"miner_agent", *self._loaded_before_any_code()}
        for name in {*sys.stdlib_module_names, *metadata.packages_distributions(), *OURS} - spared:
            if name.isidentifier():
                (self.folder / f"{name}.py").write_text(HOSTILE.format(marker=str(self._marker), name=name))
        for name in ("queue", "json", "socket", "sqlite3", "click", "calculators"):
            assert (self.folder / f"{name}.py").exists()

    def _loaded_before_any_code(self) -> set[str]:
        """What ``python -m`` itself loads: nobody can keep it from looking in the current directory."""
        (self.folder / "listing.py").write_text("import sys\nprint(*sys.modules)\n")
        done = subprocess.run(
            [sys.executable, "-m", "listing"], cwd=self.folder, capture_output=True, text=True, check=True
        )
        return {name.partition(".")[0] for name in done.stdout.split()}

    @property
    def caught(self) -> str:
        return self._marker.read_text() if self._marker.exists() else ""


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    return Trap(tmp_path)


STARTS = pytest.mark.parametrize(
    ("program", "environment"),
    [(SCRIPT, {}), (MODULE, {}), (MODULE, {"PYTHONPATH": os.pathsep}), (SCRIPT, {"PYTHONPATH": os.pathsep})],
    ids=["script", "module", "module and empty PYTHONPATH", "script and empty PYTHONPATH"],
)


@STARTS
def test_the_service_and_its_children_run_no_file_of_a_hostile_folder(
    program: tuple[str, ...], environment: dict[str, str], trap: Trap, library: Path, tmp_path: Path
) -> None:
    trap.set_for(program, environment)
    with (
        FakeFeeds() as feeds,
        NvmlStub(library, tmp_path / "control", cards=2) as stub,
        Agent(
            tmp_path,
            CONFIG.format(url=feeds.url),
            environment=stub.environment() | environment,
            program=program,
            directory=trap.folder,
            first_start=True,
        ) as agent,
    ):
        agent.wait_until(  # the children for cards, feeds and migrations have all done their work
            lambda page: (
                sum(name.startswith("rig_device_power_watts") for name in page) >= 2
                and any(name.startswith("rig_market_feed_up") and value == 1 for name, value in page.items())
                and WRITTEN in page
            ),
            seconds=60,
        )
        agent.stop()

    assert trap.caught == ""


@STARTS
def test_a_command_runs_no_file_of_a_hostile_folder(
    program: tuple[str, ...], environment: dict[str, str], trap: Trap, library: Path, tmp_path: Path
) -> None:
    trap.set_for(program, environment)
    config = tmp_path / "config.toml"
    config.write_text(
        f'[agent]\nstate_directory = "{tmp_path}/state"\n[collectors.nvml]\nenabled = true\n[discovery]\nenabled = false\n'
    )
    with NvmlStub(library, tmp_path / "control", cards=2) as stub:
        for arguments in (("once",), ("doctor",), ("config", "check")):
            done = subprocess.run(
                [sys.executable, *program, *arguments, "--config", str(config)],
                cwd=trap.folder,
                env={**os.environ, **stub.environment(), **environment},
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
            assert "Traceback" not in done.stderr
            assert done.returncode in {0, 3}, done.stderr

    assert trap.caught == ""


def test_a_tree_that_is_not_installed_serves_its_children_too(tmp_path: Path) -> None:
    """As in a fresh clone: nothing but the current directory leads to the package."""
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "miner_agent").symlink_to(Path(__file__).parents[2] / "miner_agent")
    code = (
        "from miner_agent.interpreter import leave_working_directory\n"
        "leave_working_directory()\n"
        "import subprocess\n"
        "from miner_agent.interpreter import child_command\n"
        "print(child_command('miner_agent.interpreter')[1])\n"
        "raise SystemExit(subprocess.call(child_command('miner_agent.interpreter')))\n"
    )
    done = subprocess.run([sys.executable, "-S", "-c", code], cwd=tree, capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr, done.returncode) == ("-P\n", "", 0)


@pytest.mark.parametrize(("flags", "letters"), [((), "-P"), (("-s",), "-Ps"), (("-I",), "-PIEs")])
def test_a_child_is_as_isolated_as_its_parent(flags: tuple[str, ...], letters: str) -> None:
    code = "from miner_agent.interpreter import child_command\nprint(*child_command('m', 'a')[1:])"
    done = subprocess.run([sys.executable, *flags, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == f"{letters} -m m a\n"
    assert child_command("m")[0] == sys.executable


PARENT = """
import subprocess, sys
from miner_agent.interpreter import child_command
pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
subprocess.Popen(child_command(*sys.argv[1:]), **pipes).wait()
"""
ASKING = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from miner_agent.config import loading
from miner_agent.economy.feed_desk import FeedDesk
file = Path(sys.argv[1])
desk = FeedDesk(file.parent, say=print, steady_seconds=lambda: 0.0)
desk.take(loading.load([file], environment={}, known_drivers=()).feeds, None)
desk.ask_due(datetime.now(UTC))
"""


def outlived(
    parent: "subprocess.Popen[bytes]", module: str, *, works: Callable[[], object], seconds: float = 20
) -> bool:
    """Whether the child that runs ``module`` is still there after its parent was killed in the middle of its work."""
    try:
        until(lambda: [one for one in psutil.Process(parent.pid).children() if module in one.cmdline()])
        (child,) = psutil.Process(parent.pid).children()
        until(works)
    finally:
        parent.kill()
        parent.wait()
    gone, alive = psutil.wait_procs([child], timeout=seconds)
    for one in alive:
        one.kill()
    return not gone


def test_a_migration_ends_with_its_parent(tmp_path: Path) -> None:
    database = tmp_path / "state.db"
    holder = sqlite3.connect(database, isolation_level=None)
    holder.execute("CREATE TABLE held (one)")
    holder.execute("BEGIN EXCLUSIVE")  # whoever opens it waits for five seconds
    module = "miner_agent.storage.sqlite.migrate"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, module, "state", str(database)])

    def waits() -> bool:
        (child,) = psutil.Process(parent.pid).children()
        return child.status() == psutil.STATUS_SLEEPING and child.num_threads() == 2

    with closing(holder):
        assert not outlived(parent, module, works=waits, seconds=3)


def test_the_process_that_asks_feeds_ends_with_its_parent(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as bank:  # takes the connection, and never answers
        file = tmp_path / "config.toml"
        url = f"http://127.0.0.1:{bank.getsockname()[1]}"
        file.write_text(f'[[feeds]]\nfeed = "ecb"\nbase_url = "{url}"\ndeadline_seconds = 120\n')
        parent = subprocess.Popen([sys.executable, "-c", ASKING, str(file)])

        assert not outlived(parent, "miner_agent.economy.feed_child", works=lambda: select.select([bank], [], [], 0)[0])


def test_the_process_that_reads_cards_ends_with_its_parent() -> None:
    module = "miner_agent.collectors.child.sensor_child"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, module, "amdgpu"])

    assert not outlived(parent, module, works=lambda: True)


def test_no_other_module_starts_python() -> None:
    package = Path(__file__).parents[2] / "miner_agent"
    starting = [file.name for file in package.rglob("*.py") if "sys.executable" in file.read_text()]

    assert starting == ["interpreter.py"]
