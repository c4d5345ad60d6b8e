"""A demo of this user that runs on this machine: who finds nothing of this machine may mean that one."""

import fcntl
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from stat import S_ISDIR
from typing import TYPE_CHECKING, TypeAlias

from miner_agent.storage.sqlite.directory import LOCK_NAME

if TYPE_CHECKING:
    from miner_agent.model.snapshot import RigSnapshot

FOLDER_PREFIX, STATE, CONFIGURATION = "miner-agent-demo-", "state", "config.toml"
"""Its folder, and what is in it: the configuration by which commands ask it, once it can be asked."""
HOW = """
To ask about this rig, in another terminal:
  export MINER_AGENT_CONFIG={file}
  {program} status                  # is it well?
  {program} top                     # what does it make, draw, and leave a day after power?
  {program} log cost --month last   # what did its power cost last month?
When to stop: http://{listens}/money; its past: http://{listens}/history; its books: http://{listens}/books
"""

OnTick: TypeAlias = "Callable[[RigSnapshot], None]"


def telling_how(folder: Path, configuration: str, listens: str, program: str, then: "OnTick | None") -> OnTick:
    """Called with every tick, it lays the configuration there at the first one, and says what to type."""
    told = False

    def on_tick(snapshot: "RigSnapshot") -> None:
        nonlocal told
        if then is not None:
            then(snapshot)
        if not told:
            told = True
            file = folder / CONFIGURATION
            beside = file.with_suffix(".new")
            beside.write_text(configuration, encoding="utf-8")
            beside.rename(file)
            print(HOW.format(file=file, program=program, listens=listens), flush=True)

    return on_tick


def with_demo(sentence: str, asks: str = "asks about its rig") -> str:
    """A sentence that nothing is there, and how a demo is asked, where one runs.

    Args:
        asks: what comes of it.
    """
    file = running_demo()
    if file is None or os.environ.get("MINER_AGENT_CONFIG") == str(file):
        return sentence
    return f"{sentence}{'' if sentence.endswith('?') else '.'} A demo runs here: --config {file} {asks}"


def running_demo() -> Path | None:
    """The configuration of the one that was started last."""
    found = [file for file in Path(tempfile.gettempdir()).glob(f"{FOLDER_PREFIX}*/{CONFIGURATION}") if _runs(file)]
    return max(found, key=lambda file: file.stat().st_mtime, default=None)


def is_of_demo(state: Path | None) -> bool:
    """Whether a state directory is that of a demo that runs."""
    if state is None or state.name != STATE or not state.parent.name.startswith(FOLDER_PREFIX):
        return False
    return _runs(state.parent / CONFIGURATION)


def _runs(file: Path) -> bool:
    """Whether it is this user's, and its agent holds its state: one that was killed leaves its folder."""
    try:
        folder = file.parent.lstat()  # anybody may lay a link there, and let it lead elsewhere later
        if not S_ISDIR(folder.st_mode) or folder.st_uid != os.geteuid():
            return False
        lock = os.open(file.parent / STATE / LOCK_NAME, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(lock)
    return False
