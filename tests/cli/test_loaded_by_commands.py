"""What commands that answer from tables load, and what they leave alone: who asks twice a minute waits for it each time."""

import os
import subprocess
import sys
from pathlib import Path

NOT_LOADED = {
    "apscheduler", "asyncio", "email", "h11", "http", "hypercorn", "jinja2", "numpy", "prometheus_client", "psutil",
    "pynvml", "requests", "sqlalchemy", "sqlite3", "ssl", "starlette", "urllib3", "yaml",
    "calculators.horizon.backtest", "exporters.svg", "miner_agent.model.readings", "miner_agent.model.snapshot",
    "miner_agent.service", "miner_agent.sources.driver", "miner_agent.transport",
}  # fmt: skip
RIG = ["--hardware", "6x rtx3080", "--kwh-price", "0.1626"]
ASKED = (["profit", *RIG], ["profit", *RIG, "--csv"], ["coins"], ["hardware", "list", "3080"], ["tariff", "show", "--kwh-price", "0.2"])  # fmt: skip
CODE = f"""
import sys
from miner_agent.cli.first_level import answered
for words in {ASKED!r}:
    assert answered(words, "miner-agent") == 0, words
print("LOADED", *sys.modules)
"""


def test_commands_that_answer_from_tables_load_neither_what_asks_rigs_nor_what_keeps_and_serves(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", CODE],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "XDG_CONFIG_HOME": str(tmp_path)},
    )
    loaded = set(run.stdout.rpartition("LOADED ")[2].split())

    assert "miner_agent.profit.ranking" in loaded
    assert loaded & NOT_LOADED == set()
