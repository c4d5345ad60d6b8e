"""What a shell has to read, so that it completes our commands, their options and names of files."""

from click.shell_completion import BashComplete, FishComplete, ShellComplete, ZshComplete

from miner_agent.cli.support.purposes import PROGRAM

SHELLS: "dict[str, type[ShellComplete]]" = {"bash": BashComplete, "zsh": ZshComplete, "fish": FishComplete}


def completion_script(shell: str) -> str:
    """The script for one of them.

    >>> "complete" in completion_script("bash")
    True
    """
    from miner_agent.cli.first_level import cli

    variable = f"_{PROGRAM.replace('-', '_').upper()}_COMPLETE"
    made = SHELLS[shell](cli, {}, PROGRAM, variable)
    return ShellComplete.source(made).strip() + "\n"  # bash's own would start a bash to see how old that is
