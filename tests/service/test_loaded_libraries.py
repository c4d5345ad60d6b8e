"""Which libraries a running agent holds in its memory, with TLS, users, alerts, and pages that were asked of it."""

import sys
from pathlib import Path

import pytest

from tests.agent import Agent
from tests.waiting import until
from tests.web.tls_clients import HASH, PASSWORD, ask, basic, keep, trusting

pytestmark = pytest.mark.e2e
LIBRARIES = {
    "anyio", "apscheduler", "bcrypt", "click", "h11", "markupsafe", "msgspec", "prometheus_client", "psutil",
    "starlette", "typing_extensions", "tzlocal",
}  # fmt: skip
"""All that it may hold: each is some MiB for as long as the rig runs."""
STRANGE = {"LOADED", "cython_runtime", "sitecustomize", "usercustomize"}  # no libraries: of a system or somebody's own
OURS = {"miner_agent", "calculators", "exporters"}
PAGES = ("/", "/money", "/history", "/alerts", "/api/v1/snapshot", "/api/v1/series", "/api/v1/openapi.json")
CONFIG = (
    '[agent]\ninterval_seconds = 1\n[http]\nlisten = "127.0.0.1:0"\nweb_config_file = "web.yml"\n'
    '[alerts]\nowner = "local"\n[[alerts.channels]]\nname = "log"\nkind = "journal"\n'
)
WEB = f"tls_server_config:\n  cert_file: web.crt\n  key_file: web.key\nbasic_auth_users:\n  owner: {HASH}\n"
PROGRAM = (
    "import atexit, sys; sys.argv[0] = 'miner-agent'; out = sys.stdout; "
    "atexit.register(lambda: print('LOADED', *sys.modules, file=out)); "
    "from miner_agent.__main__ import main; main()"
)


def test_a_running_agent_holds_no_library_but_those_that_it_serves_and_ticks_with(tmp_path: Path) -> None:
    keep(tmp_path)
    file = tmp_path / "web.yml"
    file.touch(mode=0o600)
    file.write_text(WEB)
    with Agent(tmp_path, CONFIG, program=("-c", PROGRAM)) as agent:
        port, owner = int(agent.url.rpartition(":")[2]), {"Authorization": basic("owner", PASSWORD)}
        until(lambda: ask(port, trusting(), **owner)[0] == 200)
        codes = {path: ask(port, trusting(), path, **owner)[0] for path in PAGES}
    loaded = next(line for line in agent.lines if line.startswith("LOADED ")).split()

    assert set(codes.values()) == {200}
    assert "miner_agent.service.sampler" in loaded
    roots = {name.partition(".")[0] for name in loaded if not name.startswith("_")} - STRANGE
    assert roots - sys.stdlib_module_names - OURS <= LIBRARIES
