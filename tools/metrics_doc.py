"""Writes ``docs/metrics.md`` from the sections of metrics: ``python tools/metrics_doc.py > docs/metrics.md``."""

import sys
from typing import Any

from exporters.metric_table import MetricSpec
from exporters.sections import SECTIONS

HEAD = """# Metrics

Made from `exporters/sections/` by `tools/metrics_doc.py`. Names are added, never renamed.

Every number is in base units. A value that was not read is absent: no zero, no old value, no NaN. `rig` and `site` are
set by whoever scrapes (`deploy/prometheus.yml`). Beside these the page holds the `process_*` and `python_gc_*` metrics that
`prometheus-client` has as well.

What is marked private is money and the books: `/metrics` shows it by the agent's own socket, and over HTTP to the users named in
`[http] books_users` ([exposure.md](exposure.md#money-and-books)).
"""


def render() -> str:
    """The whole page."""
    parts, chapters = [HEAD], dict[tuple[str, tuple[str, ...], bool], list[MetricSpec[Any]]]()
    for section in SECTIONS:
        chapters.setdefault((section.title, section.keys, section.private), []).extend(section.specs)
    for (title, keys, private), specs in chapters.items():
        parts.append(f"## {title}\n")
        if private:
            parts.append("Private.\n")
        if keys:
            parts.append("Labels of each: " + ", ".join(f"`{key}`" for key in keys) + ".\n")
        parts.append("| name | type | further labels | meaning |\n| --- | --- | --- | --- |")
        for spec in specs:
            kind = {"info": "gauge, always 1", "stateset": "gauge, 0 or 1 for each state"}.get(spec.kind, spec.kind)
            labels = ", ".join(f"`{label}`" for label in spec.labels)
            parts.append(f"| `{spec.name}` | {kind} | {labels} | {spec.help} |")
        parts.append("")
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(render())
