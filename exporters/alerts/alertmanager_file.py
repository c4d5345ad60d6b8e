"""Writes what an Alertmanager 0.25 or later starts with: who is told of what, what silences what, and planned hours.

Causes silence consequences exactly as the table of alerts says. Alerts of a rig that is off as planned are not raised
at all: its agent knows its plan. What only who scrapes can see is muted by the hours here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from exporters.alerts.alert_rule import AlertRule
from exporters.alerts.rule_files import inhibition_file

OF_THE_PLAN: Final = ("RigDown", "SiteRigsDown")
"""What is muted in planned hours."""

_HEAD: Final = """\
# Who is told of the alerts of miner-agent, for an Alertmanager 0.25 or later. Made by miner-agent rules export.
# Put your own receivers in the place of the two webhooks, then:
# prometheus-alertmanager --config.file=alertmanager.yml --web.listen-address=127.0.0.1:9093 --cluster.listen-address=
route:
  receiver: people
  group_by: [alertname, site] # many rigs at once are one message
  group_wait: 30s # by then a cause silences its consequences
  group_interval: 5m
  repeat_interval: 5d # it forgets after that: what lasts is told once
  routes:
    - receiver: dead-man # let a service outside raise the alarm when this does not come
      matchers: ['alertname="RigMonitoringWatchdog"']
      group_wait: 0s
      group_interval: 1m
      repeat_interval: 1m
    - receiver: people # what a rig that is off cannot say for itself
      matchers: ['alertname=~"{planned}"']
      mute_time_intervals: [planned-off]
    - receiver: people # worth a look, not a call: once a day
      matchers: ['severity="info"']
      group_by: [site]
      group_interval: 1d

receivers:
  - name: people
    webhook_configs:
      - url: http://127.0.0.1:9095/alerts
  - name: dead-man
    webhook_configs:
      - url: http://127.0.0.1:9095/alive
        send_resolved: false

time_intervals:
  - name: planned-off # [[planned_off]] of the configuration, where it names no rig
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MutedHours:
    """Hours of days of the week by the wall clock of ``zone``, ``"22:00"`` to ``"06:00"``; ``"00:00"`` ends a day."""

    zone: str
    days: Sequence[str]
    start: str
    end: str


def alertmanager_file(rules: Iterable[AlertRule], hours: Sequence[MutedHours] = ()) -> str:
    """The whole configuration, as YAML.

    Args:
        rules: of whose ``inhibited_by`` the inhibitions are.
        hours: in which no rig need answer.
    """
    planned = "\n".join(["    time_intervals:", *map(_interval, hours)]) if hours else "    time_intervals: []"
    inhibitions = inhibition_file(rules).partition("\n")[2]
    return f"{_HEAD.format(planned='|'.join(OF_THE_PLAN))}{planned}\n\n{inhibitions}"


def _interval(hours: MutedHours) -> str:
    """Past midnight these are the early and the late hours of each of these days, as in the configuration."""
    end = "24:00" if hours.end == "00:00" else hours.end
    spans = [(hours.start, end)] if hours.start < end else [("00:00", end), (hours.start, "24:00")]
    times = ", ".join(f'{{start_time: "{start}", end_time: "{end}"}}' for start, end in spans)
    days = ", ".join(f'"{day}"' for day in hours.days)
    return f'      - location: "{hours.zone}"\n        weekdays: [{days}]\n        times: [{times}]'
