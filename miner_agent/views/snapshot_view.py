"""Everything of one tick: what ``/api/v1/snapshot`` and ``once --json`` tell."""

from collections import Counter

import msgspec

from miner_agent.model.snapshot import RigSnapshot
from miner_agent.views.agent_view import AgentView, agent_view
from miner_agent.views.device_view import DeviceView, device_views
from miner_agent.views.figures import Circumstances, Moment, Perhaps
from miner_agent.views.host_view import HostView, host_view
from miner_agent.views.ledger_view import LedgerView, ledger_view
from miner_agent.views.market_view import MarketView, TariffView, market_view, tariff_view
from miner_agent.views.meter_view import MeterView, meter_views
from miner_agent.views.miner_view import MinerView, miner_views
from miner_agent.views.power_view import PowerView, power_view
from miner_agent.views.profit_view import ProfitView, profit_view
from miner_agent.views.source_view import SourceView, source_views
from miner_agent.views.verdict_view import VerdictView, verdict_view


class PlannedView(msgspec.Struct, frozen=True, kw_only=True):
    """What is meant to be as it is."""

    off: bool  # it is off, or does not mine, by plan
    maintenance: list[str]  # why somebody works on it


class KindView(msgspec.Struct, frozen=True, kw_only=True):
    """How many devices of one kind answer, and how many should."""

    kind: str
    detected: int
    expected: int | None


class MissingDeviceView(msgspec.Struct, frozen=True, kw_only=True):
    """One device that was there and is not."""

    device: str
    since: Moment


class SnapshotView(msgspec.Struct, frozen=True, kw_only=True):
    """One rig as of one tick."""

    rig: str
    taken_at: Moment
    stale: bool
    reason: str | None  # why it is
    verdict: VerdictView
    planned: PlannedView
    power: PowerView
    kinds: list[KindView]
    missing_devices: list[MissingDeviceView]
    devices: list[DeviceView]
    miners: list[MinerView]
    meters: list[MeterView]
    host: Perhaps[HostView]
    market: Perhaps[MarketView]
    tariff: Perhaps[TariffView]
    profit: Perhaps[ProfitView]
    ledger: Perhaps[LedgerView]
    sources: list[SourceView]
    agent: Perhaps[AgentView]


def snapshot_view(snapshot: RigSnapshot, at: Circumstances) -> SnapshotView:
    """When, which rig, how it is, what it draws, mines and earns, and how whoever looks at it does."""
    return SnapshotView(
        rig=snapshot.rig,
        taken_at=snapshot.taken_at,
        stale=at.stale,
        reason=at.stale_because,
        verdict=verdict_view(snapshot.verdict),
        planned=PlannedView(off=snapshot.planned.off, maintenance=list(snapshot.planned.maintenance)),
        power=power_view(snapshot, at),
        kinds=kind_views(snapshot),
        missing_devices=[
            MissingDeviceView(device=device, since=since) for device, since in snapshot.past.missing_since.items()
        ],
        devices=device_views(snapshot, at),
        miners=miner_views(snapshot, at),
        meters=meter_views(snapshot, at),
        host=host_view(snapshot, at),
        market=market_view(snapshot.economy, at),
        tariff=tariff_view(snapshot.economy, at),
        profit=profit_view(snapshot.economy, at),
        ledger=ledger_view(snapshot, at),
        sources=source_views(snapshot, at),
        agent=agent_view(snapshot, at),
    )


def kind_views(snapshot: RigSnapshot) -> list[KindView]:
    """Of every kind that there was ever one of, or should be."""
    detected = Counter(dict.fromkeys(snapshot.devices_expected, 0))
    for device in snapshot.inventory.devices:
        detected[device.reading.kind] += device.answered
    return [
        KindView(kind=kind.value, detected=count, expected=snapshot.devices_expected.get(kind))
        for kind, count in detected.items()
    ]
