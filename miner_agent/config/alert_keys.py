"""The table of the configuration that says what is told of alerts, by whom and to whom."""

from typing import Annotated

from msgspec import Meta

from miner_agent.config.alert_rule_keys import AlertOverride
from miner_agent.config.channel_keys import ChannelEntry, DeadManTable
from miner_agent.config.key_types import RunbookBase, Seconds, Table
from miner_agent.model.alerts_status import AlertsOwner


class AlertsTable(Table, frozen=True):
    """``[alerts]``"""

    owner: AlertsOwner | None = None  # None: the agent where it has a channel to tell by
    evaluate_seconds: Seconds = 15.0
    group_wait_seconds: Annotated[float, Meta(ge=0, le=300)] = 30.0
    runbook_base: RunbookBase | None = None
    channels: Annotated[tuple[ChannelEntry, ...], Meta(max_length=16)] = ()  # each has a thread
    dead_man: DeadManTable = DeadManTable()
    rules: tuple[AlertOverride, ...] = ()
