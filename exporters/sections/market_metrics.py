"""Feeds, prices, chains and tariffs."""

from collections.abc import Iterator

from exporters.metric_table import Labels, Section, economies, one, several, states, timestamp
from miner_agent.model.finances import FEED_REASONS, FeedStatus, NetworkSeen, PriceSeen, TariffSeen
from miner_agent.model.snapshot import RigSnapshot


def _tariffs(snapshot: RigSnapshot) -> Iterator[tuple[Labels, TariffSeen]]:
    for _, economy in economies(snapshot):
        if economy.tariff is not None:
            yield (economy.tariff.tariff,), economy.tariff


FEEDS: Section[FeedStatus] = Section(
    title="Feeds",
    keys=("feed",),
    subjects=lambda s: (((f.feed,), f) for _, economy in economies(s) for f in economy.feeds),
    specs=(
        one(
            "rig_market_feed_up",
            "gauge",
            "1 if the feed gave what it should when it was last looked at: something new, or nothing new because it is"
            " not due.",
            lambda f: int(f.reason is None),
        ),
        states(
            "reason",
            "rig_market_feed_error",
            "Why the feed gave nothing new; all 0 if it did.",
            FEED_REASONS,
            lambda f: () if f.reason is None else (f.reason,),
        ),
        one(
            "rig_market_feed_last_success_timestamp_seconds",
            "gauge",
            "When its newest answer came. Absent if there never was one.",
            lambda f: timestamp(f.last_success_at),
        ),
        one("rig_market_feed_runs_total", "counter", "Times the feed was looked at.", lambda f: f.runs_total),
        one("rig_market_feed_failures_total", "counter", "Times it gave nothing new.", lambda f: f.failures_total),
    ),
)

PRICES: Section[PriceSeen] = Section(
    title="Prices of coins",
    keys=("coin", "currency", "source"),
    subjects=lambda s: (((p.coin, p.currency, p.source), p) for _, economy in economies(s) for p in economy.prices),
    specs=(
        one(
            "rig_market_price",
            "gauge",
            "Price of one coin. Absent where it is older than three intervals of its feed, and than half an hour.",
            lambda p: None if p.price is None else float(p.price),
        ),
        one(
            "rig_market_price_timestamp_seconds",
            "gauge",
            "When the source took the price, also where it is too old to be shown.",
            lambda p: timestamp(p.taken_at),
        ),
    ),
)

NETWORKS: Section[NetworkSeen] = Section(
    title="Chains",
    keys=("coin",),
    subjects=lambda s: (((n.coin,), n) for _, economy in economies(s) for n in economy.networks),
    specs=(
        one("rig_network_difficulty", "gauge", "Difficulty, in the unit of its source.", lambda n: n.difficulty),
        one(
            "rig_network_hashrate_hashes_per_second",
            "gauge",
            "Hashrate of the whole network.",
            lambda n: n.network_hashes_per_second,
        ),
        one(
            "rig_network_block_reward_coins",
            "gauge",
            "What a block pays its miner, with the fees that the source counts in.",
            lambda n: n.block_reward_coins,
        ),
    ),
)

TARIFFS: Section[TariffSeen] = Section(
    title="Tariff",
    keys=("tariff",),
    subjects=_tariffs,
    specs=(
        several(
            "rig_tariff_import_price_per_kilowatt_hour",
            "gauge",
            "What a kilowatt-hour costs now, with taxes and fees. Absent by blocks of consumption.",
            ("currency",),
            lambda t: (((t.currency,), None if t.import_price is None else float(t.import_price)),),
        ),
        one(
            "rig_tariff_slot_end_timestamp_seconds",
            "gauge",
            "Until when that price holds. Absent where it holds for 24 hours and more.",
            lambda t: timestamp(t.slot_end_at),
        ),
        one(
            "rig_tariff_forecast_end_timestamp_seconds",
            "gauge",
            "Until when prices are known. Absent where the tariff stands in the configuration.",
            lambda t: timestamp(t.forecast_end_at),
        ),
    ),
)
