"""The commands of profit, run in this process on no configuration but the test's."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from miner_agent.cli.first_level import cli
from miner_agent.errors import AgentError

CAPTURES = Path(__file__).parents[1] / "captures"
RIG = ("--hardware", "6x rtx3080")
PRICE = ("--kwh-price", "0.1626")
FRESH = f"{datetime.now(UTC) - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(cli, list(arguments))
    if isinstance(result.exception, AgentError):  # `main` makes a sentence of it
        result.exit_code = result.exception.exit_code
        result.stderr_bytes = (result.stderr_bytes or b"") + f"miner-agent: {result.exception}\n".encode()
    elif result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def answered(*arguments: str) -> Any:
    result = run(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def written(tmp_path: Path, name: str, text: str) -> str:
    (tmp_path / name).write_text(text)
    return str(tmp_path / name)


# Currencies

ECB = str(CAPTURES / "feeds" / "ecb" / "daily__friday__all" / "answer.raw")


# Tariffs


def slots_of(currency: str, *, hole: bool = False, overlap: bool = False) -> str:
    """Two days of hours from this midnight on."""
    midnight = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
    rows = []
    for hour in range(72):
        start, end = midnight + timedelta(hours=hour), midnight + timedelta(hours=hour + 1)
        if hole and hour == 3:
            continue
        if overlap and hour == 3:
            start -= timedelta(minutes=30)
        rows.append(f"{start:%Y-%m-%dT%H:%M:%SZ},{end:%Y-%m-%dT%H:%M:%SZ},0.20,{currency}")
    return "\n".join(["start,end,price,currency", *rows]) + "\n"
