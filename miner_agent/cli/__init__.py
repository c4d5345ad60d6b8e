"""The ``miner-agent`` command. One command a file; what a command needs it imports when it runs."""

import sys
from importlib import import_module
from pathlib import Path

import click

from miner_agent import __version__
from miner_agent.errors import AgentError

EXIT_INTERRUPTED = 130
_SUFFIX = "_command"


class _Commands(click.Group):
    """Finds commands by the names of their files."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click hands it over
        files = Path(__file__).parent.glob(f"commands/*{_SUFFIX}.py")
        return sorted(file.stem.removesuffix(_SUFFIX).replace("_", "-") for file in files)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"{__name__}.commands.{cmd_name.replace('-', '_')}{_SUFFIX}").command
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="miner-agent")
def cli() -> None:
    """Reads a mining rig, exports what it read, and keeps its log.

    \b
    Example:
      miner-agent once
    """


def main() -> None:
    """Run the command line; every error of ours is one sentence and its exit code."""
    try:
        sys.exit(cli(standalone_mode=False))  # click gives back the code of an Exit that a command raised
    except click.Abort:
        sys.exit(EXIT_INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except AgentError as error:
        click.echo(f"miner-agent: {error}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
