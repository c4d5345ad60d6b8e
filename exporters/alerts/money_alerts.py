"""What mining leaves, and whether what that is computed from arrives."""

from calculators.units import SECONDS_PER_DAY
from exporters.alerts.alert_rule import AlertRule, inhibited, only_if
from exporters.alerts.common_guards import UNPLANNED
from exporters.alerts.conditions import AgeOf, Grown, Quotient, above, at_least, below, is_not_so, series

_REVENUE = series("rig_profit_revenue_per_day")
_COST = series("rig_profit_energy_cost_per_day")

MONEY_ALERTS = (
    AlertRule(
        name="MiningUnprofitable",
        severity="info",
        about="money",
        condition=below(Quotient(_REVENUE, _COST, on=("currency",)), 0.98, clears=1.05),
        for_seconds=7200,
        guards=(*UNPLANNED, *only_if(above(series("rig_miner_up").over_all("max", "miner"), 0))),
        inhibited_by=inhibited("FeedFailing", "TariffDataStale"),
        summary="Mining has earned {value} of what its electricity costs for two hours",
        what_to_do="miner-agent profit shows what would earn more, and from which price of electricity on it pays "
        "again.",
        unit="ratio",
    ),
    AlertRule(
        name="FeedFailing",
        severity="info",
        about="money",
        condition=is_not_so("rig_market_feed_up"),
        for_seconds=7200,
        summary="Feed {feed} has given nothing new for two hours",
        what_to_do="miner-agent prices says why. If its service is gone, write another one into [[feeds]].",
    ),
    AlertRule(
        name="TariffDataStale",
        severity="warning",
        about="money",
        condition=above(AgeOf(series("rig_tariff_forecast_end_timestamp_seconds")), -7200),
        for_seconds=900,
        inhibited_by=inhibited("FeedFailing"),
        summary="Prices of tariff {tariff} are known for less than two more hours",
        what_to_do="The exchange's prices of the next day did not arrive: look at the feed that brings them. Without "
        "them the fall-back price counts.",
        unit="moment",
    ),
    AlertRule(
        name="PayoutOverdue",
        severity="info",
        about="money",
        condition=above(AgeOf(series("rig_payouts_last_timestamp_seconds")), 14 * SECONDS_PER_DAY),
        for_seconds=3600,
        guards=(
            *only_if(at_least(series("rig_payouts_booked"), 3), on=("book", "pool", "coin")),
            *only_if(above(series("rig_miner_up").over_all("max", "miner"), 0)),
        ),
        summary="Pool {pool} has paid no {coin} for {value}",
        what_to_do="Look at the pool's page: is the threshold of payouts reached, and is the address still yours? If "
        "you left that pool, switch this alert off for it.",
        unit="seconds",
    ),
    AlertRule(
        name="PoolPayoutsUnread",
        severity="warning",
        about="books",
        condition=above(AgeOf(series("rig_payouts_last_read_timestamp_seconds")), 3 * SECONDS_PER_DAY),
        for_seconds=3600,
        summary="The payouts of {pool} were last read {value} ago",
        what_to_do="The agent's log says what the pool answered. Pools forget old payouts: import them before they do.",
        unit="seconds",
    ),
    AlertRule(
        name="LedgerHeadUnknown",
        severity="critical",
        about="books",
        condition=is_not_so("rig_ledger_head_known"),
        for_seconds=600,
        summary="Book {book} does not end where it ended before",
        what_to_do="Run miner-agent ledger verify: somebody may have put an older copy in its place.",
    ),
    AlertRule(
        name="LedgerPostingFailing",
        severity="warning",
        about="books",
        condition=above(Grown(series("rig_ledger_posting_failures_total"), within_seconds=6 * 3600), 3),
        keep_firing_seconds=3600,
        summary="Failed attempts to post days into the books within six hours: {value}",
        what_to_do="The agent's log says why. Nothing is lost while the log of readings is there: it is posted later.",
        unit="count",
    ),
)
