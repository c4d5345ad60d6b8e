"""What is said of a rig's health, as a document and as the bytes that are served."""

import json

from calculators.local_time import utc_text
from miner_agent.model.health import Verdict
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.text import LOG_LENGTH, clean_text

SYMPTOMS_MAX = 100  # that are named; the others are counted


def verdict_of(verdict: Verdict) -> dict[str, object]:
    """The word, and every symptom with its reason, what has it, and a sentence."""
    return {
        "verdict": verdict.word,
        "standing_still_as_planned": verdict.is_resting,
        "symptoms_total": len(verdict.symptoms),
        "symptoms": [
            {
                "reason": symptom.ailment.value,
                "subject": symptom.subject,
                "part": symptom.part or None,
                "said": symptom.said,
            }
            for symptom in verdict.symptoms[:SYMPTOMS_MAX]
        ],
    }


def rendered(snapshot: RigSnapshot) -> bytes:
    """The page of one rig."""
    document = {
        "rig": snapshot.rig,
        "taken_at": utc_text(snapshot.taken_at),
        "sources": len(snapshot.outcomes),
        "sources_up": sum(outcome.error is None for outcome in snapshot.outcomes),
        **verdict_of(snapshot.verdict),
    }
    return json.dumps(document).encode()


def in_short(verdict: Verdict) -> str:
    """One sentence for people.

    >>> in_short(Verdict(word="well"))
    'the rig is well'
    """
    if verdict.word == "unknown":
        return "of the rig nothing is known"
    if verdict.word == "well":
        return "the rig stands still as planned" if verdict.is_resting else "the rig is well"
    first = verdict.symptoms[0]
    more = f", and {len(verdict.symptoms) - 1} more" if len(verdict.symptoms) > 1 else ""
    return clean_text(f"the rig is ill: {first.subject}: {first.said}", length=LOG_LENGTH) + more
