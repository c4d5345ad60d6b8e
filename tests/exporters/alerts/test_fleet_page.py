"""The configurations in docs/fleet.md load, and what the commands of a fleet ask for is recorded."""

import re
import subprocess
from pathlib import Path

from exporters.alerts.records import RIG_RECORDS, SITE_RECORDS
from tests.fake_prometheus import of_a_fleet
from tests.requires import require_tool

PAGE = Path(__file__).parents[3] / "docs" / "fleet.md"


def test_every_configuration_on_the_page_loads(tmp_path: Path) -> None:
    promtool = require_tool("promtool", package="prometheus")
    blocks = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(), re.DOTALL)
    assert len(blocks) == 4
    (tmp_path / "metrics-password").write_text("x")
    for number, block in enumerate(blocks):
        file = tmp_path / f"{number}.yml"
        file.write_text(block)
        done = subprocess.run([promtool, "check", "config", str(file)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_the_commands_of_a_fleet_ask_for_what_is_recorded() -> None:
    recorded = {record.name for record in (*RIG_RECORDS, *SITE_RECORDS)}
    asked = {name for query in of_a_fleet() for name in re.findall(r"\b(?:rig|site):\w+(?::\w+)?", query)}

    assert asked
    assert asked <= recorded
