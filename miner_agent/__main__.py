"""``python -m miner_agent``, and the ``miner-agent`` command."""

from miner_agent import interpreter

interpreter.leave_working_directory()
interpreter.end_on_interrupt()

from miner_agent.cli import main  # noqa: E402  not before

__all__ = ["main"]

if __name__ == "__main__":
    main()
