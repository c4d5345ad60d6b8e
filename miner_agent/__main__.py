"""``python -m miner_agent``, and the ``miner-agent`` command."""

import sys

from miner_agent import interpreter

interpreter.leave_working_directory()
interpreter.end_on_interrupt()
if sys.argv[1:2] == ["run"]:
    interpreter.reload_later()

from miner_agent.cli import main  # noqa: E402  not before

__all__ = ["main"]

if __name__ == "__main__":
    main()
