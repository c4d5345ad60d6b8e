"""The whole agent through what a year on a rig brings: kills, clocks that jump, disks that fill, die and come back."""

import os
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.agent import Agent
from tests.nvml_stub import NvmlStub, uuid_of
from tests.requires import require_tool
from tests.waiting import let_pass, until

pytestmark = pytest.mark.e2e
CARDS = 3
CONFIG = "[agent]\ninterval_seconds = 1\n"
DAY = 86_400


@pytest.fixture
def stub(library: Path, tmp_path: Path) -> Iterator[NvmlStub]:
    with NvmlStub(library, tmp_path / "control", cards=CARDS) as stub:
        stub.tick = 1
        yield stub


def energy(page: dict[str, float], card: int = 0) -> float | None:
    return page.get(f'rig_device_energy_joules_total{{device="{uuid_of(card)}",source="hardware"}}')


def rows(state: Path) -> list[tuple[int, int, int]]:
    """Of each tick in the log: when, at which moment of the steady clock, and whether the wall clock was believed."""
    with closing(sqlite3.connect(f"file:{state / 'telemetry.db'}?mode=ro", uri=True)) as log:
        return log.execute("SELECT taken_at, monotonic_ms, clock_ok FROM ticks_raw ORDER BY monotonic_ms").fetchall()


def intact(state: Path) -> bool:
    with closing(sqlite3.connect(state / "telemetry.db")) as log, closing(sqlite3.connect(state / "state.db")) as kept:
        found = [database.execute("PRAGMA integrity_check").fetchone()[0] for database in (log, kept)]
    return found == ["ok", "ok"]


def killed_and_started_again(tmp_path: Path, stub: NvmlStub, times: int) -> None:
    seen = 0.0
    for number in range(times):
        with Agent(tmp_path, CONFIG, environment=stub.environment()) as agent:
            page = agent.wait_until(lambda page: energy(page) is not None)
            assert (energy(page) or 0) >= seen, "a counter fell over a kill"
            for _ in range(1 + number % 3):
                stub.tick += 1
                seen = energy(page) or seen
                page = agent.wait_until(lambda page, joules=seen: (energy(page) or 0) > joules)  # type: ignore[misc]
            seen = energy(page) or seen
            written_at = page.get('rig_agent_database_last_write_timestamp_seconds{database="telemetry"}')
            agent.process.kill()
            agent.process.wait()
        if written_at is not None:
            assert max(row[0] for row in rows(agent.state)) >= round(written_at * 1000) - 1, "a written tick is gone"
        assert intact(agent.state)


def test_a_kill_loses_nothing_that_counts(tmp_path: Path, stub: NvmlStub) -> None:
    killed_and_started_again(tmp_path, stub, times=3)


@pytest.mark.soak
def test_a_hundred_kills_lose_nothing_that_counts(tmp_path: Path, stub: NvmlStub) -> None:
    killed_and_started_again(tmp_path, stub, times=100)


@pytest.fixture
def clock(tmp_path: Path) -> "Clock":
    gcc = require_tool("gcc", package="gcc libc6-dev")
    library = tmp_path / "stepclock.so"
    source = Path(__file__).parents[1] / "stubs" / "stepclock.c"
    subprocess.run([gcc, "-shared", "-fPIC", "-O2", "-o", str(library), str(source)], check=True)
    return Clock(library, tmp_path / "step")


class Clock:
    """The wall clock of a process, to be set while it runs."""

    def __init__(self, library: Path, file: Path) -> None:
        self._library, self._file = library, file
        self.set(0)

    def set(self, seconds: float) -> None:
        """So far from the truth."""
        beside = self._file.with_suffix(".new")
        beside.write_text(str(int(seconds)))
        beside.rename(self._file)

    def environment(self) -> dict[str, str]:
        return {"LD_PRELOAD": str(self._library), "STEPCLOCK_FILE": str(self._file)}


def test_a_clock_that_jumps_costs_no_tick_no_row_and_no_joule(tmp_path: Path, stub: NvmlStub, clock: Clock) -> None:
    steps = [-30 * DAY, 20 * 365 * DAY, 0, 3600, -3600, 0]
    with Agent(tmp_path, CONFIG, environment={**stub.environment(), **clock.environment()}) as agent:
        page = agent.wait_until(lambda page: energy(page) is not None)
        last, spent_seconds, watched_seconds = energy(page) or 0, 0.0, 0.0
        for number, step in enumerate(steps, start=1):
            clock.set(step)
            page = agent.wait_until(lambda page, n=number: page.get("rig_agent_clock_steps_total") == n)  # type: ignore[misc]
            before, begun = cpu_seconds(agent.process.pid), time.monotonic()
            let_pass(1.5)  # nobody asks for a page meanwhile: that would count as well
            spent_seconds += cpu_seconds(agent.process.pid) - before
            watched_seconds += time.monotonic() - begun
            stub.tick += 1
            page = agent.wait_until(lambda page, joules=last: (energy(page) or 0) >= joules)  # type: ignore[misc]
            last = energy(page) or 0
            assert page["rig_agent_late_ticks_total"] == 0
            assert page["rig_agent_clock_even_seconds"] < 60
        assert page['rig_agent_database_write_failures_total{database="telemetry"}'] == 0
        agent.stop()

    found = rows(agent.state)
    gaps = [later[1] - earlier[1] for earlier, later in pairwise(found)]
    assert max(gaps) <= 2000, "a gap of more than two intervals"
    assert sum(not ok for _, _, ok in found) == len(steps)
    assert {datetime.fromtimestamp(taken / 1000, UTC).year for taken, _, _ in found} >= {
        (datetime.now(UTC) + timedelta(seconds=step)).year for step in steps
    }
    assert spent_seconds / watched_seconds < 0.05


