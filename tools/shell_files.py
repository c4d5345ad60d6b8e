"""Writes what a shell and ``man`` know of the commands, from their help: ``python tools/shell_files.py PREFIX``.

Below ``PREFIX/share``: a page of the manual for ``miner-agent`` and for each command, and completion for bash, zsh and
fish, in the folders in which each looks. What belongs to the distribution (``/usr``) has one of its own for zsh.
"""

import inspect
import os
import sys
import textwrap
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import click

from miner_agent import __version__
from miner_agent.cli.first_level import cli
from miner_agent.cli.support.completion_scripts import SHELLS, completion_script
from miner_agent.cli.support.purposes import PROGRAM

VERBATIM = "\b"  # the line with which click is told to leave a paragraph as it is
WIDTH = 76  # of a line of the source
_GROFF = str.maketrans({"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti", '"': r"\(dq"})
EXIT_CODES = (
    "0 good, 1 failed, 2 usage, 3 something is ill or to be mended, 69 a source, a channel or the agent gave no answer, "
    "71 no more memory or threads, 74 disk, 75 another agent holds the state directory or the port, 77 not permitted, "
    "78 configuration, 130 interrupted, 141 whoever read the output has closed it."
)
FILES = (
    ("~/.config/miner-agent/config.toml", "the configuration of a user, with conf.d/*.toml beside it"),
    ("/etc/miner-agent/config.toml", "the configuration of the service, likewise; the one above goes before it"),
)


def files() -> Iterator[tuple[str, str]]:
    """Every file by its path below ``share``, with a place for the folder of zsh."""
    yield "bash-completion/completions/miner-agent", completion_script("bash")
    yield "zsh/{zsh}/_miner-agent", completion_script("zsh")
    yield "fish/vendor_completions.d/miner-agent.fish", completion_script("fish")
    for name, text in man_pages().items():
        yield f"man/man1/{name}.1", text


def man_pages() -> Mapping[str, str]:
    """The pages of the manual by their names."""
    context = click.Context(cli, info_name=PROGRAM, **cli.context_settings)
    pages = {PROGRAM: "\n".join([*_head(context), *_first_page(context)]) + "\n"}
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        own = click.Context(command, info_name=name, parent=context)
        pages[f"{PROGRAM}-{name}"] = "\n".join([*_head(own), *_page(own)]) + "\n"
    return pages


def _head(context: click.Context) -> Iterator[str]:
    name = context.command_path.replace(" ", "-")
    day = datetime.fromtimestamp(int(os.environ.get("SOURCE_DATE_EPOCH") or _now_seconds()), UTC)
    yield f'.TH "{_filled(name.upper())}" 1 {day:%Y-%m-%d} "{PROGRAM} {__version__}" "{PROGRAM}"'
    yield ".SH NAME"
    yield f"{shown_line(name)} \\- {shown_line(_first_sentence(context.command))}"
    yield ".ad l"
    yield ".nh"


def _now_seconds() -> float:
    return datetime.now(UTC).timestamp()


def _first_sentence(command: click.Command) -> str:
    whole = " ".join(inspect.cleandoc(command.help or "").partition("\n\n")[0].split())
    return whole.partition(". ")[0].rstrip(".")


def _first_page(context: click.Context) -> Iterator[str]:
    yield ".SH SYNOPSIS"
    yield rf".B {_filled(PROGRAM)}"
    yield r"\fICOMMAND\fR [\fIOPTIONS\fR] [\fIARGUMENTS\fR]"
    yield ".SH DESCRIPTION"
    yield from _prose(context.command)
    yield ".SH COMMANDS"
    group = context.command
    assert isinstance(group, click.Group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        yield ".TP"
        yield rf"\fB{_filled(f'{PROGRAM}-{name}')}\fR(1)"
        yield _filled(_first_sentence(command))
    yield ".SH FILES"
    for path, what in FILES:
        yield ".TP"
        yield rf"\fI{_filled(path)}\fR"
        yield _filled(what)
    yield from _exit_status()


def _exit_status() -> Iterator[str]:
    yield ".SH EXIT STATUS"
    yield _filled(EXIT_CODES)


def _page(context: click.Context) -> Iterator[str]:
    command = context.command
    yield ".SH SYNOPSIS"
    yield from _synopsis(context)
    yield ".SH DESCRIPTION"
    yield from _prose(command)
    yield ".SH OPTIONS"
    yield from _options(context)
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner is not None
            own = click.Context(inner, info_name=name, parent=context)
            yield f".SH {_filled(own.command_path.upper())}"
            yield from _synopsis(own)
            yield ".PP"
            yield from _prose(inner)
            yield from _options(own)
    yield ".SH SEE ALSO"
    yield rf".BR {_filled(PROGRAM)} (1)"


def _synopsis(context: click.Context) -> Iterator[str]:
    words = " ".join(context.command.collect_usage_pieces(context))
    yield f".B {_filled(context.command_path)}"
    yield rf"\fI{_filled(words)}\fR"


def _prose(command: click.Command) -> Iterator[str]:
    for number, paragraph in enumerate(inspect.cleandoc(command.help or "").split("\n\n")):
        if number:
            yield ".PP"
        lines = paragraph.splitlines()
        if lines[0] == VERBATIM:
            yield ".nf"
            yield from map(shown_line, lines[1:])
            yield ".fi"
        else:
            yield _filled(paragraph)


def _options(context: click.Context) -> Iterator[str]:
    records = (param.get_help_record(context) for param in context.command.get_params(context))
    for names, what in (record for record in records if record is not None):
        yield ".TP"
        yield rf"\fB{shown_line(names)}\fR".replace("|", r"|\:")
        yield _filled(what or "No help.")


def _filled(text: str) -> str:
    """Words in lines that groff shows as they are, whatever they begin with."""
    return "\n".join(map(shown_line, textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)))


def shown_line(text: str) -> str:
    """One line that groff shows as it is.

    >>> shown_line("--json"), shown_line(".TH of 50 °C")
    ('\\\\-\\\\-json', '\\\\&.TH of 50 \\\\[u00B0]C')
    """
    plain = "".join(one if one.isascii() else f"\\[u{ord(one):04X}]" for one in text.translate(_GROFF))
    return f"\\&{plain}" if plain.startswith(".") else plain


def write(prefix: Path) -> None:
    """Write all of them below a prefix, such as ``/usr/local``."""
    zsh = "vendor-completions" if prefix.name == "usr" else "site-functions"
    for path, text in files():
        target = prefix / "share" / path.format(zsh=zsh)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        target.chmod(0o644)


if __name__ == "__main__":
    assert set(SHELLS) == {"bash", "zsh", "fish"}
    write(Path(sys.argv[1]).absolute())
