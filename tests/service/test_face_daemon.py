"""The face of the whole agent, as a process: what page, API and metrics say is one, over reloads, and of other rigs."""

import http.client
import json
import re
import signal
import socket
from contextlib import closing
from html import escape, unescape
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from miner_agent.views.figures import NOT_SHOWN
from miner_agent.views.profit_view import NO_PROFIT
from tests.agent import Agent
from tests.fleet import Fleet
from tests.waiting import until

pytestmark = pytest.mark.e2e
QUICK = '[agent]\nrig = "home"\ninterval_seconds = 1\n[gateway]\ninterval_seconds = 1\n'


def document(agent: Agent, path: str) -> Any:
    return json.loads(agent.get(f"/api/v1/{path}"))


def by_socket(path: Path, asked: str) -> Any:
    with closing(http.client.HTTPConnection("localhost", timeout=10)) as connection:
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.connect(str(path))
        connection.request("GET", asked)
        return json.loads(connection.getresponse().read())


def rigs(agent: Agent) -> dict[str, Any]:
    return {row["rig"]: row for row in document(agent, "rigs")["rows"]}


def test_page_api_and_metrics_tell_of_the_same_rigs_and_a_reload_takes_one_away(tmp_path: Path) -> None:
    local = tmp_path / "agent.sock"
    http_table = f'[http]\nlisten = "127.0.0.1:0"\nsocket = "{local}"\n'
    with Fleet(3, dead=1) as fleet, Agent(tmp_path, QUICK + http_table + fleet.config_of(range(3))) as agent:
        agent.wait_until(lambda page: page)
        until(
            lambda: (told := rigs(agent)).keys() >= {"rig-1", "rig-2"} and told["rig-1"]["up"] and told["rig-2"]["up"]
        )
        snapshot, page, metrics = document(agent, "snapshot"), agent.get("/"), agent.metrics()
        links = set(re.findall(r'href="(/[^"]*)"', page))
        assert links >= {"/metrics", "/api/v1/snapshot", "/-/ready", "/-/verdict", "/-/days", "/rigs"}
        for link in links - {"/-/days"}:  # which has none before the clock can be believed
            agent.get(unescape(link))
        asic = document(agent, "rigs/rig-1/snapshot")
        told = rigs(agent)
        public, private = document(agent, "profit"), by_socket(local, "/api/v1/profit")

        agent.config.write_text(QUICK + http_table + fleet.config_of(range(2)))
        agent.process.send_signal(signal.SIGHUP)
        until(lambda: "rig-2" not in rigs(agent))
        with pytest.raises(HTTPError) as gone:
            document(agent, "rigs/rig-2/snapshot")
        sentence = json.loads(gone.value.read())["detail"]

    assert (snapshot["rig"], snapshot["stale"]) == ("home", False)
    assert all(escape(symptom["said"], quote=False) in page for symptom in snapshot["verdict"]["symptoms"])
    assert "home" in page
    assert snapshot["host"]["value"]["memory_size_bytes"]["value"] == metrics["rig_host_memory_size_bytes"]
    assert (asic["rig"], [miner["up"] for miner in asic["miners"]]) == ("rig-1", [True])
    assert asic["host"] == {"value": None, "reason": "nobody reads this machine itself"}
    assert told["rig-0"]["up"] in {False, None}
    assert told["rig-1"]["hashes_per_second"]
    assert (public["reason"], private["reason"]) == (NOT_SHOWN, NO_PROFIT)
    assert sentence == "There is no rig 'rig-2'. /api/v1/rigs has all."
