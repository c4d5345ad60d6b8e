"""Writes the table as files that Prometheus and VictoriaMetrics load.

Prometheus knows ``keep_firing_for`` from 2.42 on. The vmalert of VictoriaMetrics 1.79, which is Debian's, refuses a
file that says it: there an alert ends as soon as its condition does.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Literal

from exporters.alerts.alert_rule import AlertRule, Unit
from exporters.alerts.promql import OWNED_HERE, duration, expression
from exporters.alerts.records import RIG_RECORDS, SITE_RECORDS, Record
from exporters.alerts.scaling import scaled
from exporters.alerts.scraper_alerts import SCRAPED, ScrapedRule
from miner_agent.model.alerting import Severity

Engine = Literal["prometheus", "victoriametrics"]
_FIELD = re.compile(r"\{([a-z_]+)\}")
_VALUES: dict[Unit, str] = {
    "ratio": "{{ $value | humanizePercentage }}",
    "seconds": "{{ $value | humanizeDuration }}",
    "celsius": '{{ printf "%.0f" $value }} °C',
    "rpm": '{{ printf "%.0f" $value }} rpm',
    "watts": '{{ printf "%.0f" $value }} W',
    "bytes": "{{ $value | humanize }}B",
    "hashes_per_second": "{{ $value | humanize }}H/s",
    "count": '{{ printf "%.4g" $value }}',
}
_HEAD = """\
# Made by miner-agent rules export from its table of alerts. docs/alerts.md tells of each.
# A rig whose agent tells of its own alerts (alerts.owner) is left out here: nobody is told twice.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """An alert, as the file has it."""

    name: str
    group: str
    expression: str
    for_seconds: float
    keep_firing_seconds: float
    severity: Severity
    summary: str
    description: str


def rule_file(
    rules: Iterable[AlertRule], *, engine: Engine = "prometheus", scale: float = 1.0, runbook_base: str | None = None
) -> str:
    """The file of one engine, as YAML.

    Args:
        rules: what an agent could see by itself; what only who scrapes can see comes with it.
        scale: what every time is multiplied by. Below 1 for trials.
        runbook_base: where the runbooks are to be read, without a slash at its end; None: nowhere.
    """
    alerts = [
        *_together(_of_rule(scaled(rule, scale)) for rule in rules),
        *(_of_scraped(each, scale) for each in SCRAPED),
    ]
    lines = [_HEAD + "groups:"]
    for group, several in groupby(sorted(alerts, key=lambda each: each.group), key=lambda each: each.group):
        lines.append(f"  - name: miner-agent-{group}\n    rules:")
        lines += [line for each in several for line in _alert(each, engine, runbook_base)]
    return "\n".join(lines) + "\n"


def record_file() -> str:
    """The recorded series for fleets, as YAML. Both engines read it."""
    lines = ["# Made by miner-agent rules export. docs/alerts.md tells what they are for.\ngroups:"]
    for group, records in (("rig", RIG_RECORDS), ("site", SITE_RECORDS)):
        lines.append(f"  - name: miner-agent-{group}-records\n    interval: 30s\n    rules:")
        lines += [line for record in records for line in _record(record)]
    return "\n".join(lines) + "\n"


def inhibition_file(rules: Iterable[AlertRule]) -> str:
    """What silences what, for the configuration of an Alertmanager, as YAML."""
    pairs: dict[tuple[str, tuple[str, ...]], dict[str, None]] = {}
    consequences = [(rule.name, rule.inhibited_by) for rule in rules] + [
        (one.name, one.inhibited_by) for one in SCRAPED
    ]
    for name, causes in consequences:
        for each in causes:
            target = ("job", "instance") if each.any_rig else ("job", "instance", "rig")
            equal = each.on if "site" in each.on else (*target, *each.on)
            pairs.setdefault((each.rule, equal), {})[name] = None
    lines = ["# Made by miner-agent rules export: for the configuration of an Alertmanager.\ninhibit_rules:"]
    for source in ("RigDown", "AgentStalled"):  # what else such a page says is old
        lines += _inhibition(source, [f'alertname!~"{source}|RigMonitoringWatchdog"'], ("job", "instance", "rig"))
    for (source, equal), targets in sorted(pairs.items()):
        lines += _inhibition(source, [f'alertname=~"{"|".join(sorted(targets))}"'], equal)
    return "\n".join(lines) + "\n"


