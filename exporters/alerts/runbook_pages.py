"""The runbook of each alert, as Markdown: its head from the table, its middle by hand, and how to silence it."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from exporters.alerts import ALERTS
from exporters.alerts.agent_runbooks import AGENT_RUNBOOKS
from exporters.alerts.alert_rule import AlertRule, Inhibition
from exporters.alerts.conditions import Compare
from exporters.alerts.device_runbooks import DEVICE_RUNBOOKS
from exporters.alerts.metric_labels import labels_of
from exporters.alerts.miner_runbooks import MINER_RUNBOOKS
from exporters.alerts.promql import expression
from exporters.alerts.rig_runbooks import RIG_RUNBOOKS
from exporters.alerts.runbook import Runbook
from exporters.alerts.scraper_alerts import SCRAPED, ScrapedRule
from miner_agent.model.told_quantities import told_duration

RUNBOOKS: Mapping[str, Runbook] = {**RIG_RUNBOOKS, **DEVICE_RUNBOOKS, **MINER_RUNBOOKS, **AGENT_RUNBOOKS}
_BY_NAME: Mapping[str, AlertRule | ScrapedRule] = {rule.name: rule for rule in (*ALERTS, *SCRAPED)}


def runbook_names() -> list[str]:
    """Every alert that there is."""
    return list(_BY_NAME)


def runbook_page(name: str) -> str:
    """The runbook of an alert. Raises KeyError: there is no such alert."""
    rule, book = _BY_NAME[name], RUNBOOKS[name]
    steps = (rule.what_to_do, *book.then)
    parts = [
        f"# {name}",
        f"{_kind(rule)}: {summary_told(rule.summary)}.",
        *_head(rule),
        "## Cause",
        book.cause,
        "## Check",
        "\n".join(f"- {each}" for each in book.check),
        "## What to do",
        "\n".join(f"{number}. {step}" for number, step in enumerate(steps, start=1)),
        "## Silence it",
        *_silence(rule),
    ]
    return "\n\n".join(parts) + "\n"


def duration_told(seconds: float) -> str:
    """A time of a rule, for people."""
    return told_duration(timedelta(seconds=seconds))


def summary_told(summary: str) -> str:
    """The sentence with the names of what is filled in."""
    return summary.replace("{", "*").replace("}", "*")


def causes_told(inhibitions: tuple[Inhibition, ...]) -> str:
    """The alerts whose consequence it can be."""
    return ", ".join(dict.fromkeys(f"[{each.rule}]({each.rule}.md)" for each in inhibitions))


def _kind(rule: AlertRule | ScrapedRule) -> str:
    of = rule.about if isinstance(rule, AlertRule) else "who scrapes"
    return f"**{rule.severity}**, {of}"


def _head(rule: AlertRule | ScrapedRule) -> Iterator[str]:
    written = expression(rule) if isinstance(rule, AlertRule) else rule.expression
    yield f"```promql\n{written}\n```"
    told = []
    if rule.for_seconds:
        told.append(f"It is told when this has held for {duration_told(rule.for_seconds)}.")
    if isinstance(rule, AlertRule):
        if rule.keep_firing_seconds:
            told.append(f"It is over when this has not held for {duration_told(rule.keep_firing_seconds)}.")
        if isinstance(rule.condition, Compare) and rule.condition.clears is not None:
            told.append("Once told, it goes on until the second bound is passed as well.")
    else:
        told.append("Only a Prometheus that scrapes the rig can see it.")
    if rule.inhibited_by:
        told.append(f"It is not told while one of these is, whose consequence it is: {causes_told(rule.inhibited_by)}.")
    if told:
        yield "\n".join(told)


def _silence(rule: AlertRule | ScrapedRule) -> Iterator[str]:
    if isinstance(rule, ScrapedRule):
        yield f'For a while: `amtool silence add alertname={rule.name} --duration 2h --comment "I am on it"`.'
        return
    yield f'For a while: `miner-agent alerts silence {rule.name} --for 2h --comment "I am on it"`.'
    yield "For good, in the configuration:"
    device = ['device = "ITS LABEL"  # left away: for all of them'] if "device" in labels_of(rule.subject) else []
    yield "\n".join(("```toml", "[[alerts.rules]]", f'alert = "{rule.name}"', *device, "off = true", "```"))
