"""What became of word of alerts, channel by channel, for who asks beside the agent."""

import sqlite3

from miner_agent.model.channel_status import ChannelDeliveries
from miner_agent.storage.kept_alerts.moments import from_ms

_DELIVERIES = (
    "SELECT channel, max(delivered_at), "
    "sum(delivered_at IS NULL AND dropped IS NULL), "
    "min(CASE WHEN delivered_at IS NULL AND dropped IS NULL THEN made_at END), "
    "sum(dropped IS NOT NULL) FROM outbox GROUP BY channel"
)


def read_deliveries(connection: sqlite3.Connection) -> dict[str, ChannelDeliveries]:
    """By the name of each channel for which something is kept."""
    return {
        channel: ChannelDeliveries(
            last_at=None if last is None else from_ms(last),
            waiting=waiting,
            waiting_since=None if since is None else from_ms(since),
            dropped=dropped,
        )
        for channel, last, waiting, since, dropped in connection.execute(_DELIVERIES)
    }
