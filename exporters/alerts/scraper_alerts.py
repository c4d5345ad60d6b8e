"""What only who scrapes can see: pages that do not come, whole sites, clocks that differ, and that alerts arrive."""

from dataclasses import dataclass

from exporters.alerts.alert_rule import Inhibition, Unit, inhibited
from exporters.alerts.conditions import AgeOf, above, series
from exporters.alerts.promql import condition
from miner_agent.model.alerting import Severity

_MEANT = "\n".join(
    f"unless on (job, instance, rig) (last_over_time({name}[1d]) == 1)"
    for name in ("rig_planned_off", "rig_maintenance")
)
_DOWN = 'count by (site) (up{job="rig"} == 0)'


@dataclass(frozen=True, slots=True, kw_only=True)
class ScrapedRule:
    """An alert that an agent cannot raise by itself."""

    name: str
    severity: Severity
    expression: str
    for_seconds: float = 0.0
    inhibited_by: tuple[Inhibition, ...] = ()
    summary: str
    what_to_do: str
    unit: Unit = "state"


SCRAPED = (
    ScrapedRule(
        name="SiteRigsDown",
        severity="critical",
        expression=f'{_DOWN} / count by (site) (up{{job="rig"}}) > 0.1\nand on (site) ({_DOWN} >= 3)',
        for_seconds=180,
        summary="{value} of the rigs at {site} do not answer",
        what_to_do="So many at once are no rigs but the network, the power or the cooling of the site.",
        unit="ratio",
    ),
    ScrapedRule(
        name="RigDown",
        severity="critical",
        expression=f'up{{job="rig"}} == 0\n{_MEANT}',
        for_seconds=600,
        inhibited_by=inhibited("SiteRigsDown", on=("site",), any_rig=True),
        summary="The agent of {rig} does not answer",
        what_to_do="Look whether the machine has power and network; then systemctl status miner-agent.",
    ),
    ScrapedRule(
        name="AgentClockAhead",
        severity="warning",
        expression="rig_agent_last_tick_timestamp_seconds - time() > 30",
        for_seconds=300,
        summary="The clock of {rig} is ahead of the one here by {value}",
        what_to_do="Start the time service of both machines: one of the two clocks is wrong.",
        unit="seconds",
    ),
    ScrapedRule(
        name="AlertsNotEvaluated",
        severity="critical",
        expression=condition(above(AgeOf(series("rig_alerts_last_evaluation_timestamp_seconds")), 300)),
        for_seconds=60,
        inhibited_by=inhibited("AgentStalled"),
        summary="{rig} has not looked for alerts of its own for {value}",
        what_to_do="Restart the agent and keep its log: what it owns is told by nobody meanwhile.",
        unit="seconds",
    ),
    ScrapedRule(
        name="RigMonitoringWatchdog",
        severity="none",
        expression="vector(1)",
        summary="Always there: when it stops, alerts do not come through any more",
        what_to_do="Nothing, as long as it comes. Let a service outside expect it, and raise the alarm when it is "
        "gone.",
    ),
)
