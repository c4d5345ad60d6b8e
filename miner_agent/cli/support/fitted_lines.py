"""Prose on a terminal: lines break between words, never between a figure and its unit or a day and its hour."""

import os
import re
import shutil
import sys
from collections.abc import Iterator
from typing import TextIO

import click

NOTHING_READ = "nothing that mines was read; miner-agent doctor says what is missing"
"""Why it is not known how a rig is."""

HANG = 2
"""Columns by which what goes on is indented."""
USUAL_COLUMNS = 80
"""Of a terminal that does not say it."""
_KEPT = "\N{NO-BREAK SPACE}"
_WITHIN_A_FIGURE = re.compile(
    r"(?<=\d{4}-\d\d-\d\d) (?=\d\d:\d\d)"  # a day and its hour
    r"|(?<=\d) (?=(?:%|°C|[kMGTPE]?(?:W|Wh|B|H/s|Hz)|[A-Z]{3,4}(?:/\w+)?|h|d|min|mo|s|ms|V|A|rpm)(?![\w/]))"
)
_LIST_MARK = re.compile(r"(?:[-*]|\d+\.) ")
_WORD = re.compile(r"[ \t]*[^ \t]+")


def tell(text: str, *, hang: int = HANG, err: bool = False) -> None:
    """Print lines for people: on a terminal none is wider than it, elsewhere each is as it is."""
    stream = sys.stderr if err else sys.stdout
    click.echo(fitted(text, _columns(stream), hang=hang) if stream.isatty() else text, err=err)


def tell_page(text: str) -> None:
    """Print a page of Markdown. What stands in it as code is not broken: it is to be copied."""
    is_code = False
    for line in text.splitlines():
        is_fence = line.startswith("```")
        if is_code or is_fence:
            click.echo(line)
        else:
            mark = _LIST_MARK.match(line)
            tell(line, hang=len(mark[0]) if mark else 0)
        is_code ^= is_fence


def fitted(text: str, width: int, *, hang: int = HANG) -> str:
    """``text`` in lines of at most so many columns, as far as its words are no longer; what goes on is indented.

    >>> print(fitted("ok  power: it drew 122 W from 2026-01-01 00:00 on", 24))
    ok  power: it drew 122 W
      from 2026-01-01 00:00
      on
    """
    return "\n".join(part for line in text.split("\n") for part in _broken(line, width, hang))


def _columns(terminal: TextIO) -> int:
    """How wide it is. By itself shutil looks at standard output, which may be a file beside it."""
    try:
        own = os.get_terminal_size(terminal.fileno())
    except (OSError, ValueError):
        return shutil.get_terminal_size().columns
    return shutil.get_terminal_size((own.columns or USUAL_COLUMNS, own.lines)).columns


def _broken(line: str, width: int, hang: int) -> Iterator[str]:
    if _columns_of(line) <= width:
        yield line
        return
    lead = " " * min(len(line) - len(line.lstrip(" ")) + hang, width // 2)
    part = ""
    for word in _WORD.findall(_WITHIN_A_FIGURE.sub(_KEPT, line)):
        if part.strip() and _columns_of(part + word) > width:
            yield part.replace(_KEPT, " ")
            part = lead + word.lstrip()
        else:
            part += word
    yield part.replace(_KEPT, " ")


def _columns_of(text: str) -> int:
    """How many it takes: a letter of some scripts takes two, and some signs none."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)
