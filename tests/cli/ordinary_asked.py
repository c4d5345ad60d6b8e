"""Commands as a user who may not read everything gives them, and in places where nobody would stand of his own will."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from tests import ordinary_user

ROOT = Path(__file__).parents[2]


class Asked(NamedTuple):
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


class OrdinaryUser:
    """Asks one process, which may not read everything, again and again."""

    def __init__(self) -> None:
        words = ordinary_user.command("tests.cli.asked_here")
        self._process = subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def told(self, *arguments: str, config: Path, state: Path | None) -> Asked:
        """What the command says, with the user's configuration there and root's nowhere. No state: no home either."""
        return self.told_in(*arguments, environment=environment_of(config, state))

    def told_in(self, *arguments: str, environment: Mapping[str, str], folder: Path = ROOT) -> Asked:
        """What the command says, with that environment alone and standing in that folder."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([arguments, dict(environment), str(folder)]) + "\n")
        self._process.stdin.flush()
        return Asked(*json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        self._process.communicate(timeout=30)


def environment_of(config: Path, state: Path | None) -> dict[str, str]:
    """This one, with the configuration and state of a user there. No state: no home either."""
    held = {name: value for name, value in os.environ.items() if not name.startswith("MINER_AGENT_")}
    held |= {"XDG_CONFIG_HOME": str(config)}
    if state is None:
        return {
            name: value for name, value in held.items() if name not in {"HOME", "STATE_DIRECTORY", "XDG_STATE_HOME"}
        }
    return {**held, "XDG_STATE_HOME": str(state)}
