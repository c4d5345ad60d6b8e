"""How telling people of alerts goes."""

from exporters.metric_table import Section, one, timestamp
from miner_agent.model.channel_status import ChannelStatus

CHANNELS: Section[ChannelStatus] = Section(
    title="Notifications",
    keys=("channel",),
    subjects=lambda s: () if s.agent is None else (((each.channel,), each) for each in s.agent.channels),
    specs=(
        one(
            "rig_agent_notifications_total",
            "counter",
            "Notices that the channel took, and signs of life of the channel dead-man.",
            lambda c: c.sent_total,
        ),
        one(
            "rig_agent_notification_failures_total",
            "counter",
            "Attempts of which the channel took nothing, or not all.",
            lambda c: c.failures_total,
        ),
        one(
            "rig_agent_notifications_dropped_total",
            "counter",
            "Notices that were given up: they waited for two days, too many did, or the channel will never take them.",
            lambda c: c.dropped_total,
        ),
        one("rig_agent_notifications_queued", "gauge", "Notices that wait to be sent.", lambda c: c.queue_length),
        one(
            "rig_agent_notification_oldest_timestamp_seconds",
            "gauge",
            "When the notice was made that waits for longest; absent where none waits.",
            lambda c: timestamp(c.oldest_at),
        ),
    ),
)
