"""Telling people of alerts as a part of the service: by which clocks, and of what."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from miner_agent.alarms.alerts_keeper import AlertsKeeper
from miner_agent.notifying.notice_sender import NoticeSender
from miner_agent.notifying.outbox_desk import BothClocks
from miner_agent.notifying.prepared_channels import PreparedAlerts
from miner_agent.service.keeping import Keeping
from miner_agent.service.sampler import Sampler


@contextmanager
def sending_notices(
    alerts: AlertsKeeper, told: PreparedAlerts, *, keeping: Keeping, sampler: Sampler
) -> Iterator[NoticeSender]:
    """Send what is found, by these channels, until this ends; what waits then is sent by the next run."""
    sender = NoticeSender(
        alerts.outbox,
        clock=lambda: _clocks(keeping),
        is_fresh=lambda: sampler.why_not_ready() is None,
        firing=alerts.firing,
    )
    alerts.channels_for, alerts.wake = sender.channels_for, sender.wake
    alerts.channels = lambda: sender.names
    alerts.is_believed = lambda: keeping.believed_now is not None
    sampler.channels = lambda: sender.status
    sender.take(told)
    try:
        yield sender
    finally:
        sender.close()


def _clocks(keeping: Keeping) -> BothClocks:
    return BothClocks(
        now=datetime.now(UTC),
        steady_seconds=time.clock_gettime(time.CLOCK_BOOTTIME),
        clock_ok=keeping.believed_now is not None,
    )
