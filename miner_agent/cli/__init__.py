"""The ``miner-agent`` command. One command a file; what a command needs it imports when it runs."""

import io
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Self

import click

from miner_agent import __version__
from miner_agent.cli.support import streams
from miner_agent.cli.support.lost_threads import LostThreads
from miner_agent.cli.support.purposes import EVERYDAY, PROGRAM, PURPOSES
from miner_agent.errors import AgentError
from miner_agent.interpreter import EXIT_NO_ROOM, NO_ROOM, lacks_room, say_nothing_more
from miner_agent.text import argument_text

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

EXIT_INTERRUPTED = 130
EXIT_READER_GONE = 141  # as the shell says it of programs that SIGPIPE ends


class _Commands(click.Group):
    """Finds a command by the name of its file, and lists them all without loading one."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click hands it over
        return sorted(PURPOSES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in PURPOSES:
            return None
        command: click.Command = import_module(f"{__name__}.commands.{cmd_name.replace('-', '_')}_command").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(sorted(PURPOSES.items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        from click.shell_completion import CompletionItem

        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [CompletionItem(name, help=PURPOSES[name]) for name in names] + options

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            from calculators.nearest_words import nearest

            near = nearest(args[0], PURPOSES, everyday=EVERYDAY)
            raise (click.UsageError(f"{error.message} Did you mean '{near}'?", ctx) if near else error) from None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name=PROGRAM)
def cli() -> None:
    """Reads a mining rig, exports what it read, and keeps its log.

    \b
    Example:
      miner-agent once
    """


def main() -> None:
    """Run the command line; every error of ours is one sentence and its exit code."""
    words = [argument_text(word) for word in sys.argv[1:]]
    with streams.guarded(), LostThreads() as lost, _Interrupts() as interrupts:
        try:
            code = _code_of(
                lambda: cli(args=words, standalone_mode=False)
            )  # click gives back the code of an Exit that was raised
            code = code or _code_of(sys.stdout.flush) or (EXIT_NO_ROOM if lost.came else 0)
        except BaseException:  # what an interrupt in the middle of an import becomes
            if not interrupts.came:
                raise
            code = EXIT_INTERRUPTED
        if code == EXIT_NO_ROOM:
            sys.stderr.write(NO_ROOM)
    if code == EXIT_NO_ROOM:
        say_nothing_more()
    sys.exit(code)


class _Interrupts:
    """Ctrl-C is an exception meanwhile, so that a command puts away what it has begun; before and after it need not."""

    def __init__(self) -> None:
        self.came = False

    def __enter__(self) -> Self:
        self._before = signal.getsignal(signal.SIGINT)
        if self._before in {signal.SIG_DFL, signal.default_int_handler}:  # else it is to be ignored
            signal.signal(signal.SIGINT, self._take)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _take(self, *_: object) -> None:
        self.came = True
        raise KeyboardInterrupt


def _code_of(step: Callable[[], int | None]) -> int:
    try:
        return step() or 0
    except (click.Abort, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except streams.ReaderGone:
        return EXIT_READER_GONE
    except click.ClickException as error:
        said = io.StringIO()
        error.show(said)
        _tell_error(said.getvalue().rstrip("\n"))
        return error.exit_code
    except AgentError as error:
        _tell_error(f"miner-agent: {error}")
        return error.exit_code
    except (MemoryError, OSError, RuntimeError, ImportError, SystemError) as error:
        if not lacks_room(error):
            raise
        return EXIT_NO_ROOM


def _tell_error(text: str) -> None:
    from miner_agent.cli.support.fitted_lines import tell

    tell(text, err=True)
