"""What commands load, and what they leave alone: who asks twice a minute waits for it each time."""

import os
import subprocess
import sys
from pathlib import Path

from tests import databases

OF_SERVICE = {
    "alembic", "apscheduler", "asyncio", "difflib", "h11", "markupsafe", "numpy", "prometheus_client", "psutil", "pynvml",
    "requests", "sqlalchemy", "ssl", "starlette", "urllib3", "yaml",
    "miner_agent.collectors", "miner_agent.service", "miner_agent.sources.driver", "miner_agent.tick.pipeline",
    "miner_agent.transport",
}  # fmt: skip
OF_RIGS = {
    *("email", "http", "sqlite3", "calculators.horizon.backtest", "exporters.svg"),
    *("miner_agent.model.readings", "miner_agent.model.snapshot"),
}
RIG = ["--hardware", "6x rtx3080", "--kwh-price", "0.1626"]
TABLES = (
    ["profit", *RIG],
    ["profit", *RIG, "--csv"],
    ["coins"],
    ["hardware", "list", "3080"],
    ["tariff", "show", "--kwh-price", "0.2"],
)
FILES = (
    *(["log", "stats"], ["log", "show", "cpu0"], ["log", "decisions"], ["devices", "list"]),
    *(["alerts", "list"], ["alerts", "silences"], ["ledger", "list"], ["lots", "list"]),
)
CODE = """
import sys
from miner_agent.cli.first_level import answered
from miner_agent.errors import AgentError
for words in {asked!r}:
    try:
        answered(words, "miner-agent")
    except AgentError as error:
        print("REFUSED", words, error)
print("LOADED", *sys.modules)
"""


def after(asked: list[list[str]], folder: Path) -> tuple[str, set[str]]:
    """What these commands print one after the other, and the modules that are loaded then."""
    run = subprocess.run(
        [sys.executable, "-c", CODE.format(asked=asked)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "XDG_CONFIG_HOME": str(folder)},
    )
    told, _, loaded = run.stdout.rpartition("LOADED ")
    return told, set(loaded.split())


def test_commands_that_answer_from_tables_load_neither_what_asks_rigs_nor_what_keeps_and_serves(tmp_path: Path) -> None:
    told, loaded = after([*TABLES], tmp_path)

    assert "REFUSED" not in told
    assert "miner_agent.profit.ranking" in loaded
    assert loaded & (OF_SERVICE | OF_RIGS) == set()


def test_commands_that_look_into_files_load_nothing_that_asks_rigs_or_serves(tmp_path: Path) -> None:
    state = databases.begun(tmp_path / "state")
    config = tmp_path / "config.toml"
    config.write_text(f'[agent]\nstate_directory = "{state}"\n[alerts]\nowner = "local"\n')
    told, loaded = after([[*words, "--config", str(config)] for words in FILES], tmp_path)

    assert "log" not in {line.split("'")[1] for line in told.splitlines() if line.startswith("REFUSED")}
    assert {"miner_agent.storage.telemetry.log", "miner_agent.storage.kept_alerts.alerts_file"} <= loaded
    assert loaded & OF_SERVICE == set()
