"""Asks the agent that runs on this machine how its rigs are, over its own pages on loopback."""

from dataclasses import dataclass
from datetime import datetime

from calculators.asked_span import YEARS
from calculators.local_time import instant
from miner_agent.errors import BadPayload
from miner_agent.look.agent_line import AgentLine
from miner_agent.model.health import WORDS, WORST_FIRST, Word
from miner_agent.sources.driver import HttpGet
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.sources.reading_budget import FARM_STEPS, ReadingBudget
from miner_agent.text import LOG_LENGTH, clean_or_none, clean_text, natural_key

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
    return tuple(sorted(verdicts, key=_weight))


def _weight(one: ToldVerdict) -> tuple[object, ...]:
    return WORST_FIRST.index(one.verdict), -one.symptoms_total, natural_key(one.rig or "")


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


def told_symptoms(doc: Doc) -> tuple[ToldSymptom, ...]:
    """What is wrong, as it stands at ``symptoms``."""
    return tuple(
        ToldSymptom(
            reason=clean_text(one.text("reason")),
            subject=clean_text(one.text("subject")),
            part=clean_or_none(one.text_or_none("part")),
            said=clean_text(one.text("said"), length=LOG_LENGTH),
        )
        for one in doc.items("symptoms")
    )


def told_moment_or_none(doc: Doc, key: str) -> datetime | None:
    """A moment, in UTC.

    Raises:
        BadPayload: it is none, or one that has no place in every calendar.
    """
    return None if doc.text_or_none(key) is None else told_moment(doc, key)


def told_moment(doc: Doc, key: str) -> datetime:
    """The same of one that has to be there."""
    try:
        moment = instant(datetime.fromisoformat(doc.text(key)))
    except ValueError:
        doc.at(key).expected("a time with its zone")
    if moment.year not in YEARS:
        doc.at(key).expected("a time of our days")
    return moment


def _verdict(doc: Doc) -> ToldVerdict:
    return ToldVerdict(
        rig=clean_or_none(doc.text_or_none("rig")),
        verdict=told_word(doc),
        is_resting=doc.truth_or_none("standing_still_as_planned") or False,
        why=clean_or_none(doc.text_or_none("why"), length=LOG_LENGTH),
        as_of=told_moment_or_none(doc, "taken_at") or told_moment_or_none(doc, "asked_at"),
        symptoms_total=doc.count_or_none("symptoms_total") or 0,
        symptoms=told_symptoms(doc),
    )
