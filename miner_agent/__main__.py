"""``python -m miner_agent``: the same as the ``miner-agent`` command."""

from miner_agent.cli import main

if __name__ == "__main__":
    main()
