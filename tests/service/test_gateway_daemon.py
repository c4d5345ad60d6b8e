"""The whole agent as a gateway, as a process: its pages, its list, its end, and a real Prometheus that finds them."""

import json
import re
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

import pytest

from tests import waiting
from tests.agent import Agent, with_label
from tests.fleet import Fleet
from tests.requires import require_tool
from tests.service.daemon_asked import asked

pytestmark = pytest.mark.e2e
QUICK = "[agent]\ninterval_seconds = 1\n[gateway]\ninterval_seconds = 1\n"
SHIPPED = Path(__file__).parents[2] / "deploy" / "prometheus-gateway.yml"


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    with Fleet(8, dead=1) as fleet:
        yield fleet


def page_of(agent: Agent, rig: str) -> dict[str, float]:
    lines = agent.get(f"/rigs/{rig}/metrics").splitlines()
    samples = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in samples}


def until(holds: Callable[[], Any], *, seconds: float = 20) -> Any:
    """What it gives, once it gives something; a page that is not there yet is nothing."""
    return waiting.until(holds, seconds=seconds, every_seconds=0.1, passing_over=(HTTPError,))


def answered(page: Mapping[str, float]) -> float | None:
    return page.get("rig_gateway_rigs_answered")


def test_every_rig_has_its_page_and_the_main_one_holds_this_machine_only(tmp_path: Path, fleet: Fleet) -> None:
    with Agent(tmp_path, QUICK + fleet.config_of(range(8))) as agent:
        page = agent.wait_until(lambda page: answered(page) == 7 and page["rig_gateway_rigs_dead"] == 1)
        asic, dead = page_of(agent, "rig-1"), page_of(agent, "rig-0")
        listed = {entry["rig"]: entry for entry in json.loads(agent.get("/rigs"))}
        targets = json.loads(agent.get("/sd"))
        with pytest.raises(HTTPError) as missing:
            agent.get("/rigs/rig-9/metrics")
        sentence = missing.value.read().decode()

    assert page["rig_gateway_rigs_configured"] == 8
    assert not with_label(page, "rig_miner_up")
    assert "rig_host_memory_size_bytes" in page
    assert "rig_host_memory_size_bytes" not in asic
    assert asic['rig_miner_up{miner="asic-1"}'] == 1
    assert asic['rig_miner_hashrate_hashes_per_second{algorithm="sha256d",miner="asic-1"}'] > 1e13
    assert dead['rig_miner_error{miner="asic-0",reason="timeout"}'] == 1
    assert (listed["rig-0"]["up"], listed["rig-0"]["dead"], listed["rig-1"]["up"]) == (False, True, True)
    address = agent.url.removeprefix("http://")
    assert targets[1] == {"targets": [address], "labels": {"__metrics_path__": "/rigs/rig-1/metrics", "rig": "rig-1"}}
    assert missing.value.code == 404
    assert "The rigs are rig-0 rig-1 " in sentence


