"""What the rig earns and costs, and what would earn more."""

from collections.abc import Callable

from calculators.money import Money
from exporters.metric_table import MetricSpec, Samples, Section, by, economies, info, one, several, timestamp
from miner_agent.model.finances import Candidate, Economy, Present


def _per_day(name: str, help_: str, value: Callable[[Present], Money | None]) -> MetricSpec[Present]:
    def samples(present: Present) -> Samples:
        money = value(present)
        if money is not None:
            yield (money.currency,), float(money)

    return several(name, "gauge", help_, ("currency",), samples)


PRESENT: Section[Present] = Section(
    title="Profit as the rig runs now",
    keys=(),
    subjects=lambda s: ((key, economy.present) for key, economy in economies(s)),
    private=True,
    specs=(
        several(
            "rig_profit_power_watts",
            "gauge",
            "Power at the wall that costs are computed from: of the meters, of the firmware (psu), or an estimate from"
            " cards and processors, with the losses of the power supply.",
            ("source",),
            lambda p: () if p.power_source is None else (((p.power_source,), p.power_watts),),
        ),
        _per_day(
            "rig_profit_revenue_per_day",
            "What is mined now brings in a day, after the fees of pool, program and exchange. Absent where the coin or"
            " the market of a part of it is not known.",
            lambda p: p.revenue_per_day,
        ),
        _per_day(
            "rig_profit_energy_cost_per_day",
            "What the whole machine's power costs in a day at the prices of the next 24 hours, or of the last 24 that "
            "are known.",
            lambda p: p.energy_cost_per_day,
        ),
        _per_day(
            "rig_profit_break_even_price_per_kilowatt_hour",
            "Price of a kilowatt-hour above which what is mined now is a loss.",
            lambda p: p.break_even_price_per_kilowatt_hour,
        ),
    ),
)

CANDIDATES: Section[Candidate] = Section(
    title="Profit by coin",
    keys=("part", "coin", "algorithm"),
    subjects=lambda s: (((c.part, c.coin, c.algorithm), c) for _, economy in economies(s) for c in economy.candidates),
    private=True,
    specs=(
        several(
            "rig_profit_candidate_per_day",
            "gauge",
            "What the coin would leave in a day on one part of the rig, such as its cards of one model, after energy,"
            " fees and fixed cost: the 64 best.",
            ("currency",),
            lambda c: (((c.profit_per_day.currency,), float(c.profit_per_day)),),
        ),
        info(
            "rig_profit_candidate_confidence_info",
            "How far the coin's figures can be trusted (high, medium, low), and what the weightiest reason against them"
            " is about: disagreement of sources, one_estimate that nothing checks, age, unit of difficulty, reward,"
            " fees, price, rare_blocks of who mines alone, own_share of a whole network, a hashrate that is modelled,"
            " what became of the chain, one that is left_out.",
            ("level", "reason"),
            lambda c: (c.confidence, c.confidence_reason),
        ),
        one("rig_profit_selected", "gauge", "1 if it is what this part mines now.", lambda c: int(c.selected)),
    ),
)

ADVICE: Section[Economy] = Section(
    title="Advice",
    keys=(),
    subjects=economies,
    private=True,
    specs=(
        by(
            "reason",
            "rig_profit_refused_coins",
            "gauge",
            "Coins that the rig could mine and that are not ranked: their figures are older than their limit (stale), "
            "contradict each other (doubtful), or lack something (incomplete).",
            lambda e: e.refused,
        ),
        one(
            "rig_profit_advantage_ratio",
            "gauge",
            "By how much the best coins would leave more than what is mined now, as a part of its revenue.",
            lambda e: e.advantage_ratio,
        ),
        by(
            "currency",
            "rig_revenue_estimated_total",
            "counter",
            "What was mined was estimated to bring since the agent started, after fees: rig_profit_revenue_per_day"
            " without uptime_ratio, added up. Payouts are compared with it.",
            lambda e: e.revenue_estimated_total,
        ),
        by(
            "reason",
            "rig_profit_switches_total",
            "counter",
            "Switches that were advised. The agent itself switches nothing.",
            lambda e: e.switches_total,
        ),
        by(
            "reason",
            "rig_profit_switches_suppressed_total",
            "counter",
            "Times another coin was better and the advice was to stay.",
            lambda e: e.suppressed_total,
        ),
        one(
            "rig_profit_last_computed_timestamp_seconds",
            "gauge",
            "When all of this was computed. It is done once a minute, and older than five minutes it is not shown.",
            lambda e: timestamp(e.computed_at),
        ),
    ),
)
