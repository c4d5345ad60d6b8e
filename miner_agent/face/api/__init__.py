"""The API, an endpoint a file. What is published in v1 stays: it only grows."""

from miner_agent.face.api import changes_endpoint, series_endpoint, snapshot_endpoint, stats_endpoint
from miner_agent.face.api.api_endpoint import ApiEndpoint

ENDPOINTS: tuple[ApiEndpoint, ...] = (
    snapshot_endpoint.SNAPSHOT,
    series_endpoint.SERIES,
    stats_endpoint.STATS,
    changes_endpoint.CHANGES,
)
