"""The line to the agent that runs on this machine: its own pages, on loopback or by its socket."""

from collections.abc import Callable, Mapping
from pathlib import Path

from miner_agent.errors import SourceError
from miner_agent.sources.driver import HttpGet
from miner_agent.transport.endpoint import HTTP_PORT, Endpoint
from miner_agent.transport.polls import Ask, Fetched, Transport

LARGEST_ANSWER_BYTES = 16 << 20  # of one answer of ours: a rig has ten kilobytes for each device


class AgentLine:
    """Asked again and again by one caller."""

    def __init__(self, host: str, port: int, *, socket_path: Path | None = None) -> None:
        """
        Args:
            host: of its address.
            port: of it.
            socket_path: of its socket on this machine, by which it is asked in place of its address.

        Raises:
            SourceError: nobody can know where it listens.
        """
        if port == 0 and socket_path is None:
            raise SourceError(f"{host}: the agent listens on a port of the system's choice, which only its log tells")
        if socket_path is None:
            self.endpoint = Endpoint(scheme="http", host=host, port=port)
        else:
            self.endpoint = Endpoint(scheme="http", host="localhost", port=HTTP_PORT, socket_path=str(socket_path))
        self._transport = Transport()

    def ask(
        self, requests: tuple[HttpGet, ...], *, deadline_seconds: float, told: Callable[[], object] | None = None
    ) -> Fetched:
        """Ask for pages; ``told_in`` takes what comes of it, and ``told`` is called once it is there."""
        ask = Ask(
            source="agent",
            endpoint=self.endpoint,
            requests=requests,
            deadline_seconds=deadline_seconds,
            most_bytes=LARGEST_ANSWER_BYTES,
        )
        return self._transport.fetch([ask], told=told)

    def told_in(self, asked: Fetched) -> Mapping[str, bytes]:
        """The pages by the names of their requests, once they are there.

        Raises:
            SourceError: nobody answers there in time.
        """
        (answer,) = asked.result()
        if answer.raw is None:
            raise answer.error or SourceError(f"{self.endpoint}: no answer")
        return answer.raw

    def close(self) -> None:
        """Ask nothing more."""
        self._transport.close()
