"""``python -m miner_agent``, and the ``miner-agent`` command."""

import os
import sys

from miner_agent import interpreter

try:
    interpreter.leave_working_directory()
    interpreter.end_on_interrupt()
    if sys.argv[1:2] == ["run"]:
        interpreter.reload_later()

    from miner_agent.cli import main  # not before
except Exception as error:
    if not interpreter.lacks_room(error):
        raise
    os.write(2, interpreter.NO_ROOM.encode())
    interpreter.complain_no_more()
    interpreter.say_nothing_more()
    sys.exit(interpreter.EXIT_NO_ROOM)

__all__ = ["main"]

if __name__ == "__main__":
    main()
