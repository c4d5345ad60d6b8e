"""How a rig is, in words."""

import msgspec

from exporters.verdict_json import SYMPTOMS_MAX
from miner_agent.model.health import Verdict, Word


class SymptomView(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is wrong, and with what."""

    reason: str
    subject: str
    part: str | None
    said: str


class VerdictView(msgspec.Struct, frozen=True, kw_only=True):
    """Well, ill or unknown, and what ails it."""

    verdict: Word
    standing_still_as_planned: bool
    symptoms_total: int
    symptoms: list[SymptomView]


def verdict_view(verdict: Verdict) -> VerdictView:
    """The word, and every symptom with its reason, what has it, and a sentence."""
    symptoms = [
        SymptomView(reason=one.ailment.value, subject=one.subject, part=one.part or None, said=one.said)
        for one in verdict.symptoms[:SYMPTOMS_MAX]
    ]
    return VerdictView(
        verdict=verdict.word,
        standing_still_as_planned=verdict.is_resting,
        symptoms_total=len(verdict.symptoms),
        symptoms=symptoms,
    )


NOTHING_KNOWN = VerdictView(verdict="unknown", standing_still_as_planned=False, symptoms_total=0, symptoms=[])
