"""What a person reads of the demo in each panel, by Grafana's own library under node: names, units, words, columns."""

import fcntl
import json
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests import requires
from tests.exporters.dashboards.scraped_demo import scraped_demo
from tests.exporters.dashboards.test_on_a_real_prometheus import filled, left_unanswered
from tests.foreign_tools import FOLDER
from tests.real_services import Prometheus
from tests.requires import require_tool
from tools import dashboards
from tools.panels import BOARDS
from tools.panels.rendering import UID

pytestmark = pytest.mark.soak
LIBRARY = ("@grafana/data@11.6.16", "jsdom@26.1.0", "react@18.3.1", "react-dom@18.3.1", "rxjs@7.8.2")
SCRIPT = Path(__file__).with_name("shown_by_grafana.cjs")
MAKING_SECONDS = 300.0
NOTHING = re.compile(r"undefined|NaN|null|Infinity|\$|\{\{")
UNITS = {
    "Hs": r"[kMGTPEZ]?H/s",
    "watt": r"[mkM]?W",
    "celsius": r"°C",
    "bytes": r"([KMGT]i)?B",
    "percentunit": r"%",
    "rotrpm": r"rpm",
    "hertz": r"[kMG]?Hz",
    "volt": r"[mk]?V",
}
NUMBER = r"-?[\d.,]+"


@pytest.fixture(scope="module")
def library() -> Path:
    """The folder with Grafana's library. Whoever comes second waits for the first."""
    npm = require_tool("npm", package="npm")
    folder = FOLDER / "grafana-data-11.6.16"
    folder.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "grafana-data.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            (folder / "package.json").write_text('{"private": true}')
            command = (npm, "install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder), *LIBRARY)
            done = subprocess.run(command, capture_output=True, text=True, timeout=MAKING_SECONDS, check=False)
            if done.returncode:
                sentence = f"needs {LIBRARY[0]}, which npm does not get: {done.stderr.strip()[-200:]}"
                pytest.fail(sentence) if requires.ALL else pytest.skip(sentence)
            (folder / "complete").touch()
    return folder


@pytest.fixture(scope="module")
def panels(library: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, dict[str, Any], Any]]:
    """Each panel of each dashboard, and what stands in it."""
    with scraped_demo(tmp_path_factory.mktemp("demo")) as prometheus:
        assert not [left for board in BOARDS if (left := left_unanswered(read(board.name), prometheus))]
        asked = [
            (board.name, panel, answers(prometheus, board.name, panel)) for board in BOARDS for panel in of(board.name)
        ]
    given = {"modules": str(library), "panels": [{"panel": panel, "answers": found} for _, panel, found in asked]}
    node = require_tool("node", package="nodejs")
    done = subprocess.run(
        (node, SCRIPT), input=json.dumps(given), capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    return [(name, panel, shown) for (name, panel, _), shown in zip(asked, json.loads(done.stdout), strict=True)]


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((dashboards.FOLDER / f"{UID}{name}.json").read_text())
    return found


def of(name: str) -> list[dict[str, Any]]:
    return [panel for panel in read(name)["panels"] if panel["type"] != "row"]


def answers(prometheus: Prometheus, name: str, panel: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    board = read(name)
    return {target["refId"]: prometheus.answered(filled(target["expr"], board)) for target in panel["targets"]}


def test_every_panel_shows_something_that_can_be_read(panels: list[tuple[str, dict[str, Any], Any]]) -> None:
    for name, panel, shown in panels:
        where = f"{name}: {panel['title']}"
        assert shown["rows"], where
        assert shown["columns"], where
        texts = [*shown["columns"], *(text for row in shown["rows"] for text in row)]
        assert not [text for text in texts if NOTHING.search(text)], where
        assert not [column for column in shown["columns"] if column in {"", "Value"}], where


def test_a_number_has_its_unit(panels: list[tuple[str, dict[str, Any], Any]]) -> None:
    tried = 0
    for name, panel, shown in panels:
        unit = panel["fieldConfig"]["defaults"]["unit"]
        if panel["type"] != "table" and unit in UNITS and not panel["fieldConfig"]["defaults"].get("mappings"):
            for text in (text for row in shown["rows"] for text in row):
                assert re.fullmatch(rf"{NUMBER} ?{UNITS[unit]}", text), f"{name}: {panel['title']}: {text}"
                tried += 1
    assert tried > 100


def test_a_table_has_the_columns_that_it_names_in_their_order(panels: list[tuple[str, dict[str, Any], Any]]) -> None:
    wanted = {
        (board.name, panel.title): [column.title for column in panel.columns]
        for board in BOARDS
        for row in board.rows
        for panel in row.panels
        if panel.kind == "table"
    }
    for name, panel, shown in panels:
        if panel["type"] == "table":
            named = wanted[name, panel["title"]]
            assert [title for title in named if title in shown["columns"]] == shown["columns"], panel["title"]
            assert len(set(shown["columns"])) == len(shown["columns"])


def test_words_stand_for_numbers(panels: list[tuple[str, dict[str, Any], Any]]) -> None:
    shown = {(name, panel["title"]): what for name, panel, what in panels}

    assert shown["rig", "Page"]["rows"] == [["up"]]
    assert shown["rig", "Health"]["rows"] == [["ill"]]
    (page,) = [place for place, title in enumerate(shown["fleet", "Every rig"]["columns"]) if title == "page"]
    assert {row[page] for row in shown["fleet", "Every rig"]["rows"]} == {"up"}