def test_a_boot_in_1970_is_told_from_the_truth_and_nothing_is_deleted(
    tmp_path: Path, stub: NvmlStub, clock: Clock
) -> None:
    with Agent(tmp_path, CONFIG, environment=stub.environment()) as agent:
        agent.wait_until(lambda page: energy(page) is not None)
        until(lambda: len(rows(agent.state)) >= 2)
        agent.stop()
    before = rows(agent.state)
    clock.set(-time.time() + 1000)
    with Agent(tmp_path, CONFIG, environment={**stub.environment(), **clock.environment()}) as agent:
        agent.wait_until(lambda page: energy(page) is not None)
        until(lambda: any(is_early(row) for row in rows(agent.state)))
        clock.set(0)
        agent.wait_until(lambda page: page.get("rig_agent_clock_steps_total") == 1)
        until(lambda: rows(agent.state)[-1][2] == 1)
        agent.stop()

    after = rows(agent.state)
    assert set(before) <= set(after)
    assert not any(ok for _, _, ok in filter(is_early, after))
    assert after[-1][2] == 1


def is_early(row: tuple[int, int, int]) -> bool:
    """In 1970."""
    return row[0] < 2000 * 1000


def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_damaged_log_is_set_aside_and_sampling_does_not_notice(tmp_path: Path, stub: NvmlStub) -> None:
    with Agent(tmp_path, CONFIG, environment=stub.environment()) as agent:
        agent.wait_until(lambda page: (page.get('rig_agent_database_size_bytes{database="telemetry"}') or 0) > 0)
        agent.stop()
    log = agent.state / "telemetry.db"
    damaged = bytearray(log.read_bytes())
    damaged[4096 : 4096 * 6] = os.urandom(4096 * 5)
    log.write_bytes(damaged)

    with Agent(tmp_path, CONFIG, environment=stub.environment()) as agent:
        agent.wait_for_line(re.compile(r"telemetry\.db.*corrupt-"))
        agent.wait_until(lambda page: page.get('rig_agent_database_last_write_timestamp_seconds{database="telemetry"}'))
        agent.stop()

    assert list(agent.state.glob("telemetry.db.corrupt-*"))
    assert intact(agent.state)


def test_a_log_that_somebody_locks_costs_no_tick(tmp_path: Path, stub: NvmlStub) -> None:
    with Agent(tmp_path, CONFIG, environment=stub.environment()) as agent:
        queued = 'rig_agent_database_queued_ticks{database="telemetry"}'
        agent.wait_until(lambda page: page.get('rig_agent_database_last_write_timestamp_seconds{database="telemetry"}'))
        with closing(sqlite3.connect(agent.state / "telemetry.db", isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            page = agent.wait_until(lambda page: page[queued] >= 4)
            assert page["rig_agent_late_ticks_total"] == 0
            other.execute("ROLLBACK")
        page = agent.wait_until(lambda page: page[queued] == 0)
        assert page['rig_agent_database_ticks_dropped_total{database="telemetry"}'] == 0
        agent.stop()

    steady = [row[1] for row in rows(agent.state)]
    assert max(later - earlier for earlier, later in pairwise(steady)) <= 2000


def test_a_state_directory_that_is_removed_is_made_again_and_written_to(tmp_path: Path, stub: NvmlStub) -> None:
    written = 'rig_agent_database_last_write_timestamp_seconds{database="telemetry"}'
    with Agent(tmp_path, CONFIG, environment=stub.environment()) as agent:
        agent.wait_until(lambda page: page.get(written) and energy(page) is not None)
        stub.tick += 1
        before = energy(agent.wait_until(lambda page: (energy(page) or 0) > 0)) or 0
        shutil.rmtree(agent.state)
        gone_at = time.time()
        stub.tick += 1
        for database in ("telemetry", "state"):
            lost = f'rig_agent_database_files_lost_total{{database="{database}"}}'
            agent.wait_until(lambda page, lost=lost: page[lost] == 1)  # type: ignore[misc]
        page = agent.wait_until(lambda page: page[written] > gone_at + 1 and (energy(page) or 0) > before)
        seen = energy(page)
        assert page['rig_agent_database_write_failures_total{database="telemetry"}'] == 0
        agent.wait_for_line(re.compile(r"telemetry\.db was removed while the agent ran; a new one is begun"))
        assert intact(agent.state)
        refused = Agent(tmp_path, CONFIG)
        with pytest.raises(AssertionError, match="another agent uses it"), refused:
            pass
        agent.stop()
    with Agent(tmp_path, CONFIG, environment=stub.environment()) as agent:
        assert energy(agent.wait_until(lambda page: energy(page) is not None)) == seen


@pytest.mark.root
def test_a_full_disk_costs_rows_and_nothing_else(tmp_path: Path, stub: NvmlStub) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], check=True)
    try:
        environment = {**stub.environment(), "MINER_AGENT__AGENT__STATE_DIRECTORY": str(disk / "state")}
        with Agent(tmp_path, CONFIG, environment=environment) as agent:
            written = 'rig_agent_database_last_write_timestamp_seconds{database="telemetry"}'
            failures = 'rig_agent_database_write_failures_total{database="telemetry"}'
            agent.wait_until(lambda page: page.get(written))
            (disk / "filler").write_bytes(bytes(shutil.disk_usage(disk).free))
            page = agent.wait_until(lambda page: page[failures] >= 1, seconds=60)
            assert page["rig_agent_late_ticks_total"] == 0
            assert energy(page) is not None
            agent.wait_for_line(re.compile("full|no space", re.IGNORECASE))
            (disk / "filler").unlink()
            stopped = page[written]
            agent.wait_until(lambda page: page[written] > stopped, seconds=60)
            agent.stop()
        assert intact(disk / "state")
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_log_of_a_newer_agent_is_refused_and_left_alone(tmp_path: Path) -> None:
    with Agent(tmp_path, CONFIG) as agent:
        agent.wait_until(lambda page: page.get('rig_agent_database_last_write_timestamp_seconds{database="telemetry"}'))
        agent.stop()
    log = agent.state / "telemetry.db"
    with closing(sqlite3.connect(log, isolation_level=None)) as newer:
        newer.execute("PRAGMA user_version = 999")
    before = log.read_bytes()

    refused = Agent(tmp_path, CONFIG)
    with pytest.raises(AssertionError, match="a newer miner-agent wrote it"), refused:
        pass

    assert refused.process.returncode == 78
    assert log.read_bytes() == before


