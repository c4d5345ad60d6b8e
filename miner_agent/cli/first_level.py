"""The commands as click has them: one a file, each loaded when it is asked for."""

import io
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

import click

from miner_agent import __version__
from miner_agent.cli.support.first_help import HELP_OPTIONS, first_help
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.purposes import EVERYDAY, EXAMPLE, PROGRAM, PURPOSE, PURPOSES

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class _Commands(click.Group):
    """Finds a command by the name of its file, and lists them all without loading one."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click hands it over
        return sorted(PURPOSES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in PURPOSES:
            return None
        command: click.Command = import_module(f"{__package__}.commands.{cmd_name.replace('-', '_')}_command").command
        return command

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write(first_help(ctx.command_path, formatter.width))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        from click.shell_completion import CompletionItem

        names = [name for name in self.list_commands(ctx) if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [CompletionItem(name, help=PURPOSES[name]) for name in names] + options

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            name, command, rest = super().resolve_command(ctx, args)
        except click.UsageError as error:
            from calculators.nearest_words import nearest

            near = nearest(args[0], PURPOSES, everyday=EVERYDAY)
            raise (click.UsageError(f"{error.message} Did you mean '{near}'?", ctx) if near else error) from None
        if command is not None and not ctx.resilient_parsing:  # as it is while a shell completes
            from miner_agent.cli.support.given_twice import refuse_given_twice

            refuse_given_twice(command, name, ctx, rest)
        return name, command, rest


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": [*HELP_OPTIONS]},
    help=f"{PURPOSE}\n\n\b\nExample:\n  {EXAMPLE}",
)
@click.version_option(__version__, prog_name=PROGRAM)
def cli() -> None:
    pass


def answered(words: Sequence[str], program: str) -> int:
    """Run the command line; what click finds wrong with it is told. The exit code.

    Raises:
        KeyboardInterrupt: somebody wants it to end.
    """
    try:
        code: int | None = cli(args=words, prog_name=program, standalone_mode=False)
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as error:
        said = io.StringIO()
        error.show(said)
        tell(said.getvalue().rstrip("\n"), err=True)
        return error.exit_code
    return code or 0  # click gives back the code of an Exit that was raised
