"""Alerts: what fires, what fires most, and whether word of it gets to people."""

from tools.panels.alert_counts import BY_AGENTS, BY_PROMETHEUS, FIRING
from tools.panels.panel import GOOD_IF_ZERO, RIG, RIGS, SITE, SITES, Board, Column, Panel, Query, Row
from tools.panels.shapes import curve, figure, greatest, growth, worst

NO_ANSWER = "Prometheus does not answer"
NO_CHANNEL = "No agent here has a channel: Prometheus tells people, or nobody does"
NO_AGENT = "No agent here looks for alerts"
ALL_FIRING = SITES("ALERTS", 'alertstate="firing"', 'severity!="none"')
PENDING = SITES("ALERTS", 'alertstate="pending"')
OF_AGENTS = SITES("rig_alert_firing", 'severity!="none"')
OWNERS = SITES("rig_alerts_owner", 'owner="local"')
OWNED = 'rig_alerts_owner{owner="local"} == 1'


def _of(severity: str) -> str:
    chosen = f'severity="{severity}"'
    agents = f"{SITES('rig_alert_firing', chosen)} and on (job, instance) {OWNED}"
    firing = SITES("ALERTS", 'alertstate="firing"', chosen)
    return f"(count({firing}) or vector(0))\n+ (sum({agents}) or vector(0))"


NOW = Row(
    "Now",
    (
        figure(
            "Critical",
            "Alerts that fire and want somebody now, whoever tells of them.",
            "none",
            _of("critical"),
            NO_ANSWER,
            levels=GOOD_IF_ZERO,
        ),
        figure(
            "Warning",
            "Alerts that fire and can wait until the morning.",
            "none",
            _of("warning"),
            NO_ANSWER,
            levels=((None, "green"), (1, "yellow")),
        ),
        figure(
            "Pending",
            "Conditions that hold, and not yet for as long as their alert wants.",
            "none",
            f"count({PENDING}) or vector(0)",
            NO_ANSWER,
        ),
        figure(
            "The watchdog fires",
            "One alert always fires, so that somebody outside notices when none comes any more. 0: rules are not loaded, "
            "or are not evaluated.",
            "none",
            'count(ALERTS{alertname="RigMonitoringWatchdog", alertstate="firing"}) or vector(0)',
            NO_ANSWER,
            levels=((None, "red"), (1, "green")),
        ),
        figure(
            "Agents that tell themselves",
            "Their rigs are left out by the rules of Prometheus, so that nobody is told twice.",
            "none",
            f"count({OWNERS} == 1) or vector(0)",
            NO_ANSWER,
        ),
        figure(
            "Silences",
            "Of agents, that have not ended. Those of an Alertmanager stand there.",
            "none",
            f"sum({SITES('rig_alert_silences')})",
            NO_AGENT,
            levels=((None, "text"), (1, "blue")),
        ),
        Panel(
            title="Firing, by Prometheus",
            about="Each alert that Prometheus' rules say. docs/alerts.md leads from its name to its runbook.",
            unit="none",
            empty="Nothing fires, or the rules are not loaded: the watchdog above says which",
            kind="table",
            columns=(
                Column(name="site", title="site"),
                Column(name="rig", title="rig", leads_to="rig"),
                Column(name="alertname", title="alert"),
                *(Column(name=name, title=name) for name in ("severity", "device", "miner", "meter", "feed")),
            ),
            queries=[Query(ALL_FIRING)],
        ),
        Panel(
            title="Firing, by agents",
            about="How many alerts of each rule fire, as the agents themselves say. miner-agent alerts list names each one.",
            unit="none",
            empty="No agent says that anything fires",
            kind="table",
            columns=(
                Column(name="site", title="site"),
                Column(name="rig", title="rig", leads_to="rig"),
                Column(name="alert", title="alert"),
                Column(name="severity", title="severity"),
                Column(name="A", title="alerts", unit="none"),
            ),
            sorted_by="A",
            queries=[Query(f"max by (site, rig, alert, severity) ({OF_AGENTS} > 0)")],
        ),
    ),
)

PAST = Row(
    "What fires most",
    (
        curve(
            "Firing",
            "Critical and warning, by rule, whoever tells of them.",
            "none",
            [
                Query(FIRING, "all"),
                Query(f"count by (alertname) ({BY_PROMETHEUS})", "{{alertname}}"),
                Query(f"sum by (alert) ({BY_AGENTS}) > 0", "{{alert}}, by agents"),
            ],
            "Nothing fires",
            width=16,
            decimals=0,
            bounds=(0, None),
        ),
        worst(
            "Time spent firing",
            "In the time shown, of all rigs together. What fires always is looked at by nobody: mend it, or change its "
            "threshold in alerts.rules.",
            "s",
            Query(
                f"topk(10, sum by (alertname) (sum_over_time({ALL_FIRING}[$__range:1m]))) * 60",
                "{{alertname}}",
            ),
            "Nothing fired",
            width=8,
        ),
    ),
)

WORD = Row(
    "Word of it, by agents",
    (
        curve(
            "Notices sent",
            "That a channel took, signs of life among them.",
            "none",
            [Query(growth(RIGS, "rig_agent_notifications_total", "site, rig, channel"), "{{rig}} {{channel}}")],
            NO_CHANNEL,
            leads_to="rig",
            decimals=0,
            bounds=(0, None),
        ),
        curve(
            "Attempts that failed",
            "Of which a channel took nothing, or not all. It is tried again, later each time.",
            "none",
            [Query(growth(RIGS, "rig_agent_notification_failures_total", "site, rig, channel"), "{{rig}} {{channel}}")],
            NO_CHANNEL,
            leads_to="rig",
            decimals=0,
            bounds=(0, None),
            levels=((None, "green"), (1, "yellow")),
        ),
        curve(
            "Given up",
            "Notices that waited for two days, of which there were too many, or that a channel will never take.",
            "none",
            [Query(growth(RIGS, "rig_agent_notifications_dropped_total", "site, rig, channel"), "{{rig}} {{channel}}")],
            NO_CHANNEL,
            leads_to="rig",
            decimals=0,
            bounds=(0, None),
            levels=GOOD_IF_ZERO,
        ),
        curve(
            "Waiting",
            "Notices that wait to be sent.",
            "none",
            [Query(greatest(RIGS, "rig_agent_notifications_queued", "site, rig, channel"), "{{rig}} {{channel}}")],
            NO_CHANNEL,
            leads_to="rig",
            decimals=0,
            bounds=(0, None),
        ),
        curve(
            "Since alerts were looked for",
            "How long ago an agent last looked at its pages. Above two minutes it tells of nothing.",
            "s",
            [
                Query(
                    f"time() - {greatest(RIGS, 'rig_alerts_last_evaluation_timestamp_seconds', 'site, rig')}", "{{rig}}"
                )
            ],
            NO_AGENT,
            leads_to="rig",
            bounds=(0, None),
            levels=((None, "green"), (60, "yellow"), (120, "red")),
        ),
        curve(
            "Sent though no disk took them",
            "After a restart they may come once more.",
            "none",
            [Query(growth(RIGS, "rig_alerts_unrecorded_total", "site, rig"), "{{rig}}")],
            NO_AGENT,
            leads_to="rig",
            decimals=0,
            bounds=(0, None),
            levels=GOOD_IF_ZERO,
        ),
    ),
)

ALERTS = Board(
    name="alerts",
    title="alerts",
    about="What fires, what fires most, and whether word of it gets to people.",
    variables=[SITE, RIG],
    hours=24,
    rows=[NOW, PAST, WORD],
)
