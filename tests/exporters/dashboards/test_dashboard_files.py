"""The dashboards: made from their table, without a fault, and what they ask is published."""

import json
import re
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.dashboard import Dashboard

from exporters.alerts.records import RIG_RECORDS, SITE_RECORDS
from exporters.sections import SECTIONS
from tests.for_each import for_each
from tools import dashboards
from tools.dashboard_lint import expressions, faults
from tools.panels.rendering import LABELS, UID

FILES = sorted(dashboards.FOLDER.glob("*.json"))
OF_GRAFANA = {value for name, value in vars(units).items() if isinstance(value, str) and not name.startswith("_")}
RECORDS = {record.name for record in (*RIG_RECORDS, *SITE_RECORDS)}
PUBLISHED = {spec.name for section in SECTIONS for spec in section.specs} | RECORDS
OF_OTHERS = {"up", "ALERTS", "process_cpu_seconds_total", "process_resident_memory_bytes"}


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def name_of(path: Path) -> str:
    return path.name


def test_the_files_are_what_the_table_of_panels_makes(update_golden: bool) -> None:
    if update_golden:
        dashboards.main()

    assert {path: path.read_text() for path in FILES} == dict(dashboards.files()), "run python -m tools.dashboards"


@for_each("path", FILES, ids=name_of)
def test_a_dashboard_has_no_fault(path: Path) -> None:
    assert faults(read(path)) == []


@for_each("path", FILES, ids=name_of)
def test_grafanas_own_library_reads_a_dashboard_and_writes_the_same(path: Path) -> None:
    register_default_plugins()
    again = json.loads(json.dumps(Dashboard.from_json(read(path)), cls=JSONEncoder))

    assert again == read(path)


@for_each("path", FILES, ids=name_of)
def test_a_dashboard_asks_for_what_is_published(path: Path) -> None:
    board = read(path)
    asked = [text for _, text in expressions(board)]
    asked += [str(variable.get("definition", "")) for variable in board["templating"]["list"]]
    named = {name for text in asked for name in re.findall(r"(?<![\w\"$])([a-zA-Z_:][\w:]*)(?=\{)", text)}

    assert named - PUBLISHED - OF_OTHERS == set()


@for_each("path", FILES, ids=name_of)
def test_every_unit_is_one_that_grafana_knows(path: Path) -> None:
    used = set(re.findall(r'"unit": "([^"]*)"', path.read_text()))
    used |= set(re.findall(r'"id": "unit",\s*"value": "([^"]*)"', path.read_text()))

    assert used - OF_GRAFANA == set()


@for_each("path", FILES, ids=name_of)
def test_a_link_leads_to_a_dashboard_that_takes_what_it_is_told(path: Path) -> None:
    boards = {board["uid"]: board for board in map(read, FILES)}
    for uid, asked in re.findall(r"/d/([\w-]+)\?([^\"]*)", path.read_text()):
        told = set(re.findall(r"var-(\w+)=", asked))
        assert uid in boards
        assert told <= {variable["name"] for variable in boards[uid]["templating"]["list"]}


@for_each("path", FILES, ids=name_of)
def test_what_leads_somewhere_has_the_labels_that_are_told_there(path: Path) -> None:
    for panel in read(path)["panels"]:
        for board in set(re.findall(rf"/d/{UID}(\w+)\?", json.dumps(panel))):
            for target in panel["targets"]:
                labels = re.findall(r"\bby \(([^)]*)\)", target["expr"])
                assert not labels or all(label in labels[0] for label in LABELS[board]), (panel["title"], board)


def test_no_dashboard_asks_a_fleet_for_each_device() -> None:
    raw = {
        name
        for _, text in expressions(read(dashboards.FOLDER / f"{UID}fleet.json"))
        for name in re.findall(r"\brig_\w+", text)
    }

    assert raw == {"rig_alert_firing", "rig_alerts_owner"}


def test_alerts_that_prometheus_alone_sees_are_counted_too() -> None:

    counts = [text for name, text in expressions(read(dashboards.FOLDER / f"{UID}fleet.json")) if "Alerts" in name]

    assert counts
    assert all("ALERTS{" in text and text.count("or vector(0)") == 2 for text in counts)
