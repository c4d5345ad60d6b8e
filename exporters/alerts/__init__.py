"""The table of alerts: what is one, for how long it must last, whose consequence it is, and what to do.

Names are added, never renamed: silences, routes and people go by them.
"""

from exporters.alerts.agent_alerts import AGENT_ALERTS
from exporters.alerts.device_alerts import DEVICE_ALERTS
from exporters.alerts.miner_alerts import MINER_ALERTS
from exporters.alerts.money_alerts import MONEY_ALERTS
from exporters.alerts.pool_alerts import POOL_ALERTS
from exporters.alerts.rig_alerts import RIG_ALERTS

ALERTS = (*RIG_ALERTS, *DEVICE_ALERTS, *MINER_ALERTS, *POOL_ALERTS, *MONEY_ALERTS, *AGENT_ALERTS)
"""What an agent can see by itself."""
