"""What a face is told beside the ticks: of rigs that the agent reads for others, and of its alerts."""

from miner_agent.alarms.alerts_keeper import AlertsKeeper
from miner_agent.face.known import AlertsKnown, BesideTicks, OtherRig
from miner_agent.service.gateway import Gateway


def beside_ticks(gateway: Gateway, alerts: AlertsKeeper) -> BesideTicks:
    """Asks these two whenever somebody looks; neither is waited for."""
    return BesideTicks(rigs=lambda: _other_rigs(gateway), alerts=lambda: _alerts(alerts))


def _other_rigs(gateway: Gateway) -> dict[str, OtherRig]:
    pages, snapshots = gateway.pages, gateway.snapshots
    return {
        name: OtherRig(page=page, fresh=page is not None and pages.is_fresh(page), snapshot=snapshots.get(name))
        for name, page in pages.known().items()
    }


def _alerts(alerts: AlertsKeeper) -> AlertsKnown:
    standings, silences = alerts.known
    return AlertsKnown(standings=standings, silences=silences)
