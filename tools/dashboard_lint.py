"""What is wrong with a dashboard for whoever reads it: ``python -m tools.dashboard_lint FILE...``.

Any JSON is taken, that of others too: what is not as Grafana writes it is told, never stumbled over.
"""

import json
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

COLUMNS = 24
SILENT = frozenset({"row", "text", "dashlist", "news"})  # panels that ask nothing
GONE = frozenset({"graph", "singlestat", "table-old", "grafana-piechart-panel", "grafana-worldmap-panel"})
ALWAYS = re.compile(r"__\w+|timeFilter")  # variables of Grafana itself
_VARIABLE = re.compile(r"\$([A-Za-z_]\w*)|\$\{([A-Za-z_]\w*)|\[\[(\w+)\]\]")  # $1 is a group of label_replace
_MATCHED = re.compile(r"[=!]~\s*[\"'](?:\$(\w+)|\$\{(\w+)\}|\[\[(\w+)\]\])[\"']")
_SHORT = re.compile(r"\b(?:rate|irate|increase)\s*\([^\[\]]*\[(\d+)([smhd])\]")
_BARE_COUNTER = re.compile(r"\b\w+_total\b(?:\{[^{}]*\})?(?!\w)(?!\s*[\[{])")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
SHORTEST_SECONDS = 900
"""A window below that is a guess of how often somebody scrapes: ``$__rate_interval`` knows."""

Json = Mapping[str, Any]


def faults(dashboard: object) -> list[str]:
    """A sentence for each fault; none: it is as it should be."""
    if not isinstance(dashboard, Mapping):
        return ["is no dashboard"]
    panels = list(_panels(dashboard))
    return [
        *_of_board(dashboard, panels),
        *(f"{_name(panel)}: {fault}" for panel in panels for fault in _of_panel(panel)),
        *_of_places(_dicts(dashboard.get("panels"))),
    ]


def expressions(dashboard: Json) -> list[tuple[str, str]]:
    """Every expression, with the name of its panel."""
    return [
        (_name(panel), str(target["expr"]))
        for panel in _panels(dashboard)
        for target in _dicts(panel.get("targets"))
        if target.get("expr")
    ]


def _panels(dashboard: Json) -> Iterator[Json]:
    """All of them, those within rows too, in each of the forms that Grafana has had."""
    for panel in _dicts(dashboard.get("panels")):
        yield panel
        yield from _dicts(panel.get("panels"))
    for row in _dicts(dashboard.get("rows")):
        yield from _dicts(row.get("panels"))


def _of_board(dashboard: Json, panels: Sequence[Json]) -> Iterator[str]:
    for key in ("title", "uid", "description"):
        if not dashboard.get(key):
            yield f"has no {key}"
    if not panels:
        yield "has no panel"
    variables = _dicts(_dict(dashboard.get("templating")).get("list"))
    if not any(variable.get("type") == "datasource" for variable in variables):
        yield "has no variable for the data source"
    known = {str(variable.get("name")) for variable in variables}
    asked = [target.get("expr") for panel in panels for target in _dicts(panel.get("targets"))]
    asked += [variable.get("definition") for variable in variables]
    named = {"".join(match) for text in asked for match in _VARIABLE.findall(str(text))}
    yield from (f"asks for ${name}, which is no variable" for name in sorted(named - known) if not ALWAYS.match(name))
    single = {str(variable.get("name")) for variable in variables if variable.get("type") == "query"}
    single -= {
        str(variable.get("name")) for variable in variables if variable.get("multi") or variable.get("includeAll")
    }
    matched = {"".join(match) for text in asked for match in _MATCHED.findall(str(text))}
    yield from (
        f"takes ${name} for a regular expression, which Grafana does not escape" for name in sorted(single & matched)
    )
    numbers = Counter(str(panel.get("id")) for panel in panels)
    yield from (f"has {count} panels with the number {number}" for number, count in numbers.items() if count > 1)


def _of_panel(panel: Json) -> Iterator[str]:
    kind = str(panel.get("type"))
    if not panel.get("title"):
        yield "has no title"
    if kind in SILENT:
        return
    if not panel.get("description"):
        yield "has no description"
    if not _is_variable(panel.get("datasource")):
        yield "has a data source that is no variable"
    yield from _of_targets(_dicts(panel.get("targets")))
    if kind in GONE:
        yield f"is a {kind} panel, which Grafana has no more"
    else:
        yield from _of_fields(panel)


def _of_fields(panel: Json) -> Iterator[str]:
    defaults = _dict(_dict(panel.get("fieldConfig")).get("defaults"))
    if not defaults.get("unit"):
        yield "has no unit"
    if not defaults.get("noValue"):
        yield "says nothing where there is nothing to show"
    steps = _dicts(_dict(defaults.get("thresholds")).get("steps"))
    if not steps or steps[0].get("value") is not None:
        yield "has no thresholds that begin below all values"


def _of_targets(targets: Sequence[Json]) -> Iterator[str]:
    if not targets:
        yield "asks nothing"
    letters = Counter(str(target.get("refId")) for target in targets)
    yield from (f"has {count} queries {letter}" for letter, count in letters.items() if count > 1)
    for target in targets:
        asked = str(target.get("expr") or "")
        if not asked.strip():
            yield f"query {target.get('refId')} is empty"
        if "datasource" in target and not _is_variable(target["datasource"]):
            yield f"query {target.get('refId')} has a data source that is no variable"
        for number, unit in _SHORT.findall(asked):
            if int(number) * _SECONDS[unit] < SHORTEST_SECONDS:
                yield f"query {target.get('refId')} looks back {number}{unit} in place of $__rate_interval"
        if bare := _BARE_COUNTER.search(asked):
            yield f"query {target.get('refId')} shows the counter {bare[0].partition('{')[0]} and not how fast it grows"


def _of_places(panels: Sequence[Json]) -> Iterator[str]:
    placed: list[tuple[str, tuple[float, float, float, float]]] = []
    for panel in panels:
        position = _dict(panel.get("gridPos"))
        place = [position.get(key) for key in "xywh"]
        if not all(isinstance(each, int | float) for each in place):
            yield f"{_name(panel)}: has no place"
            continue
        x, y, width, height = (float(each) for each in place if each is not None)
        placed.append((_name(panel), (x, y, width, height)))
        if x < 0 or y < 0 or width <= 0 or height <= 0 or x + width > COLUMNS:
            yield f"{_name(panel)}: stands outside of the {COLUMNS} columns"
    for (one, (x, y, width, height)), (other, (left, top, wide, high)) in combinations(placed, 2):
        if x < left + wide and left < x + width and y < top + high and top < y + height:
            yield f"{one} and {other} overlap"


def _is_variable(source: object) -> bool:
    named = source.get("uid") if isinstance(source, Mapping) else source
    return isinstance(named, str) and named.startswith("$")


def _name(panel: Json) -> str:
    return str(panel.get("title") or f"panel {panel.get('id')}")


def _dict(found: object) -> Json:
    return found if isinstance(found, Mapping) else {}


def _dicts(found: object) -> list[Json]:
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def main() -> None:
    """Tell what is wrong with each file."""
    told = [f"{path}: {fault}" for path in sys.argv[1:] for fault in faults(json.loads(Path(path).read_text()))]
    sys.exit("\n".join(told) if told else 0)


if __name__ == "__main__":
    main()
