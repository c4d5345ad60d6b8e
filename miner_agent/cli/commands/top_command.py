"""``miner-agent top``: the running agent's rig, live."""

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

from miner_agent.cli.support.agent_place import agent_option, agent_place
from miner_agent.cli.support.measure_range import MeasureRange
from miner_agent.cli.support.options import config_option
from miner_agent.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Callable

    from miner_agent.cli.support.live_screen import LiveScreen
    from miner_agent.look.agent_line import AgentLine
    from miner_agent.look.running_agent import ToldVerdict
    from miner_agent.look.told_rig import ToldRig
    from miner_agent.transport.polls import Fetched

AGE_SECONDS = 1.0  # after which an age that is shown is another one
Known: TypeAlias = "tuple[ToldRig, tuple[ToldVerdict, ...]]"


@click.command("top")
@config_option
@agent_option
@click.option(
    "--every",
    "interval_seconds",
    type=MeasureRange(0.5, 3600),
    default=2.0,
    show_default=True,
    help="From question to question. [s]",
)
def command(config_path: Path | None, address: str | None, interval_seconds: float) -> None:
    """Show the rig of the running agent as it is, the worst first, until q is typed. Asks that agent and nobody else.

    Keys: w worst, n name, t temperature, p power, h hashrate, e efficiency; r turns the order, arrows scroll. Without
    a terminal it is shown once.

    \b
    Example:
      miner-agent top
    """
    from rich.console import Console

    from miner_agent.cli.support.live_screen import LiveScreen, is_possible

    place = agent_place(config_path, address)
    line = place.line()
    try:
        console = Console(highlight=False)
        known = place.explained(lambda: _told(line, _ask(line)))
        if not is_possible(console):
            _show_once(known)
            return
        with LiveScreen(console) as screen:
            _Watching(line, screen, str(place), known, interval_seconds).run()
    finally:
        line.close()


def _ask(line: "AgentLine", told: "Callable[[], object] | None" = None) -> "Fetched":
    from miner_agent.look.running_agent import DEADLINE_SECONDS, RIGS
    from miner_agent.look.told_rig import SNAPSHOT

    return line.ask((SNAPSHOT, RIGS), deadline_seconds=DEADLINE_SECONDS, told=told)


def _told(line: "AgentLine", asked: "Fetched") -> "tuple[ToldRig, tuple[ToldVerdict, ...]]":
    """Raises SourceError: it does not answer, or it is no agent."""
    from miner_agent.look.running_agent import told_rigs
    from miner_agent.look.told_rig import SNAPSHOT, told_rig
    from miner_agent.sources.payload import Payloads
    from miner_agent.sources.reading_budget import FARM_STEPS, ReadingBudget

    payloads = Payloads(line.told_in(asked), ReadingBudget(FARM_STEPS))
    return told_rig(payloads.json(SNAPSHOT.name)), told_rigs(payloads)


class _Watching:
    """What is known, how it is looked at, and the question that is on its way."""

    def __init__(
        self, line: "AgentLine", screen: "LiveScreen", place: str, known: Known, interval_seconds: float
    ) -> None:
        from miner_agent.cli.support.top_view import Looking

        self._line, self._screen, self._place, self._interval_seconds = line, screen, place, interval_seconds
        self._known: Known | None = known
        self._lost_since, self._why = datetime.now(UTC), ""
        self._looking = Looking()

    def run(self) -> None:
        """Draw until it is time to end."""
        asked: Fetched | None = None
        next_seconds = time.monotonic() + self._interval_seconds
        while True:
            if asked is not None and asked.done():
                self._take(asked)
                asked = None
            if asked is None and time.monotonic() >= next_seconds:
                next_seconds = time.monotonic() + self._interval_seconds
                asked = _ask(self._line, self._screen.wake)
            self._draw()
            wait_seconds = AGE_SECONDS if asked is not None else min(AGE_SECONDS, next_seconds - time.monotonic())
            typed = self._screen.keys(wait_seconds)
            if typed is None or "q" in typed.lower():
                return
            rows = 0 if self._known is None else len(self._known[0].devices) or len(self._known[1])
            self._looking = self._looking.after(typed, rows=rows, page=self._screen.console.height // 2)

    def _take(self, asked: "Fetched") -> None:
        try:
            self._known = _told(self._line, asked)
        except SourceError as error:
            if self._known is not None:
                self._lost_since = datetime.now(UTC)
            self._known, self._why = None, str(error)

    def _draw(self) -> None:
        from rich.console import Group

        from miner_agent.cli.support.top_view import lost_lines, stale_lines, view_lines

        width, height = self._screen.console.size
        if self._known is None:
            lines = lost_lines(self._place, self._lost_since.astimezone(), self._why, width)
        elif self._known[0].stale_because is not None:
            lines = stale_lines(self._known[0], width)
        else:
            rig, rigs = self._known
            lines = view_lines(rig, rigs, self._looking, width=width, height=height, now=_local_now())
        self._screen.draw(Group(*lines))


def _local_now() -> datetime:
    return datetime.now(UTC).astimezone()


def _show_once(known: Known) -> None:
    from rich.console import Console

    from miner_agent.cli.support.plain_lines import plain_console
    from miner_agent.cli.support.top_view import Looking, stale_lines, view_lines

    rig, rigs = known
    out: Console = plain_console()
    if rig.stale_because is not None:
        lines = stale_lines(rig, out.width)
    else:
        lines = view_lines(rig, rigs, Looking(), width=out.width, height=None, now=_local_now())
    for line in lines:
        click.echo(line.plain.rstrip())
