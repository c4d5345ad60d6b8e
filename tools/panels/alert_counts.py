"""How many alerts fire, whoever tells of them."""

from tools.panels.panel import SITES

_WEIGHTY = 'severity=~"critical|warning"'
_OWN = 'and on (job, instance) rig_alerts_owner{owner="local"} == 1'

BY_PROMETHEUS = SITES("ALERTS", 'alertstate="firing"', _WEIGHTY)
BY_AGENTS = f"{SITES('rig_alert_firing', _WEIGHTY)} {_OWN}"
FIRING = f"(count({BY_PROMETHEUS}) or vector(0))\n+ (sum({BY_AGENTS}) or vector(0))"
"""The rules leave out rigs whose agent tells of its alerts itself, so that none is counted twice."""
