"""A bar on standard error for what takes longer than a second."""

import sys
import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Self, TypeVar

import click

from miner_agent.cli.support.fitted_lines import tell

PATIENCE_SECONDS = 1.0
WIDTH = 30
Item = TypeVar("Item")


class Progress:
    """Is told how many steps of how many are done. Silent for a second, and where no person looks on."""

    def __init__(self, label: str) -> None:
        self._label, self._begun, self._shown = label, time.monotonic(), False

    def __call__(self, done: int, steps: int) -> None:
        if not sys.stderr.isatty() or time.monotonic() - self._begun < PATIENCE_SECONDS:
            return
        self._shown = True
        bar = "#" * (WIDTH * done // max(1, steps))
        click.echo(f"\r{self._label} [{bar:<{WIDTH}}] {done} of {steps}", err=True, nl=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown:
            tell("", err=True)


def with_progress(items: Iterable[Item], *, length: int, label: str) -> Iterator[Item]:
    """The items as they come, counted."""
    with Progress(label) as advance:
        for done, item in enumerate(items, start=1):
            advance(done, length)
            yield item
