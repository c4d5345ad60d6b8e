"""Asks the agent that runs on this machine how its rigs are, over its own pages on loopback."""

from dataclasses import dataclass
from datetime import datetime

from miner_agent.errors import BadPayload
from miner_agent.look.agent_line import AgentLine
from miner_agent.model.health import WORDS, WORST_FIRST, Word
from miner_agent.sources.driver import HttpGet
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.sources.reading_budget import FARM_STEPS, ReadingBudget
from miner_agent.text import natural_key

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
    as_of: datetime | None = None
    symptoms_total: int = 0
    symptoms: tuple[ToldSymptom, ...] = ()


def ask_agent(line: AgentLine) -> tuple[ToldVerdict, ...]:
    """What the agent at the other end says of its own rig and of those that it reads for others: the worst one first.

    Raises:
        SourceError: nobody answers there in time, or it is no agent.
    """
    try:
        told = line.told_in(line.ask((VERDICT, RIGS), deadline_seconds=DEADLINE_SECONDS))
    finally:
        line.close()
    payloads = Payloads(told, ReadingBudget(FARM_STEPS))
    verdicts = (_verdict(payloads.json(VERDICT.name)), *told_rigs(payloads))
    return tuple(sorted(verdicts, key=lambda one: (WORST_FIRST.index(one.verdict), natural_key(one.rig or ""))))


def told_rigs(payloads: Payloads) -> tuple[ToldVerdict, ...]:
    """What the agent says of each rig that it reads for others, where that page was answered."""
    rigs = payloads.json(RIGS.name).items() if RIGS.name in payloads else ()
    return tuple(map(_verdict, rigs))


def told_word(doc: Doc) -> Word:
    """How a rig is, in the word that stands at ``verdict``.

    Raises:
        BadPayload: it is none of ours.
    """
    said = doc.text("verdict")
    word = next((word for word in WORDS if word == said), None)
    if word is None:
        raise BadPayload(f"{doc.path}.verdict", said, " or ".join(WORDS))
    return word


def _verdict(doc: Doc) -> ToldVerdict:
    return ToldVerdict(
        rig=doc.text_or_none("rig"),
        verdict=told_word(doc),
        is_resting=doc.truth_or_none("standing_still_as_planned") or False,
        why=doc.text_or_none("why"),
        as_of=_moment(doc, "taken_at") or _moment(doc, "asked_at"),
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


def _moment(doc: Doc, name: str) -> datetime | None:
    text = doc.text_or_none(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadPayload(f"{doc.path}.{name}", text, "a time with its zone")
    return moment
