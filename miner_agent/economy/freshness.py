"""How old what is said of a market may be before no money is made of it: one rule for quotes, prices and rates."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from calculators.chain.confidence import CLOCKS_DIFFER, STALE, span
from calculators.exchange import Rate
from miner_agent.config.entries import FeedEntry
from miner_agent.market import feeds
from miner_agent.market.feed import FeedReading

INTERVALS = 3  # a feed may miss two of them before its figures are too old


def limit_of(entry: FeedEntry) -> timedelta:
    """How old figures of this feed may be.

    A minute's feed may be half an hour old, as in the ranking of a command; one of six hours three times that.
    """
    interval_seconds = entry.interval_seconds or feeds.load(entry.feed).interval_seconds
    return max(STALE, INTERVALS * timedelta(seconds=interval_seconds))


def is_fresh(told_at: datetime | None, now: datetime, limit: timedelta) -> bool:
    """Whether a figure may be used. What does not tell its time (``None``) may be of any."""
    return told_at is not None and -CLOCKS_DIFFER <= now - told_at <= limit


def fresh_rates(rates: Iterable[Rate], now: datetime, limit: timedelta) -> tuple[Rate, ...]:
    """The rates of exchange that may be used: one of a whole day until the next one must have been set."""
    return tuple(rate for rate in rates if rate.holds(now) or is_fresh(rate.told_at, now, limit))


def doubts(entry: FeedEntry, reading: FeedReading, now: datetime, limit: timedelta) -> Iterator[str]:
    """Sentences about what of a feed is not used for its age."""
    undated = sum(each.undated for each in reading.quotes) + sum(each.undated for each in reading.rates)
    if undated:
        yield (
            f"{entry.name}: {undated} of its rows do not say of when they are, so none of them is fresh; a file "
            "of your own says it in taken_at"
        )
    dated = [rate for rate in reading.rates if not rate.undated]
    if dated and not fresh_rates(dated, now, limit):
        newest = max(rate.taken_at for rate in dated)
        age = span(now - newest) if newest <= now else "not yet true"
        yield f"{entry.name}: its rates of exchange are of {newest:%Y-%m-%d}, {age} old; nothing is converted by them"
