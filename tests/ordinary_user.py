"""Runs a program as one who may not read everything: ``python tests/ordinary_user.py PROGRAM ARGUMENT…``

Where the tests run as root, root's right to pass over permissions is given up for good; the user stays, so that
the checkout can be read wherever it lies.
"""

import ctypes
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PR_CAPBSET_DROP = 24
CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 1, 2


def command(module: str, *arguments: str) -> list[str]:
    """What starts a module so."""
    return [sys.executable, str(Path(__file__).resolve()), sys.executable, "-m", module, *arguments]


def told(*arguments: str, environment: Mapping[str, str] | None = None) -> "subprocess.CompletedProcess[str]":
    """What ``miner-agent`` says to one who may not read everything."""
    return subprocess.run(
        command("miner_agent", *arguments), env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def main() -> None:
    """Give up those rights, and become the program."""
    if os.geteuid() == 0:
        library = ctypes.CDLL(None, use_errno=True)
        for right in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            if library.prctl(PR_CAPBSET_DROP, right, 0, 0, 0) != 0:
                sys.exit(f"prctl: {os.strerror(ctypes.get_errno())}")
    os.execv(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
