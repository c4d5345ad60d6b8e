"""What an estimate is called beside the others of its ranking."""

from calculators.earnings.estimate import Estimate
from miner_agent.profit.ranking import Ranking

WHOLE_RIG = "the whole rig"


def label(found: Estimate, ranking: Ranking) -> str:
    """Its chains; of a rig of several parts with the devices that mine them."""
    chains = "+".join(found.chains)
    if len(ranking.parts) == 1:
        return chains
    return WHOLE_RIG if found.devices == ranking.rig.name else f"{chains} on {found.devices}"


def refusals(ranking: Ranking, *, most_reasons: int | None = None) -> list[str]:
    """Why each refused coin is, the weightiest reason first; of a rig of several parts behind the part's name."""
    several = len(ranking.parts) > 1
    return [
        (f"{found.devices}: " if several else "") + "; ".join(found.confidence.reasons[:most_reasons])
        for found in ranking.refused
    ]
