"""The page *Alerts*: those that fire, those that will if it lasts, and what is kept quiet."""

from collections.abc import Mapping, Sequence

from calculators.told_figures import counted
from miner_agent.face.api.alerts_endpoint import alerts_view
from miner_agent.face.known import Known
from miner_agent.face.page.page_kind import PageKind
from miner_agent.views.alert_view import AlertView
from miner_agent.views.figures import Circumstances

_STATES = {"pending": "will fire if it lasts", "firing": "fires", "no_data": "fired when its readings went away"}


def _make(known: Known, at: Circumstances, _parameters: Mapping[str, str]) -> Mapping[str, object]:
    alerts = alerts_view(known, at)
    return {"alerts": alerts, "states": _STATES, "alerts_sentence": _sentence(alerts.owner, alerts.rows)}


ALERTS_PAGE = PageKind(path="/alerts", title="Alerts", template="alerts.html", make=_make)


def _sentence(owner: str | None, rows: Sequence[AlertView]) -> str:
    if owner == "prometheus":
        return "A Prometheus looks for alerts of this agent, and its Alertmanager tells people."
    if owner is None:
        return "Nobody looks for alerts here."
    firing = sum(one.state != "pending" for one in rows)
    pending = len(rows) - firing
    if not rows:
        return "None fires, and nothing that will if it lasts."
    return f"{counted(firing, 'alert')} fire{'s' if firing == 1 else ''}; {pending} will if it lasts."
