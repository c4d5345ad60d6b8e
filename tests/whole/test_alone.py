"""The agent needs nobody outside this machine, and tries to reach nobody."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.requires import require_tool

IN_A_NETWORK_OF_ITS_OWN = ["unshare", "--net", "--map-root-user"]


@pytest.mark.e2e
def test_without_a_network_it_starts_and_tries_to_reach_nobody_not_even_a_name_server(tmp_path: Path) -> None:
    require_tool("unshare", package="util-linux")
    require_tool("ip", package="iproute2")
    if subprocess.run([*IN_A_NETWORK_OF_ITS_OWN, "true"], check=False, capture_output=True).returncode:
        pytest.skip("needs to make a network of its own, which this machine does not let this user do")

    done = subprocess.run(
        [*IN_A_NETWORK_OF_ITS_OWN, sys.executable, "-m", "tests.own_network", str(tmp_path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    sent = json.loads(done.stdout)
    assert sent["of_agent"] == []
    assert "192.0.2.1 9" in sent["of_test"]  # or nothing would have been seen at all
