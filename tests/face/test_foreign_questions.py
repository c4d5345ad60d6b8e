"""What a stranger asks who goes by openapi.json alone: schemathesis, with hostile questions of every kind."""

import subprocess
from pathlib import Path

import pytest

from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.web.app import build_app
from miner_agent.web.pages import Pages
from tests import databases
from tests.face.api_agent import faced
from tests.face.test_api import BESIDE
from tests.foreign_tools import require_foreign
from tests.log_ticks import START, full_tick
from tests.web.web_agent import serving
from tests.whole.test_contracts import everything

MOST_EXAMPLES = 12  # of each document
SECONDS = 60.0


@pytest.mark.e2e
def test_no_question_fails_and_nothing_is_told_outside_the_description(tmp_path: Path) -> None:
    tool = require_foreign("schemathesis") / "schemathesis"
    file = databases.empty_log(tmp_path)
    log = TelemetryLog.open(file, now=START)
    for number in range(20):
        log.append(full_tick(number, cards=2))
    log.close()
    with (
        faced(everything("EUR"), beside=BESIDE, log=file) as agent,
        serving(build_app(Pages(lambda: None), face=agent.face)) as host,
    ):
        done = subprocess.run(
            [
                *(tool, "run", f"http://127.0.0.1:{host.port}/api/v1/openapi.json"),
                *("--url", f"http://127.0.0.1:{host.port}", "--phases", "coverage,fuzzing", "--checks", "all"),
                *("--exclude-checks", "positive_data_acceptance"),  # no schema says that a span begins before its end
                *("--max-examples", str(MOST_EXAMPLES), "--seed", "1", "--no-color", "--warnings", "off"),
            ],
            cwd=tmp_path,
            env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
