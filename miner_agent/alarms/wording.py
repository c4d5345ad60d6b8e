"""What is told of an alert, made of its rule and of how it stands. Pure."""

from exporters.alerts.alert_rule import AlertRule
from miner_agent.model.alerting import AlertStanding, Notice, NoticeState
from miner_agent.model.told_quantities import told_quantity
from miner_agent.text import clean_text

SUMMARY_LENGTH = 300


class _Words(dict[str, str]):
    """Labels that a summary may name; one that the alert does not have says nothing."""

    def __missing__(self, name: str) -> str:
        return ""


def notice_of(standing: AlertStanding, rule: AlertRule, state: NoticeState, *, runbook_base: str | None) -> Notice:
    """A notice that an alert has come to this state.

    Args:
        runbook_base: the address below which runbooks lie, as for the rules of Prometheus; ``None``: nowhere.
    """
    return Notice(
        key=standing.key,
        severity=standing.severity,
        state=state,
        value=standing.value,
        threshold=standing.threshold,
        unit=rule.unit,
        since=standing.since,
        ended=standing.ended if state == "resolved" else None,
        summary=summary_of(standing, rule),
        what_to_do=rule.what_to_do,
        runbook_url=None if runbook_base is None else f"{runbook_base.rstrip('/')}/{rule.name}.md",
    )


def summary_of(standing: AlertStanding, rule: AlertRule) -> str:
    """The rule's sentence, with what it names. Names come from outside, and are made safe for every sink."""
    words = _Words({name: clean_text(value) for name, value in standing.key.labels})
    words["value"] = "" if standing.value is None else told_quantity(standing.value, rule.unit)
    words["rig"] = clean_text(standing.key.rig)
    return clean_text(rule.summary.format_map(words), length=SUMMARY_LENGTH)