def of_engine(expression: str, engine: Engine) -> str:
    """An expression, as the engine wants it: the changes of VictoriaMetrics count the first value as one."""
    return expression if engine == "prometheus" else expression.replace("changes(", "changes_prometheus(")


def _together(alerts: Iterable[_Written]) -> Iterator[_Written]:
    """What differs in nothing but its condition is one alert: a configuration can tell devices apart."""
    found: dict[_Written, list[str]] = {}
    for alert in alerts:
        found.setdefault(replace(alert, expression=""), []).append(alert.expression)
    yield from (replace(alert, expression="\nor\n".join(several)) for alert, several in found.items())


def _of_rule(rule: AlertRule) -> _Written:
    return _Written(
        name=rule.name,
        group=rule.about,
        expression=f"{expression(rule)}\n{OWNED_HERE}",
        for_seconds=rule.for_seconds,
        keep_firing_seconds=rule.keep_firing_seconds,
        severity=rule.severity,
        summary="{{ $labels.rig }}: " + _template(rule.summary, rule.unit),
        description=rule.what_to_do,
    )


def _of_scraped(rule: ScrapedRule, scale: float) -> _Written:
    return _Written(
        name=rule.name,
        group="scraper",
        expression=rule.expression,
        for_seconds=rule.for_seconds * scale,
        keep_firing_seconds=0,
        severity=rule.severity,
        summary=_template(rule.summary, rule.unit),
        description=rule.what_to_do,
    )


def _template(summary: str, unit: Unit) -> str:
    """The sentence, with labels and value as Prometheus fills them in."""
    value = _VALUES.get(unit, "{{ $value }}")
    return _FIELD.sub(
        lambda field: value if field[1] == "value" else f"{{{{ $labels.{_scraped(field[1])} }}}}", summary
    )


def _scraped(label: str) -> str:
    """A label's name once it is scraped: what the target itself is labelled by has precedence."""
    return f"exported_{label}" if label in {"job", "instance"} else label


def _alert(alert: _Written, engine: Engine, runbook_base: str | None) -> Iterator[str]:
    yield f"      - alert: {alert.name}"
    yield from _block("expr", of_engine(alert.expression, engine))
    if alert.for_seconds:
        yield f"        for: {duration(alert.for_seconds)}"
    if alert.keep_firing_seconds and engine == "prometheus":
        yield f"        keep_firing_for: {duration(alert.keep_firing_seconds)}"
    yield f"        labels:\n          severity: {_text(alert.severity)}"
    yield f"        annotations:\n          summary: {_text(alert.summary)}"
    yield f"          description: {_text(alert.description)}"
    if runbook_base is not None:
        yield f"          runbook_url: {_text(f'{runbook_base}/{alert.name}.md')}"


def _record(record: Record) -> Iterator[str]:
    yield f"      - record: {record.name}"
    yield from _block("expr", record.expression)


def _inhibition(source: str, targets: Sequence[str], equal: Iterable[str]) -> Iterator[str]:
    yield f"  - source_matchers: ['alertname=\"{source}\"']"
    yield f"    target_matchers: [{', '.join(_quoted(target) for target in targets)}]"
    yield f"    equal: [{', '.join(equal)}]"


def _block(key: str, text: str) -> Iterator[str]:
    yield f"        {key}: |-"
    yield from (f"          {line}" for line in text.splitlines())


def _quoted(text: str) -> str:
    return "'" + text + "'"


def _text(text: str) -> str:
    """Text in quotation marks: what JSON reads, YAML reads."""
    return json.dumps(text, ensure_ascii=False)
