"""The API, an endpoint a file. What is published in v1 stays: it only grows."""

from miner_agent.face.api import snapshot_endpoint
from miner_agent.face.api.api_endpoint import ApiEndpoint

ENDPOINTS: tuple[ApiEndpoint, ...] = (snapshot_endpoint.SNAPSHOT,)
