"""``/api/v1/tariff``: what energy costs now."""

from collections.abc import Mapping

from miner_agent.face.api.api_endpoint import ApiEndpoint
from miner_agent.face.known import Known
from miner_agent.views.figures import Circumstances, Perhaps
from miner_agent.views.market_view import TariffView, tariff_view


def _make(known: Known, at: Circumstances, _parameters: Mapping[str, str]) -> Perhaps[TariffView]:
    return tariff_view(known.snapshot.economy, at)


TARIFF = ApiEndpoint(path="tariff", summary="What energy costs now.", view=Perhaps[TariffView], make=_make)
