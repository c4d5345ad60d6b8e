"""What the rig earns and costs, and what would earn more. Private: ``profit_view`` hides it from who may not see it."""

import msgspec

from calculators.money import Money
from miner_agent.model.finances import Candidate, Economy, Present
from miner_agent.views.figures import (
    NOT_SHOWN,
    Circumstances,
    Figure,
    Moment,
    MoneyAmount,
    MoneyFigure,
    Perhaps,
    amount_of,
    figure,
    money_figure,
)

NO_PROFIT = "nothing is computed yet, or the configuration says nothing of prices or of what energy costs"
NO_POWER = "what the rig draws is not known"
NO_REVENUE = "the coin or the market of a part of what is mined is not known"
NO_COST = "what the rig draws, or what energy costs, is not known"
NO_BREAK_EVEN = "what is mined, or what the rig draws, is not known"
NO_ADVANTAGE = "nothing is ranked, or what is mined now has no revenue"
NO_SPREAD = "nobody asked how sure it is"
NOTHING_LEFT = "revenue or cost is not known"


class CandidateView(msgspec.Struct, frozen=True, kw_only=True):
    """What one coin would leave in a day on one part of the rig."""

    part: str  # cards of one model, machines of one model, or what one miner works with
    coin: str
    algorithm: str
    selected: bool  # it is what is mined
    revenue_per_day: MoneyFigure
    profit_per_day: MoneyFigure
    profit_p5_per_day: MoneyFigure  # one in twenty days is below it
    profit_p95_per_day: MoneyFigure  # and one in twenty above
    confidence: str | None  # high, medium or low
    confidence_reason: str | None  # what the weightiest reason against it is about
    why_unclear: str | None  # why it is no clear winner


class ProfitView(msgspec.Struct, frozen=True, kw_only=True):
    """What is mined now, projected over a day, and the ranking of what could be."""

    computed_at: Moment
    power_watts: Figure  # what the cost is computed from
    revenue_per_day: MoneyFigure
    energy_cost_per_day: MoneyFigure
    net_per_day: MoneyFigure
    break_even_price_per_kilowatt_hour: MoneyFigure  # above it what is mined now is a loss
    advantage_ratio: Figure  # by how much the best would leave more, as a part of what is mined now
    candidates: list[CandidateView]  # the best first
    refused: dict[str, int]  # coins that are not ranked, by reason
    revenue_estimated_total: list[MoneyAmount]  # by currency, since the agent started
    switches_total: dict[str, int]  # advised, by reason
    suppressed_total: dict[str, int]


def profit_view(economy: Economy | None, at: Circumstances) -> Perhaps[ProfitView]:
    """All of it, to who may see it."""
    if not at.sees_money:
        return Perhaps(value=None, reason=NOT_SHOWN)
    if economy is None:
        return Perhaps(value=None, reason=NO_PROFIT)
    return Perhaps(value=_profit_view(economy, economy.present, at))


def _profit_view(economy: Economy, present: Present, at: Circumstances) -> ProfitView:
    computed_at = economy.computed_at
    return ProfitView(
        computed_at=computed_at,
        power_watts=figure(
            "power_watts",
            present.power_watts,
            source=present.power_source,
            taken_at=computed_at,
            at=at,
            reason=NO_POWER,
        ),
        revenue_per_day=_money(present.revenue_per_day, economy, at, present.no_revenue_because or NO_REVENUE),
        energy_cost_per_day=_money(present.energy_cost_per_day, economy, at, NO_COST),
        net_per_day=_money(present.net_per_day, economy, at, present.no_revenue_because or NOTHING_LEFT),
        break_even_price_per_kilowatt_hour=_money(
            present.break_even_price_per_kilowatt_hour, economy, at, NO_BREAK_EVEN
        ),
        advantage_ratio=figure(
            "advantage_ratio",
            economy.advantage_ratio,
            source="agent",
            taken_at=computed_at,
            at=at,
            reason=NO_ADVANTAGE,
        ),
        candidates=[_candidate_view(one, economy, at) for one in economy.candidates],
        refused=dict(economy.refused),
        revenue_estimated_total=[
            amount_of(Money.estimated(amount, currency)) for currency, amount in economy.revenue_estimated_total.items()
        ],
        switches_total=dict(economy.switches_total),
        suppressed_total=dict(economy.suppressed_total),
    )


def _candidate_view(one: Candidate, economy: Economy, at: Circumstances) -> CandidateView:
    return CandidateView(
        part=one.part,
        coin=one.coin,
        algorithm=one.algorithm,
        selected=one.selected,
        revenue_per_day=_money(one.revenue_per_day, economy, at, NOTHING_LEFT),
        profit_per_day=_money(one.profit_per_day, economy, at, NOTHING_LEFT),
        profit_p5_per_day=_money(one.profit_p5_per_day, economy, at, NO_SPREAD),
        profit_p95_per_day=_money(one.profit_p95_per_day, economy, at, NO_SPREAD),
        confidence=one.confidence,
        confidence_reason=one.confidence_reason,
        why_unclear=one.why_unclear,
    )


def _money(value: Money | None, economy: Economy, at: Circumstances, reason: str) -> MoneyFigure:
    return money_figure(value, source="agent", taken_at=economy.computed_at, at=at, reason=reason)
