"""Guards that many rules share."""

from exporters.alerts.alert_rule import unless
from exporters.alerts.conditions import is_so

UNPLANNED = unless(is_so("rig_maintenance"), is_so("rig_planned_off"))
"""Nobody works on the rig, and it is not meant to be off now."""
UNPAUSED = (*UNPLANNED, *unless(is_so("rig_miner_paused"), on=("miner",)))
"""Nor has anybody paused the miner."""
WORKLOAD = ("miner", "algorithm")
"""The labels by which what a miner works on is told apart."""
