"""The lint finds each fault that it knows, in dashboards of others too, and stumbles over nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.for_each import for_each
from tests.requires import ALL
from tools import dashboards
from tools.dashboard_lint import faults
from tools.panels.rendering import UID

CORPUS = Path("/etc/grafana/dashboards/ceph-dashboard")  # where Debian's ceph-grafana-dashboards puts them


def good() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((dashboards.FOLDER / f"{UID}fleet.json").read_text())
    assert faults(found) == []
    return found


def first_panel(board: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(panel for panel in board["panels"] if panel["type"] == "stat")
    return found


SPOILT = {
    "title": "has no title",
    "description": "has no description",
    "fieldConfig": "has no unit",
    "datasource": "has a data source that is no variable",
    "targets": "asks nothing",
    "gridPos": "has no place",
}


@for_each(("key", "told"), SPOILT.items())
def test_what_a_panel_lacks_is_told(key: str, told: str) -> None:
    board = good()
    del first_panel(board)[key]

    assert [fault for fault in faults(board) if told in fault]


@for_each(
    ("keys", "value", "told"),
    [
        (("fieldConfig", "defaults", "noValue"), "", "says nothing where there is nothing to show"),
        (("fieldConfig", "defaults", "thresholds"), {"steps": [{"value": 1, "color": "red"}]}, "has no thresholds"),
        (("datasource",), {"uid": "abc123"}, "has a data source that is no variable"),
        (("type",), "singlestat", "is a singlestat panel"),
        (("targets", 0, "expr"), " ", "is empty"),
        (("targets", 0, "expr"), "rate(a_total[5m])", "looks back 5m"),
        (("targets", 0, "expr"), 'sum(a_total{rig="1"})', "shows the counter a_total"),
        (("targets", 0, "expr"), 'up{rig="$rack"}', "asks for $rack"),
        (("targets", 0, "datasource"), "Prometheus", "query A has a data source that is no variable"),
        (("gridPos", "x"), 22, "stands outside"),
        (("gridPos", "x"), 1, "overlap"),
    ],
)
def test_what_is_wrong_with_a_panel_is_told(keys: tuple[Any, ...], value: object, told: str) -> None:
    board = good()
    place: Any = first_panel(board)
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value

    assert [fault for fault in faults(board) if told in fault]


def test_a_name_with_brackets_that_would_be_read_as_a_regular_expression_is_told() -> None:
    board = good()
    (site,) = [variable for variable in board["templating"]["list"] if variable["type"] == "query"]
    site["multi"] = site["includeAll"] = False

    assert faults(board) == ["takes $site for a regular expression, which Grafana does not escape"]


@for_each(
    "text",
    [
        "sum(rate(a_total[$__rate_interval]))",
        'increase(a_total{rig="1"}[6h])',
        'label_replace(up, "a", "$1", "b", "(.*)")',
        "a_total_info",
    ],
)
def test_what_is_right_is_not_told(text: str) -> None:
    board = good()
    first_panel(board)["targets"][0]["expr"] = text

    assert faults(board) == []


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.sampled_from(["", "$a", "graph", "rate(a[5m])"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "panels",
                    "rows",
                    "targets",
                    "gridPos",
                    "type",
                    "fieldConfig",
                    "defaults",
                    "templating",
                    "list",
                    "x",
                    "expr",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_taken(found: object) -> None:
    assert faults(found)


def test_faults_of_other_peoples_dashboards_are_found() -> None:
    files = sorted(CORPUS.glob("*.json"))
    if not files and ALL:
        pytest.fail("needs dashboards of others: apt-get install ceph-grafana-dashboards")
    if not files:
        pytest.skip("needs dashboards of others: apt-get install ceph-grafana-dashboards")
    told = [fault for file in files for fault in faults(json.loads(file.read_text()))]
    kinds = ("is a graph panel", "has no description", "overlap", "in place of $__rate_interval", "says nothing where")

    assert [kind for kind in kinds if not any(kind in fault for fault in told)] == []
    assert not [fault for fault in told if "asks for $1" in fault]
