"""The line with which an answer about months ends: what is better, by how much, and how far that can be believed."""

from calculators.earnings.estimate import Estimate
from calculators.horizon.decay import Growth
from calculators.money import Money
from calculators.told_figures import changed, digits, percent_told, significant
from miner_agent.profit.venture import Venture


def growth_line(outlook: Growth, *, said: bool) -> str:
    """How price and difficulty are taken to go on."""
    price, difficulty = outlook.price_growth_ratio_per_month, outlook.difficulty_growth_ratio_per_month
    told = f"price {changed(price)}, difficulty {changed(difficulty)} a month"
    return told if said else f"{told}: nobody said how they go on, and difficulty seldom stays; --difficulty-growth 3%"


def venture_verdict(answer: Venture, harder: Venture | None) -> str:
    """What leaves most, by how much, and whether it still would if difficulty rose.

    Args:
        answer: as it was asked.
        harder: the same with a difficulty that grows; ``None``: its growth was said.
    """
    worths = {"mine": answer.alternatives.mine.worth, "buy": answer.alternatives.buy.worth}
    if answer.plan.staking.yield_high_ratio_per_year:
        worths["stake"] = answer.alternatives.stake_low.worth
    first, second, *_ = sorted(worths, key=lambda name: -worths[name].amount)
    said = f"Verdict: {first}, which leaves {_money(worths[first] - worths[second])} more in the end than {second}"
    if worths[first] == worths[second]:
        said = f"Verdict: neither; {first} and {second} leave the same in the end, {_money(worths[first])}"
    if first == "mine" and answer.net_present_value.amount < 0:
        said += f"; the hardware does not pay all the same: {_money(answer.net_present_value)}"
    if harder is not None:
        ratio = harder.plan.outlook.difficulty_growth_ratio_per_month
        also = "too" if harder.best == first else f"it is: {harder.best}"
        said += f"; with difficulty up {percent_told(ratio)} a month {also}"
    return f"{said}. {_trust(answer.estimate)}"


def contract_verdict(found: Estimate, *, net_revenue: Money, coins_received: float, coins_bought: float) -> str:
    """Whether a contract brings its price back, and whether the coin itself would have been the better buy."""
    paid = "brings back its price" if net_revenue.amount >= 0 else "does not bring back its price"
    said = f"Verdict: it {paid} ({_money(net_revenue)})"
    if coins_bought > coins_received:
        bought, brought = significant(coins_bought), significant(coins_received)
        said += f"; bought today, its price is {bought} {found.coin}, and it brings {brought}"
    return f"{said}. {_trust(found)}"


def rental_verdict(found: Estimate, *, edge: Money) -> str:
    """Whether an order brings more than it costs."""
    said = f"gains {_money(edge)}" if edge.amount > 0 else f"loses {_money(-edge)}"
    return f"Verdict: the order {said} on average. {_trust(found)}"


def _trust(found: Estimate) -> str:
    confidence = found.confidence
    if confidence.level == "low":
        return f"Its confidence is low, so it is no more than a guess: {confidence.reasons[0]}"
    return f"Confidence: {confidence.told}"


def _money(amount: Money) -> str:
    return f"{digits(amount.amount)} {amount.currency}"
