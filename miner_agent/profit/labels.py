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
