"""A face of a made-up agent, and what it is asked."""

import csv
import io
import json
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from miner_agent.config.configuration import Config
from miner_agent.face.agent_face import AgentFace
from miner_agent.face.desks import Desks
from miner_agent.face.known import BesideTicks, Known
from miner_agent.face.past.past_desk import PastDesk
from miner_agent.face.question_desk import QuestionDesk
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.web.inquiry import Inquiry, Reply
from tests.face.told_desks import desks

NO_LOG = Path("/nonexistent/telemetry.db")


class FacedAgent:
    """A face and what it tells from."""

    def __init__(self, snapshot: RigSnapshot | None, beside: BesideTicks, asked: Desks) -> None:
        self.beside = beside
        self.known: Known | None = None
        self.reason: str | None = None
        if snapshot is not None:
            self.ticks(snapshot)
        self.face = AgentFace(lambda: self.known, lambda: self.reason, asked)

    def ticks(self, snapshot: RigSnapshot, loaded: Config | None = None) -> None:
        """A tick gave this."""
        self.known = Known(snapshot=snapshot, loaded=loaded or Config(), beside=self.beside)

    def ask(self, address: str, *, sees_money: bool = False) -> Reply:
        """What is told at an address."""
        parts = urlsplit(address)
        query = tuple(parse_qsl(parts.query, keep_blank_values=True))
        told = self.face.answer(Inquiry(path=parts.path, query=query, sees_money=sees_money))
        return told.result(10) if isinstance(told, Future) else told

    def document(self, address: str, *, sees_money: bool = False) -> Any:
        """The JSON that is told."""
        reply = self.ask(address, sees_money=sees_money)
        assert (reply.status, reply.media_type) == (200, "application/json"), reply.body
        return json.loads(reply.body)

    def table(self, address: str, *, sees_money: bool = False) -> list[dict[str, str]]:
        """The rows of CSV that are told."""
        reply = self.ask(address, sees_money=sees_money)
        assert (reply.status, reply.media_type) == (200, "text/csv; charset=utf-8"), reply.body
        return list(csv.DictReader(io.StringIO(reply.body.decode())))


@contextmanager
def faced(
    snapshot: RigSnapshot | None = None,
    *,
    beside: BesideTicks | None = None,
    log: Path = NO_LOG,
    supposing: QuestionDesk | None = None,
    books: QuestionDesk | None = None,
) -> Iterator[FacedAgent]:
    """An agent whose last tick gave that."""
    with closing(PastDesk(log)) as past:
        yield FacedAgent(snapshot, beside or BesideTicks(), desks(past, supposing, books))
