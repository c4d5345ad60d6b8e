"""Tries one channel: a message that says it is a test, or the sign of life."""

from datetime import datetime, timedelta

from calculators.nearest_words import suggestion
from miner_agent.config.channel_keys import DEAD_MAN
from miner_agent.config.words import shown
from miner_agent.errors import ConfigError
from miner_agent.notifying.alertmanager_post import alert_of, post_alerts
from miner_agent.notifying.channel import dispatch_to_try
from miner_agent.notifying.dead_man import give_sign
from miner_agent.notifying.prepared_channels import PreparedAlerts

TEST_ENDS_AFTER = timedelta(minutes=1)  # in an Alertmanager


def try_channel(told: PreparedAlerts, name: str, *, now: datetime) -> str:
    """Send the test; what the other side said to that, in a few words.

    Raises:
        ConfigError: there is no such channel.
        DeliveryError: it was not taken.
    """
    if told.sign is not None and name == DEAD_MAN:
        return give_sign(told.sign.address, now=now)
    channel = next((each for each in told.channels if each.name == name), None)
    if channel is None:
        names = [each.name for each in told.channels] + ([] if told.sign is None else [DEAD_MAN])
        advice = suggestion(name, names) if names else "none is configured; write [[alerts.channels]]"
        raise ConfigError(f"channel {shown(name)} is not known; {advice}")
    dispatch = dispatch_to_try(told.rig, now=now)
    if channel.is_state and channel.address is not None:
        alerts = [alert_of(each, ends_at=now + TEST_ENDS_AFTER) for each in dispatch.notices]
        return post_alerts(channel.address, alerts, now=now)
    return channel.channel().send(dispatch, now=now)