def all_at_once(agent: Agent, count: int) -> list[bytes]:
    """How what a scraper asks begins to be answered when it is connected so many times before it says what it wants."""
    address = urlsplit(agent.url)
    with ExitStack() as stack:
        clients = [
            stack.enter_context(socket.create_connection((address.hostname, address.port), timeout=20))
            for _ in range(count)
        ]
        for client in clients:
            client.sendall(b"GET /rigs/rig-999/metrics HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return [client.recv(12, socket.MSG_WAITALL) for client in clients]


def test_a_reload_brings_rigs_and_takes_them_away_and_a_bad_one_changes_none(tmp_path: Path, fleet: Fleet) -> None:
    http = '\n[http]\nlisten = "127.0.0.1:0"\n'
    with Agent(tmp_path, QUICK + fleet.config_of([1, 2])) as agent:
        until(lambda: page_of(agent, "rig-1")['rig_miner_up{miner="asic-1"}'])
        agent.config.write_text(QUICK + fleet.config_of([1, 3]) + http)
        agent.process.send_signal(signal.SIGHUP)
        until(lambda: page_of(agent, "rig-3")['rig_miner_up{miner="asic-3"}'])
        with pytest.raises(HTTPError, match="404"):
            page_of(agent, "rig-2")
        requests = 'rig_agent_collector_requests_total{collector="asic-1"}'
        before = until(lambda: page_of(agent, "rig-1")[requests] > 2) and page_of(agent, "rig-1")[requests]

        agent.config.write_text(
            QUICK + fleet.config_of([1]) + '[[miners]]\nname = "x"\nrig = "y"\ndriver = "no"\n' + http
        )
        agent.process.send_signal(signal.SIGHUP)
        agent.wait_until(lambda page: page["rig_agent_config_last_reload_successful"] == 0)
        until(lambda: page_of(agent, "rig-1")[requests] > before)
        assert {entry["rig"] for entry in json.loads(agent.get("/rigs"))} == {"rig-1", "rig-3"}


def test_a_thousand_hanging_rigs_hold_up_neither_this_machine_nor_the_end(tmp_path: Path) -> None:
    quick = "[agent]\ninterval_seconds = 1\n"
    with Fleet(1000, dead=999) as fleet, Agent(tmp_path, quick + fleet.config_of(range(1000))) as agent:
        last = until(lambda: page_of(agent, "rig-999"), seconds=30)
        agent.wait_until(lambda page: page["rig_gateway_rigs_configured"] == 1000)
        ticked = "rig_agent_last_tick_timestamp_seconds"
        begun = agent.metrics()[ticked]
        page = agent.wait_until(lambda page: page[ticked] >= begun + 2)
        descriptors = len(list(Path(f"/proc/{agent.process.pid}/fd").iterdir()))
        scraped = all_at_once(agent, 400)
        code, seconds = agent.stop()

    assert last['rig_miner_up{miner="asic-999"}'] == 1
    assert page["rig_agent_late_ticks_total"] == 0
    assert descriptors < 512 + 256
    assert scraped == [b"HTTP/1.1 200"] * 400
    assert code == 0
    assert seconds < 5
    assert not [line for line in agent.lines if "Traceback" in line]


def test_a_real_prometheus_finds_every_rig_behind_the_gateway(tmp_path: Path, fleet: Fleet) -> None:
    prometheus = require_tool("prometheus", package="prometheus")
    with Agent(tmp_path, QUICK + fleet.config_of(range(8))) as agent:
        agent.wait_until(lambda page: answered(page) == 7)
        config = tmp_path / "prometheus.yml"
        text = SHIPPED.read_text().replace("127.0.0.1:9877", agent.url.removeprefix("http://"))
        config.write_text(re.sub(r"(?<=: )(30s|10s|1m)\b", "1s", text))
        with socket.create_server(("127.0.0.1", 0)) as free:
            listen = f"127.0.0.1:{free.getsockname()[1]}"
        arguments = [
            f"--config.file={config}",
            f"--storage.tsdb.path={tmp_path}/tsdb",
            f"--web.listen-address={listen}",
        ]
        with subprocess.Popen([prometheus, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
            try:
                up = asked(listen, 'count(up{job="rig"} == 1) == 9')
                dead = asked(listen, "rig_miner_up == 0")
                hashing = asked(listen, "count by (rig, site) (rig_miner_hashrate_hashes_per_second)")
                own = asked(listen, "rig_gateway_rigs_configured")
            finally:
                server.terminate()

    assert up[0]["value"][1] == "9"
    assert [one["metric"]["rig"] for one in dead] == ["rig-0"]
    assert {(one["metric"]["rig"], one["metric"]["site"]) for one in hashing} == {
        (f"rig-{number}", "home") for number in range(1, 8)
    }
    assert own[0]["metric"]["rig"] == "gateway"
