"""Options that several commands share."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from miner_agent.text import path_text

Command = TypeVar("Command", bound=Callable[..., Any])


class _SystemPath(click.Path):
    """A path, from an argument in UTF-8. Whoever opens it says what is wrong with it."""

    def __init__(self) -> None:
        super().__init__(path_type=Path, readable=False)

    def convert(
        self, value: str | os.PathLike[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> str | bytes | os.PathLike[str]:
        return super().convert(path_text(os.fspath(value)), param, ctx)


LONGEST_DAYS = 366
"""Of prices that are gone through."""
FILE = _SystemPath()
"""What a command reads."""


class Written(_SystemPath):
    """The path of what a command writes: a file, or a new folder."""


class Name(click.ParamType[str]):
    """A name, as configuration and log have it: in none stands what is no UTF-8."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ARG002
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


class Fingerprint(click.ParamType[str]):
    """The SHA-256 of a certificate, spelled as it is in a configuration."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from miner_agent.config.key_types import FINGERPRINT

        if FINGERPRINT.fullmatch(value) is None:
            self.fail("write the SHA-256 of the certificate, 64 digits from 0 to f", param, ctx)
        return value


config_option = click.option(
    "--config",
    "config_path",
    type=FILE,
    metavar="FILE",
    help="Configuration file. Without it: $MINER_AGENT_CONFIG, the user's, /etc/miner-agent/config.toml, none.",
)
table_option = click.option("--table", is_flag=True, help="Print the readings of the first tick as a table.")


def csv_option(told: str = "Print CSV.") -> Callable[[Command], Command]:
    """``--csv``, with what is special about this command's."""
    return click.option("--csv", "as_csv", is_flag=True, callback=_one_form, help=told)


def drawing_option(told: str, name: str = "svg") -> Callable[[Command], Command]:
    """``--svg FILE``, or another name for a second drawing; the command gets ``svg_file``."""
    return click.option(f"--{name}", f"{name}_file", type=Written(), metavar="FILE", callback=_own_file, help=told)


def _own_file(ctx: click.Context, param: click.Parameter, path: Path | None) -> Path | None:
    """Each drawing has a file of its own, however its path is written.

    Raises:
        click.UsageError: another drawing goes there too.
    """
    if path is not None:
        drawn = ctx.meta.setdefault(f"{__name__}.drawn", {})
        first = drawn.setdefault(os.path.realpath(path), param.opts[0])
        if first != param.opts[0]:
            raise click.UsageError(f"{first} and {param.opts[0]} would draw into one file; name two")
    return path


def _one_form(ctx: click.Context, param: click.Parameter, given: bool) -> bool:  # noqa: FBT001  click calls it so
    """One answer is printed in one form.

    Raises:
        click.UsageError: another one is asked for already.
    """
    if given:
        first = ctx.meta.setdefault(_one_form.__module__, param.opts[0])
        if first != param.opts[0]:
            raise click.UsageError(f"{first} and {param.opts[0]} are two forms of one answer; leave one away")
    return given


json_option = click.option("--json", "as_json", is_flag=True, callback=_one_form, help="Print JSON.")
