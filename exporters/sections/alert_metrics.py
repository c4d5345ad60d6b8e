"""How the agent's own alerts stand."""

from collections.abc import Iterable, Iterator
from typing import get_args

from exporters.metric_table import Labels, Section, one, several, states, timestamp
from miner_agent.model.alerts_status import SHOWN_SEVERITIES, SHOWN_STAGES, AlertsOwner, AlertsStatus
from miner_agent.model.snapshot import RigSnapshot


def _told(snapshot: RigSnapshot) -> Iterator[tuple[Labels, AlertsStatus]]:
    if snapshot.agent is not None and snapshot.agent.alerts is not None:
        yield (), snapshot.agent.alerts


def _evaluated(snapshot: RigSnapshot) -> Iterator[tuple[Labels, AlertsStatus]]:
    return ((key, status) for key, status in _told(snapshot) if status.evaluated_at is not None)


def _counts(status: AlertsStatus) -> Iterable[tuple[Labels, int]]:
    shown = ((stage, severity) for stage in SHOWN_STAGES for severity in SHOWN_SEVERITIES)
    return [(each, status.counts.get(each, 0)) for each in shown]


ALERTS_OWNED: Section[AlertsStatus] = Section(
    title="Alerts",
    keys=(),
    subjects=_told,
    specs=(
        states(
            "owner",
            "rig_alerts_owner",
            "Who looks for alerts and tells people: the agent, or Prometheus. The rules that are delivered say "
            "nothing of a rig whose agent does so.",
            get_args(AlertsOwner),
            lambda a: (a.owner,),
        ),
    ),
)

OWN_ALERTS: Section[AlertsStatus] = Section(
    title="Alerts",
    keys=(),
    subjects=_evaluated,
    specs=(
        several(
            "rig_alerts",
            "gauge",
            "Alerts that the agent knows of, of all rigs that it reads. no_data: it fired when its metrics went away.",
            ("state", "severity"),
            _counts,
        ),
        several(
            "rig_alert_firing",
            "gauge",
            "How many alerts of a rule fire, those without data since among them, also where nobody is told of them.",
            ("alert", "severity"),
            lambda a: list(a.firing.items()),
        ),
        one("rig_alert_silences", "gauge", "Silences that have not ended.", lambda a: a.silences),
        one(
            "rig_alerts_last_evaluation_timestamp_seconds",
            "gauge",
            "When pages were last looked at for alerts.",
            lambda a: timestamp(a.evaluated_at),
        ),
        one(
            "rig_alerts_unrecorded_total",
            "counter",
            "Notices that were sent though no disk took them before: after a restart they may come once more.",
            lambda a: a.unrecorded_total,
        ),
    ),
)
