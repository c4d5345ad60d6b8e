"""The API, an endpoint a file, but for the tables of one tick. What is published in v1 stays: it only grows."""

from miner_agent.face.api import (
    alerts_endpoint,
    books_endpoint,
    changes_endpoint,
    decisions_endpoint,
    profit_endpoint,
    rig_endpoints,
    rigs_endpoint,
    series_endpoint,
    snapshot_endpoint,
    stats_endpoint,
    tariff_endpoint,
    what_if_endpoint,
)
from miner_agent.face.api.api_endpoint import ApiEndpoint

ENDPOINTS: tuple[ApiEndpoint, ...] = (
    snapshot_endpoint.SNAPSHOT,
    rigs_endpoint.RIGS,
    rigs_endpoint.RIG_SNAPSHOT,
    rig_endpoints.DEVICES,
    rig_endpoints.MINERS,
    rig_endpoints.METERS,
    rig_endpoints.SOURCES,
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
