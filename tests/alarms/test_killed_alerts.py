"""An agent that is killed at any statement to its file of alerts: each alert is told once, its end once, none without the other."""

import signal
from pathlib import Path

import pytest

from tests import databases
from tests.alarms.kept_alerts import Clocks, Run
from tests.alarms.simulated import LOST
from tests.forks import forking
from tests.log_ticks import ask

LOSING, FOUND = {"rig_lost": {"a": 1.0}}, {"rig_lost": {"a": 0.0}}
ALERTS_AND_DIE = """
import signal
from pathlib import Path
from miner_agent.storage.sqlite import connecting
from tests.alarms.test_killed_alerts import played

opened = connecting.connect

def main(path, deaths):
    left = int(deaths)

    def count(_):
        nonlocal left
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1

    def connect(*given, **named):
        connection = opened(*given, **named)
        connection.set_trace_callback(count)
        return connection

    connecting.connect = connect
    played(Path(path))
"""


def played(path: Path) -> None:
    """A device is lost and found."""
    run = Run(path, Clocks(), LOST)
    run.run(20, FOUND).run(20, LOSING).run(20, FOUND)
    run.keeper.end()


@pytest.mark.thorough
def test_killed_at_any_statement_it_tells_once(tmp_path: Path) -> None:
    deaths, codes = 0, set[int]()
    with forking(ALERTS_AND_DIE) as dying:
        while True:
            path = databases.empty_alerts(tmp_path / f"{deaths}")
            code = dying.run(path, deaths)
            codes.add(code)
            played(path)
            told = [state for (state,) in ask(path, "SELECT state FROM outbox ORDER BY id")]
            assert told == ["firing", "resolved"], f"killed at statement {deaths}"
            if code == 0:
                break
            deaths += 1

    assert deaths > 30
    assert codes == {-signal.SIGKILL, 0}
