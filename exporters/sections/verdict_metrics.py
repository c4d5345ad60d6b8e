"""Whether the rig is well, and what ails it."""

from collections import Counter
from collections.abc import Mapping

from exporters.metric_table import Section, by, states
from miner_agent.model.health import WORDS, Ailment, Verdict


def _counts(verdict: Verdict) -> Mapping[str, int | None]:
    found = Counter(symptom.ailment for symptom in verdict.symptoms)
    return {ailment.value: found[ailment] for ailment in Ailment if found[ailment]}


VERDICT: Section[Verdict] = Section(
    title="Verdict",
    keys=(),
    subjects=lambda s: (((), s.verdict),),
    specs=(
        states(
            "verdict",
            "rig_verdict",
            "Whether the rig is well, ill, or nothing is known of it. /-/verdict names what ails it.",
            WORDS,
            lambda v: (v.word,),
        ),
        by(
            "reason",
            "rig_verdict_symptoms",
            "gauge",
            "How many devices, miners, meters, collectors, disks or databases ail for this reason. Absent where none "
            "does.",
            _counts,
        ),
    ),
)
