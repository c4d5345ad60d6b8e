"""The page *Rigs*: this one and those that the agent reads for others, worst first."""

from collections import Counter
from collections.abc import Mapping, Sequence

from calculators.told_figures import counted
from miner_agent.face.known import Known
from miner_agent.face.page.page_kind import PageKind
from miner_agent.face.told_rigs import rig_views
from miner_agent.model.health import Word
from miner_agent.views.figures import Circumstances
from miner_agent.views.rig_view import RigView

_SAID: Mapping[Word, str] = {"ill": "ill", "unknown": "cannot be judged", "well": "well"}
_MOST = 500  # rows of one page; a Prometheus knows the others


def _make(known: Known, at: Circumstances, _parameters: Mapping[str, str]) -> Mapping[str, object]:
    rigs = rig_views(known, at)
    return {
        "rigs": rigs[:_MOST],
        "left_out": len(rigs) - len(rigs[:_MOST]),
        "reads_others": len(rigs) > 1,
        "fleet_sentence": _sentence(rigs),
        "is_ill": any(one.verdict.verdict == "ill" for one in rigs),
    }


FLEET = PageKind(path="/fleet", title="Rigs", template="fleet.html", make=_make)


def _sentence(rigs: Sequence[RigView]) -> str:
    words = Counter(one.verdict.verdict for one in rigs)
    parts = [f"{words[word]} {said}" for word, said in _SAID.items() if words[word]]
    return f"{counted(len(rigs), 'rig')}: {', '.join(parts)}."
