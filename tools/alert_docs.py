"""Writes what is made of the table of alerts: ``python -m tools.alert_docs``.

``docs/alerts.md``, a runbook each in ``docs/runbooks/``, the files of rules in ``exporters/rules/``, and
``deploy/alertmanager.yml``.
"""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from exporters.alerts import ALERTS
from exporters.alerts.alert_rule import AlertRule
from exporters.alerts.alertmanager_file import alertmanager_file
from exporters.alerts.records import RIG_RECORDS, SITE_RECORDS
from exporters.alerts.rule_files import inhibition_file, record_file, rule_file
from exporters.alerts.runbook_pages import duration_told, runbook_names, runbook_page, summary_told
from exporters.alerts.scraper_alerts import SCRAPED, ScrapedRule

ROOT = Path(__file__).parents[1]
TITLES = {
    "host": "The machine",
    "device": "Cards, processors and boards",
    "miner": "Miners",
    "pool": "Pools",
    "meter": "Meters",
    "money": "Money",
    "books": "Books",
    "agent": "The agent",
    "gateway": "The gateway",
}
HEAD = """# Alerts

Made from `exporters/alerts/` by `tools/alert_docs.py`. Names are added, never renamed.

One table says what is an alert. The agent looks at its own page by it and tells people itself; or a Prometheus that scrapes it
does, by the same rules. `alerts.owner` says who: never both ([alert-states.md](alert-states.md)). Each name below leads to its runbook, which
`miner-agent alerts explain NAME` prints as well.

What is told once is not told again while it lasts. An alert that follows from another one is not told while that one is. A miner
that is paused, a rig that is in `[[maintenance]]` or in hours of `[[planned_off]]` is not told of, but for what damages
hardware, loses coins or loses books. `[[alerts.rules]]` changes an alert for everything, for a kind of devices or for one device:

```toml
[[alerts.rules]]
alert = "DeviceThermalThrottling"
kind = "gpu"
threshold = 0.3
for_seconds = 600
```

## For Prometheus

```sh
miner-agent rules export --out /etc/prometheus/rules --runbook-base https://wiki.example/runbooks
```

writes `miner-agent.rules.yaml` (the alerts), `miner-agent.records.yaml` (what panels of a fleet ask),
`miner-agent.alertmanager.yml` (what an Alertmanager starts with: routes, what silences what, and the hours of `[[planned_off]]`) and
`miner-agent.inhibitions.yml` (what silences what, for one that has its routes). They stand ready in `exporters/rules/` and
`deploy/`; [fleet.md](fleet.md) tells how they are put to use. Targets carry
the labels `job="rig"`, `rig` and `site`, as in `deploy/`. Prometheus 2.42 or later loads them. For the vmalert of
VictoriaMetrics: `--for victoriametrics`. It knows no `keep_firing_for`, so that alerts end as soon as their condition does;
it wants to write to its database, or those that clear at another bound than they fire at clear at the same.

Alerts of money and books fire for a Prometheus that asks as a user who [may see them](exposure.md#money-and-books): every other
scraper lacks what they look at.

Rules ask windows for their lowest value, `m - min_over_time(m[1h])`, and never for `increase()`: that extrapolates, each engine
in its own way. Of a counter that was reset, what came before is not counted. The agent itself slides its windows by a
sixtieth of their length: it may see up to that much more of the past than Prometheus does. For VictoriaMetrics `changes()` is
written as `changes_prometheus()`: its own counts the first value it sees as a change.
"""


def files() -> Iterator[tuple[str, str]]:
    """Every file that is made, by its path in the project."""
    yield "docs/alerts.md", page()
    yield from ((f"docs/runbooks/{name}.md", runbook_page(name)) for name in runbook_names())
    yield "exporters/rules/miner-agent.rules.yaml", rule_file(ALERTS)
    yield "exporters/rules/miner-agent.victoriametrics.rules.yaml", rule_file(ALERTS, engine="victoriametrics")
    yield "exporters/rules/miner-agent.records.yaml", record_file()
    yield "exporters/rules/miner-agent.inhibitions.yml", inhibition_file(ALERTS)
    yield "deploy/alertmanager.yml", alertmanager_file(ALERTS)


def page() -> str:
    """The whole page on alerts."""
    parts = [HEAD]
    order = list(TITLES)
    rules = sorted(ALERTS, key=lambda rule: order.index(rule.about))
    for about, several in groupby(rules, key=lambda rule: rule.about):
        parts += [f"## {TITLES[about]}", _table(list(several))]
    parts += ["## What only who scrapes can see", _table(list(SCRAPED))]
    parts += ["## Records for fleets", "Recorded every 30 s: panels of a fleet ask these, not each device.\n"]
    parts[-1] += "\n".join(f"- `{record.name}`" for record in (*RIG_RECORDS, *SITE_RECORDS))
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _table(rules: list[AlertRule] | list[ScrapedRule]) -> str:
    rows = ["| alert | severity | when it lasts for | what is told |", "| --- | --- | --- | --- |"]
    for rule in rules:
        lasting = duration_told(rule.for_seconds) if rule.for_seconds else "at once"
        link = f"[{rule.name}](runbooks/{rule.name}.md)"
        rows.append(f"| {link} | {rule.severity} | {lasting} | {summary_told(rule.summary)} |")
    return "\n".join(rows)


def main() -> None:
    """Write all of them, and take away runbooks of alerts that are no more."""
    made = dict(files())
    for old in (ROOT / "docs" / "runbooks").glob("*.md"):
        if str(old.relative_to(ROOT)) not in made:
            old.unlink()
    for path, text in made.items():
        (ROOT / path).parent.mkdir(exist_ok=True)
        (ROOT / path).write_text(text)


if __name__ == "__main__":
    main()
