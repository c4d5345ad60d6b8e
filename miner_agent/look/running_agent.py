"""Asks the agent that runs on this machine how its rigs are, over its own pages on loopback."""

from dataclasses import dataclass
from pathlib import Path

from miner_agent.errors import BadPayload, SourceError
from miner_agent.model.health import WORDS, WORST_FIRST, Word
from miner_agent.sources.driver import FARM_BYTES, HttpGet
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.sources.reading_budget import FARM_STEPS, ReadingBudget
from miner_agent.text import natural_key
from miner_agent.transport.endpoint import HTTP_PORT, Endpoint
from miner_agent.transport.polls import Ask, Transport

DEADLINE_SECONDS = 5.0
VERDICT, RIGS = HttpGet("verdict", "/-/verdict"), HttpGet("rigs", "/rigs")


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldSymptom:
    """One thing that is wrong, as the agent says it."""

    reason: str
    subject: str
    part: str | None
    said: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldVerdict:
    """How one rig is, as the agent says it."""

    rig: str | None
    verdict: Word
    is_resting: bool = False  # it stands still as planned
    why: str | None = None  # nothing is known
    as_of: str | None = None  # a moment as the agent writes it
    symptoms_total: int = 0
    symptoms: tuple[ToldSymptom, ...] = ()


def ask_agent(host: str, port: int, *, socket_path: Path | None = None) -> tuple[ToldVerdict, ...]:
    """What the agent that listens there says of its own rig and of those that it reads for others: the worst one first.

    Args:
        host: of its address.
        port: of it.
        socket_path: of its socket on this machine, by which it is asked in place of its address.

    Raises:
        SourceError: nobody answers there in time, or it is no agent.
    """
    if port == 0 and socket_path is None:
        raise SourceError(f"{host}: the agent listens on a port of the system's choice, which only its log tells")
    transport = Transport()
    try:
        if socket_path is None:
            endpoint = Endpoint(scheme="http", host=host, port=port)
        else:
            endpoint = Endpoint(scheme="http", host="localhost", port=HTTP_PORT, socket_path=str(socket_path))
        ask = Ask(
            source="agent",
            endpoint=endpoint,
            requests=(VERDICT, RIGS),
            deadline_seconds=DEADLINE_SECONDS,
            most_bytes=FARM_BYTES,
        )
        (answer,) = transport.fetch([ask]).result()
    finally:
        transport.close()
    if answer.raw is None:
        raise answer.error or SourceError(f"{endpoint}: no answer")
    payloads = Payloads(answer.raw, ReadingBudget(FARM_STEPS))
    rigs = payloads.json(RIGS.name).items() if RIGS.name in payloads else ()
    told = (_verdict(doc) for doc in (payloads.json(VERDICT.name), *rigs))
    return tuple(sorted(told, key=lambda one: (WORST_FIRST.index(one.verdict), natural_key(one.rig or ""))))


def _verdict(doc: Doc) -> ToldVerdict:
    said = doc.text("verdict")
    word = next((word for word in WORDS if word == said), None)
    if word is None:
        raise BadPayload(f"{doc.path}.verdict", said, " or ".join(WORDS))
    return ToldVerdict(
        rig=doc.text_or_none("rig"),
        verdict=word,
        is_resting=doc.truth_or_none("standing_still_as_planned") or False,
        why=doc.text_or_none("why"),
        as_of=doc.text_or_none("taken_at") or doc.text_or_none("asked_at"),
        symptoms_total=doc.count_or_none("symptoms_total") or 0,
        symptoms=tuple(
            ToldSymptom(
                reason=one.text("reason"),
                subject=one.text("subject"),
                part=one.text_or_none("part"),
                said=one.text("said"),
            )
            for one in doc.items("symptoms")
        ),
    )
