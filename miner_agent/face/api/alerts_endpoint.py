"""``/api/v1/alerts``: the alerts that fire, those that will if it lasts, and what is to be kept quiet."""

from collections.abc import Mapping

from miner_agent.face.api.api_endpoint import ApiEndpoint
from miner_agent.face.known import Known
from miner_agent.views.alert_view import AlertsView, AlertView, alert_views, silence_view
from miner_agent.views.figures import Circumstances


def alerts_view(known: Known, at: Circumstances) -> AlertsView:
    """All alerts of this agent, of its own rig and of those that it reads."""
    there, agent = known.beside.alerts(), known.snapshot.agent
    return AlertsView(
        rig=known.snapshot.rig,
        taken_at=at.taken_at,
        stale=at.stale,
        reason=at.stale_because,
        owner=None if agent is None or agent.alerts is None else agent.alerts.owner,
        rows=alert_views(there.standings, there.silences, at),
        silences=[silence_view(one, sees_money=at.sees_money) for one in there.silences],
    )


def _make(known: Known, at: Circumstances, _parameters: Mapping[str, str]) -> AlertsView:
    return alerts_view(known, at)


ALERTS_NOW = ApiEndpoint(
    path="alerts",
    summary="The alerts that fire, those that will if it lasts, and what is to be kept quiet.",
    view=AlertsView,
    make=_make,
    row=AlertView,
)
