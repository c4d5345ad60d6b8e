"""Looking for alerts as a part of the service: what a configuration says of it, and who hands pages over."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from exporters.alerts import ALERTS
from exporters.alerts.rule_changes import overridden
from miner_agent.alarms.alerts_keeper import AlertsKeeper, AlertsSettings
from miner_agent.alarms.named_subjects import NamedSubjects
from miner_agent.assembly import miner_sources, unsaid
from miner_agent.assembly.machines import discovers
from miner_agent.config.channel_keys import DEAD_MAN
from miner_agent.config.configuration import Config
from miner_agent.service.face_service import beside_ticks
from miner_agent.service.gateway import Gateway
from miner_agent.service.sampler import Sampler
from miner_agent.storage.sqlite.file_names import ALERTS_FILE

CLOSING_SECONDS = 1.0


@contextmanager
def looking_for_alerts(
    directory: Path,
    settings: AlertsSettings,
    *,
    boot_id: str | None,
    make_directory: Callable[[], None],
    sampler: Sampler,
    gateway: Gateway,
) -> Iterator[AlertsKeeper]:
    """Look for alerts in what these two render, before either begins and until both have ended."""
    alerts = AlertsKeeper(
        directory / ALERTS_FILE,
        settings,
        boot_id=boot_id,
        now=lambda: datetime.now(UTC),
        make_folder=make_directory,
    )
    sampler.alerts, sampler.beside = lambda: alerts.status, lambda: alerts.databases
    sampler.hand_over = gateway.hand_over = alerts.hand_over
    sampler.beside_ticks = beside_ticks(gateway, alerts)
    alerts.start()
    try:
        yield alerts
    finally:
        alerts.close(CLOSING_SECONDS)


def alerts_settings(loaded: Config) -> AlertsSettings:
    """Who looks for alerts, for which ones, and of which rigs.

    Raises:
        ConfigError: the configuration changes an alert that there is not, or in what it does not have.
    """
    table = loaded.alerts
    return AlertsSettings(
        owner=unsaid.alerts_owner(loaded),
        rules=overridden(ALERTS, table.rules, place=loaded.origins),
        own_rig=unsaid.rig_name(loaded),
        rigs=frozenset(miner_sources.rigs(loaded)),
        subjects=_subjects(loaded),
        evaluate_seconds=table.evaluate_seconds,
        group_wait_seconds=table.group_wait_seconds,
        runbook_base=table.runbook_base,
    )


def _subjects(loaded: Config) -> NamedSubjects:
    """What the configuration names, by the label that tells it."""
    named = {
        "miner": frozenset(one.name for one in loaded.miners),
        "meter": frozenset(one.name for one in loaded.meters),
        "channel": frozenset({*(one.name for one in loaded.alerts.channels), DEAD_MAN}),
    }
    return NamedSubjects(named, found=frozenset({"miner"}) if discovers(loaded) else frozenset())
