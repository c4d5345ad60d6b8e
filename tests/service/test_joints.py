"""Two things at once: a reload while a miner restarts, an old copy of the state put in place while counters go on."""

import json
import signal
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from miner_agent.storage.sqlite.file_names import STATE_FILE, TELEMETRY_FILE
from tests.agent import Agent
from tests.captured import own
from tests.fake_http import FakeMiner
from tests.waiting import until

pytestmark = pytest.mark.e2e
ASKED = 'rig_agent_collector_requests_total{collector="x"}'
ACCEPTED = 'rig_miner_shares_accepted_total{algorithm="etchash",miner="x"}'
RESTARTS = 'rig_miner_restarts_total{miner="x"}'
EXPECTED, PROVEN = (
    f'rig_miner_shares_{what}_total{{algorithm="etchash",miner="x"}}' for what in ("expected", "proven")
)
SINCE = 'rig_miner_shares_expected_since_accepted{algorithm="etchash",miner="x"}'
LOST = 'rig_agent_database_files_lost_total{database="state"}'
ENERGY = 'rig_host_energy_joules_total{source="meter"}'


def answer(*, uptime_seconds: int, accepted: int) -> bytes:
    told = json.loads(next(own("trex"))["summary"])
    told |= {"uptime": uptime_seconds, "accepted_count": accepted}
    return json.dumps(told).encode()


def held_at_least(agent: Agent, count: int) -> bool:
    return sum("the new configuration holds" in line for line in agent.lines) >= count


def test_a_reload_while_a_miner_restarts_counts_its_shares_once_and_its_restart(tmp_path: Path) -> None:
    with FakeMiner({"/summary": answer(uptime_seconds=10_000, accepted=500)}) as miner:
        config = (
            f'[agent]\ninterval_seconds = 1\n[[miners]]\nname = "x"\ndriver = "trex"\naddress = "{miner.address}"\n'
        )
        with Agent(tmp_path, config) as agent:
            agent.wait_until(lambda page: page.get(ASKED, 0) >= 3)
            miner.pages = {"/summary": answer(uptime_seconds=2, accepted=3)}
            for count in (1, 2, 3):
                agent.process.send_signal(signal.SIGHUP)
                until(partial(held_at_least, agent, count))
            agent.wait_until(lambda page: page.get(ACCEPTED) == 3 and page.get(RESTARTS) == 1)
            agent.stop()
        told = [line for line in agent.lines if "was started anew" in line]
    with closing(sqlite3.connect(agent.state / TELEMETRY_FILE)) as log:
        (gained,) = log.execute(
            "SELECT sum(accepted_shares_gained) FROM work_raw WHERE accepted_shares_total IN (3, 500)"
        ).fetchone()

    assert len(told) == 1
    assert gained == 3


def test_an_old_copy_of_the_state_that_is_put_in_place_lowers_no_counter(tmp_path: Path) -> None:
    """Of what the agent has shown, a copy knows less; the agent that runs knows it all, and writes it into the copy."""
    with FakeMiner({"/": json.dumps({"power": 1500.0}).encode()}) as meter:
        config = (
            '[agent]\ninterval_seconds = 1\n[[meters]]\nname = "wall"\ndriver = "json"\nrequest = "/"\n'
            f'power = "power W"\naddress = "{meter.address}"\n'
        )
        with Agent(tmp_path, config) as agent:
            state = agent.state / STATE_FILE
            agent.wait_until(lambda page: page.get(ENERGY, 0) > 3000)
            with closing(sqlite3.connect(state)) as of, closing(sqlite3.connect(tmp_path / "copy")) as copy:
                of.backup(copy)
            shown = agent.wait_until(lambda page: page[ENERGY] > 7500)[ENERGY]
            (tmp_path / "copy").replace(state)
            seen = [shown]

            def goes_on(page: dict[str, float]) -> bool:
                seen.append(page[ENERGY])
                return bool(page.get(LOST)) and page[ENERGY] > shown + 3000

            agent.wait_until(goes_on)
            agent.stop()
        with Agent(tmp_path, config) as agent:
            seen.append(agent.wait_until(lambda page: ENERGY in page)[ENERGY])

    assert seen == sorted(seen)


class Mining(FakeMiner):
    """A miner that has found another share each time that it is asked, while it finds any."""

    def __init__(self) -> None:
        super().__init__({"/summary": b""})
        self.asked, self.accepted, self.finds = 0, 500, True

    async def _answer(self, reader: Any, writer: Any, body: bytes) -> None:
        self.asked += 1
        self.accepted += self.finds
        await super()._answer(reader, writer, answer(uptime_seconds=10_000 + self.asked, accepted=self.accepted))


@pytest.mark.lasting
def test_shares_go_on_from_what_was_shown_when_the_agent_is_killed_and_an_old_state_put_back(tmp_path: Path) -> None:
    seen: list[tuple[float, float]] = []

    def go_on(page: dict[str, float], least: float) -> bool:
        if EXPECTED in page:
            seen.append((page[EXPECTED], page[PROVEN]))
        return page.get(PROVEN, 0) >= least

    with Mining() as miner:
        config = (
            f'[agent]\ninterval_seconds = 1\n[[miners]]\nname = "x"\ndriver = "trex"\naddress = "{miner.address}"\n'
        )
        with Agent(tmp_path, config) as agent:
            agent.wait_until(lambda page: go_on(page, 2))
            with (
                closing(sqlite3.connect(agent.state / STATE_FILE)) as of,
                closing(sqlite3.connect(tmp_path / "old")) as old,
            ):
                of.backup(old)
            agent.wait_until(lambda page: go_on(page, 5))
            agent.process.kill()
        miner.accepted += 1000  # while nobody counts
        with Agent(tmp_path, config) as agent:
            agent.wait_until(lambda page: go_on(page, 8))
            miner.finds = False
            waited = agent.wait_until(lambda page: go_on(page, 8) and page.get(SINCE, 0) > 0.02)[SINCE]
            agent.process.kill()
        with Agent(tmp_path, config) as agent:
            again = agent.wait_until(lambda page: SINCE in page)
            assert again[SINCE] >= waited - 0.011  # what the last tick brought may not have been on disk
            agent.stop()
        (tmp_path / "old").replace(agent.state / STATE_FILE)
        for beside in ("-wal", "-shm"):
            Path(f"{agent.state / STATE_FILE}{beside}").unlink(missing_ok=True)
        with Agent(tmp_path, config) as agent:
            agent.wait_until(lambda page: go_on(page, 8) and page[EXPECTED] > seen[0][0])
            agent.stop()

    assert [expected for expected, _ in seen] == sorted(expected for expected, _ in seen)
    assert [proven for _, proven in seen] == sorted(proven for _, proven in seen)
    assert seen[-1][1] < 1000
