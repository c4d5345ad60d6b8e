"""What loads the dashboards says of them what is so."""

import json
from pathlib import Path
from typing import Any

import yaml
from click.testing import CliRunner

from miner_agent.cli.first_level import cli
from tools import dashboards

DEPLOY = Path(__file__).parents[3] / "deploy"
PROVISIONING = DEPLOY / "grafana" / "provisioning"


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text())


def test_the_command_writes_every_dashboard(tmp_path: Path) -> None:
    done = CliRunner().invoke(cli, ["dashboards", "export", "--out", str(tmp_path / "new" / "folder")])

    assert done.exit_code == 0, done.output
    written = {path.name: path.read_text() for path in (tmp_path / "new" / "folder").iterdir()}
    assert written == {path.name: text for path, text in dashboards.files()}
    assert all(name in done.output for name in written)


def test_grafana_looks_where_the_documentation_writes_them() -> None:
    (provider,) = read(PROVISIONING / "dashboards" / "miner-agent.yml")["providers"]
    documented = (DEPLOY.parent / "docs" / "dashboards.md").read_text()

    assert f"--out {provider['options']['path']}\n" in documented


def test_curves_go_by_the_interval_in_which_prometheus_scrapes() -> None:
    (source,) = read(PROVISIONING / "datasources" / "miner-agent.yml")["datasources"]

    assert source["type"] == "prometheus"
    assert source["jsonData"]["timeInterval"] == read(DEPLOY / "prometheus.yml")["global"]["scrape_interval"]


def test_the_documentation_names_every_dashboard() -> None:
    documented = (DEPLOY.parent / "docs" / "dashboards.md").read_text()
    for path, text in dashboards.files():
        title = json.loads(text)["title"].removeprefix("Mining: ")
        assert f"| {title} |" in documented, path.name
