"""The API, an endpoint a file. What is published in v1 stays: it only grows."""

from miner_agent.face.api import (
    alerts_endpoint,
    books_endpoint,
    changes_endpoint,
    decisions_endpoint,
    devices_endpoint,
    meters_endpoint,
    miners_endpoint,
    profit_endpoint,
    rigs_endpoint,
    series_endpoint,
    snapshot_endpoint,
    sources_endpoint,
    stats_endpoint,
    tariff_endpoint,
    what_if_endpoint,
)
from miner_agent.face.api.api_endpoint import ApiEndpoint

ENDPOINTS: tuple[ApiEndpoint, ...] = (
    snapshot_endpoint.SNAPSHOT,
    rigs_endpoint.RIGS,
    rigs_endpoint.RIG_SNAPSHOT,
    devices_endpoint.DEVICES,
    miners_endpoint.MINERS,
    meters_endpoint.METERS,
    sources_endpoint.SOURCES,
    alerts_endpoint.ALERTS_NOW,
    profit_endpoint.PROFIT,
    tariff_endpoint.TARIFF,
    decisions_endpoint.DECISIONS,
    books_endpoint.BOOK_YEAR,
    series_endpoint.SERIES,
    stats_endpoint.STATS,
    changes_endpoint.CHANGES,
    what_if_endpoint.WHAT_IF,
)
