"""Where the agent that runs here is asked: at the configured address or socket, or at the address that is named."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import click

from miner_agent.errors import SourceError

if TYPE_CHECKING:
    from miner_agent.config.key_types import ListenAddress
    from miner_agent.look.agent_line import AgentLine

Told = TypeVar("Told")
agent_option = click.option(
    "--agent", "address", metavar="HOST:PORT", help="Where the agent listens; without it: as configured."
)
HOW_TO_ASK = " An agent that wants TLS or users is asked by its socket: write [http] socket."


class AgentPlace(NamedTuple):
    """Where that is."""

    listen: "ListenAddress"
    socket: Path | None
    wants_more: bool  # TLS or users, and there is no socket

    def __str__(self) -> str:
        return str(self.listen if self.socket is None else self.socket)

    def line(self) -> "AgentLine":
        """A line to it. Raises SourceError: nobody can know where it listens."""
        from miner_agent.look.agent_line import AgentLine

        return self.explained(lambda: AgentLine(self.listen.host, self.listen.port, socket_path=self.socket))

    def explained(self, ask: Callable[[], Told]) -> Told:
        """What it answers.

        Raises:
            SourceError: it does not; with what to do.
        """
        try:
            return ask()
        except SourceError as error:
            hint = f".{HOW_TO_ASK}" if self.wants_more else ""
            raise SourceError(f"{error}. Is the agent running? systemctl status miner-agent{hint}") from None


def agent_place(config_path: Path | None, address: str | None) -> AgentPlace:
    """Where the agent of a command is asked.

    Raises:
        click.BadParameter: the address is none of this machine.
    """
    from miner_agent.cli.support.needed_config import configuration

    http = configuration(config_path).http
    if address is not None:
        return AgentPlace(_listen(address), None, wants_more=http.web_config_file is not None)
    return AgentPlace(http.listen, http.socket, wants_more=http.web_config_file is not None and http.socket is None)


def _listen(address: str) -> "ListenAddress":
    from miner_agent.config.key_types import ListenAddress
    from miner_agent.config.words import Unfit

    try:
        listen = ListenAddress.of(address)
    except Unfit as error:
        raise click.BadParameter(f"{address!r}{error}", param_hint="--agent") from None
    if not listen.is_loopback:
        raise click.BadParameter(f"{address!r} is not of this machine; ask there", param_hint="--agent")
    return listen
