"""The process that asks feeds: an errand on stdin, what they said on stdout. It keeps no answer in anyone's memory.

``python -m miner_agent.economy.feed_child``. It ends with whoever started it.
"""

import signal
import sys

from miner_agent.config.entries import FeedEntry
from miner_agent.economy.messages import Errand, Return, errand_of, returns_bytes
from miner_agent.errors import AgentError, SourceError
from miner_agent.interpreter import end_with_parent
from miner_agent.market import markets
from miner_agent.model.finances import FEED_REASONS
from miner_agent.storage.feed_cache import FeedCache
from miner_agent.tables.coin_table import load_coins
from miner_agent.transport import feed_requests

STARTING_SECONDS = 15.0


def limit_seconds(feeds: tuple[FeedEntry, ...]) -> float:
    """How long it may take: each feed as long as it is configured, one after the other."""
    return STARTING_SECONDS + sum(feed.deadline_seconds for feed in feeds)


def ask(errand: Errand) -> list[Return]:
    """Each feed in turn. One that cannot be asked costs its own return."""
    coins = load_coins(errand.catalog_file)
    cache = FeedCache(errand.state_directory)
    found: list[Return] = []
    for entry in errand.feeds:
        try:
            told = markets.of_feed(entry, coins=coins, now=errand.now, fetch=feed_requests.fetch, cache=cache)
        except AgentError as error:
            found.append(Return(name=entry.name, reason="config", error=str(error)))
            continue
        found.append(
            Return(
                name=entry.name,
                reading=told.reading,
                taken_at=told.taken_at,
                not_before=told.not_before,
                reason=None if told.error is None else _reason(told.error),
                error=None if told.error is None else str(told.error),
                unkept=None if told.unkept is None else str(told.unkept),
            )
        )
    return found


def _reason(error: SourceError) -> str:
    return error.kind if error.kind in FEED_REASONS else "other"


if __name__ == "__main__":
    end_with_parent()
    received = errand_of(sys.stdin.buffer.read())
    signal.alarm(int(limit_seconds(received.feeds)) + 1)
    sys.stdout.buffer.write(returns_bytes(ask(received)))