def test_an_error_of_a_card_is_known_after_a_restart_with_its_time(tmp_path: Path, stub: NvmlStub) -> None:
    told_at = f'rig_device_xid_last_timestamp_seconds{{device="{uuid_of(0)}",xid="79"}}'
    with Agent(tmp_path, CONFIG, environment=stub.environment()) as agent:
        agent.wait_until(lambda page: energy(page) is not None)
        stub.send_xid(0, 79)
        before = agent.wait_until(lambda page: told_at in page)[told_at]
        agent.wait_until(
            lambda page: page["rig_agent_last_tick_timestamp_seconds"] > before + 1
        )  # one tick later it is kept
        agent.stop()
    with Agent(tmp_path, CONFIG, environment=stub.environment()) as agent:
        after = agent.wait_until(lambda page: told_at in page)[told_at]

    assert after == before


def test_few_descriptors_end_neither_sampling_nor_pages(tmp_path: Path, stub: NvmlStub) -> None:
    with Agent(tmp_path, CONFIG, environment=stub.environment()) as agent:
        agent.wait_until(lambda page: energy(page) is not None)
        used = len(list(Path(f"/proc/{agent.process.pid}/fd").iterdir()))
        resource.prlimit(agent.process.pid, resource.RLIMIT_NOFILE, (used + 4, used + 4))
        page = agent.wait_until(lambda page: page["rig_agent_clock_even_seconds"] > 3)
        assert page["rig_agent_late_ticks_total"] == 0
        assert energy(page) is not None


def test_only_its_owner_can_read_what_it_keeps(tmp_path: Path) -> None:
    with Agent(tmp_path, CONFIG, first_start=True) as agent:
        agent.wait_until(lambda page: page.get('rig_agent_database_last_write_timestamp_seconds{database="telemetry"}'))
        found = {path: path.stat().st_mode & 0o777 for path in (agent.state, *agent.state.rglob("*"))}
        agent.stop()

    assert {path.name for path in found} >= {"lock", "telemetry.db", "state.db"}
    assert all(mode == (0o700 if path.is_dir() else 0o600) for path, mode in found.items()), found


def test_a_machine_that_slept_leaves_a_gap_and_catches_nothing_up(tmp_path: Path, stub: NvmlStub) -> None:
    with Agent(tmp_path, CONFIG, environment=stub.environment()) as agent:
        agent.wait_until(lambda page: energy(page) is not None)
        agent.process.send_signal(signal.SIGSTOP)
        let_pass(4.5)
        agent.process.send_signal(signal.SIGCONT)
        agent.wait_until(lambda page: page.get("rig_agent_late_ticks_total", 0) >= 4)
        written = len(rows(agent.state))
        until(lambda: len(rows(agent.state)) >= written + 2)
        agent.stop()

    steady = [row[1] for row in rows(agent.state)]
    gaps = [later - earlier for earlier, later in pairwise(steady)]
    assert sum(gap > 3500 for gap in gaps) == 1
    assert min(gaps) > 500, "missed ticks were caught up in a rush"
