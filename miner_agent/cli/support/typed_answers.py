"""Asks whoever sits at the terminal: one line a question, asked again until it can be taken."""

import sys
from collections.abc import Callable
from typing import TypeVar

import click

from miner_agent.cli.support.fitted_lines import tell
from miner_agent.errors import AgentError
from miner_agent.text import clean_text

Answer = TypeVar("Answer")
LONGEST_BYTES = 1024
YES, NO = frozenset({"y", "yes"}), frozenset({"n", "no", ""})


def somebody_is_there() -> bool:
    """Whether questions would be seen and answered."""
    try:
        return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()
    except ValueError:  # it was closed
        return False


def ask(question: str, take: Callable[[str], Answer], *, usual: str | None = None) -> Answer | None:
    """What is typed, taken; nothing typed is what is usual, else ``None``.

    Args:
        question: what is to be told.
        take: makes of a line what it means, or raises with the sentence that is said before the question comes again.
        usual: what stands for a line without anything.

    Raises:
        click.Abort: nobody will type any more.
    """
    while True:
        click.echo(question + (f" [{usual}]" if usual else "") + ": ", nl=False, err=True)
        line = _line() or usual
        if line is None:
            return None
        try:
            return take(line)
        except (click.ClickException, AgentError, ValueError) as refused:
            said = refused.message if isinstance(refused, click.ClickException) else str(refused)
            tell(f"  {said}", err=True)


def agreed(line: str) -> bool:
    """Yes or no.

    Raises:
        ValueError: neither.

    >>> agreed("Y"), agreed("no")
    (True, False)
    """
    word = line.strip().lower()
    if word not in YES | NO:
        raise ValueError(f"{clean_text(line)!r} is neither; write y or n")
    return word in YES


def _line() -> str:
    """What was typed, as text; of an endless line its beginning."""
    raw = more = sys.stdin.buffer.readline(LONGEST_BYTES)
    if not raw:
        tell("", err=True)
        raise click.Abort
    while more and not more.endswith(b"\n"):
        more = sys.stdin.buffer.readline(LONGEST_BYTES)
    return clean_text(raw.decode("utf-8", "replace"), length=LONGEST_BYTES)
