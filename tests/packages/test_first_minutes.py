"""What README says first, in a system that has what it asks for and nothing else."""

import re
import shutil
from pathlib import Path

import pytest

from tests.packages.clean_root import fresh
from tests.packages.wheels import ROOT, require_wheelhouse

pytestmark = pytest.mark.root

README = (ROOT / "README.md").read_text()
NOT_OF_THE_PROJECT = shutil.ignore_patterns(".*", "__pycache__", "dist", "build", "tests")


def test_make_run_installs_the_agent_and_serves_what_it_says(clean_base: Path, tmp_path: Path) -> None:
    command, address = re.findall(r"^(make run) .*(http://127\.0\.0\.1:9877/\S*)", README, re.MULTILINE)[0]
    asking = f"import urllib.request as r; print(r.urlopen('{address}').read().decode())"
    tried = f"""
    cd /project
    setsid {command} >/said 2>&1 & made=$!
    for second in $(seq 100); do python3 -c "{asking}" >/page 2>/dev/null && break; sleep 1; done
    kill -INT -- -$made; wait $made
    cat /said /page
    """
    with fresh(clean_base, tmp_path / "root") as root:
        shutil.copytree(ROOT, root.path / "project", ignore=NOT_OF_THE_PROJECT)
        (root.path / "etc/pip.conf").write_text("[global]\nno-index = true\nfind-links = /wheelhouse\n")

        ran = root.run("bash", "-c", tried, options=(f"--bind-ro={require_wheelhouse()}:/wheelhouse",))

    assert re.search(r"<title>|^rig_agent_last_tick_timestamp_seconds ", ran.said, re.MULTILINE), ran.said
    assert "verdict" in ran.said  # the table, by which a terminal shows that it reads
    assert "Traceback" not in ran.said
