"""The whole agent behind TLS, scraped by a real Prometheus."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.agent import Agent
from tests.certificates import ANOTHER, ONE
from tests.cli.every_command import ended
from tests.requires import require_tool
from tests.service.daemon_asked import free_port
from tests.waiting import until
from tests.web.tls_clients import HASH, PASSWORD, ask, basic, half_a_hello, keep, trusting

TICKED = "rig_agent_last_tick_timestamp_seconds"
ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.e2e
HTTP = '[agent]\ninterval_seconds = 1\n[http]\nlisten = "127.0.0.1:0"\nweb_config_file = "web.yml"\n'
TLS = "tls_server_config:\n  cert_file: web.crt\n  key_file: web.key\n"
TAKEN_KIB, KEPT_KIB = 30 * 1024, 6 * 1024
"""What a flood may take, and what of it may stay once it is over: the interpreter keeps blocks in which something lives."""
CLIENTS = f"  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: {ANOTHER}\n"


def told(folder: Path, web_config: str) -> str:
    keep(folder)
    file = folder / "web.yml"
    file.touch(mode=0o600)
    file.write_text(web_config)
    return HTTP


@contextmanager
def prometheus(folder: Path, agent: Agent, jobs: dict[str, dict[str, Any]]) -> Iterator[str]:
    """A Prometheus that scrapes the agent once a second in several ways; its address."""
    program = require_tool("prometheus", package="prometheus")
    target = agent.url.rpartition("/")[2]
    scrapes = [
        {"job_name": name, "scheme": "https", "static_configs": [{"targets": [target]}], **more}
        for name, more in jobs.items()
    ]
    config = folder / "prometheus.yml"
    config.write_text(
        json.dumps({"global": {"scrape_interval": "1s", "scrape_timeout": "1s"}, "scrape_configs": scrapes})
    )
    listen = f"127.0.0.1:{free_port()}"
    arguments = [f"--config.file={config}", f"--storage.tsdb.path={folder / 'tsdb'}", f"--web.listen-address={listen}"]
    with (folder / "prometheus.log").open("wb") as log:
        running = subprocess.Popen([program, *arguments], cwd=folder, stdout=log, stderr=subprocess.STDOUT)
        try:
            yield listen
        finally:
            running.terminate()
            running.wait(20)


def health(listen: str, jobs: int) -> dict[str, tuple[str, str]]:
    """What Prometheus says of each job, once it has tried all."""

    def tried() -> dict[str, tuple[str, str]] | None:
        with urlopen(f"http://{listen}/api/v1/targets", timeout=5) as answer:
            active = json.load(answer)["data"]["activeTargets"]
        told = {one["labels"]["job"]: (one["health"], one["lastError"]) for one in active}
        return told if len(told) == jobs and all(state != "unknown" for state, _ in told.values()) else None

    found = until(tried, seconds=60, every_seconds=0.3, passing_over=(OSError,))
    assert found is not None
    return found


def test_a_prometheus_with_the_right_certificate_scrapes_over_tls_and_others_do_not(tmp_path: Path) -> None:
    pem = {"cert_file": str(ANOTHER), "key_file": str(ANOTHER)}
    wrong = {"cert_file": str(ONE), "key_file": str(ONE)}
    tls = {"ca_file": str(ONE), "server_name": "localhost"}
    with Agent(tmp_path, told(tmp_path, TLS + CLIENTS)) as agent:
        assert agent.url.startswith("https://")
        jobs: dict[str, dict[str, Any]] = {
            "right": {"tls_config": tls | pem},
            "none": {"tls_config": tls},
            "wrong": {"tls_config": tls | wrong},
            "plain": {"scheme": "http"},
        }
        with prometheus(tmp_path, agent, jobs) as listen:
            until(lambda: health(listen, 4)["right"][0] == "up", seconds=60)
            found = health(listen, 4)
        assert {job: state for job, (state, _) in found.items()} == {
            "right": "up",
            "none": "down",
            "wrong": "down",
            "plain": "down",
        }
        assert any("no TLS handshake with 127.0.0.1" in line for line in agent.lines)


def test_a_prometheus_with_the_right_password_scrapes_over_tls_and_others_do_not(tmp_path: Path) -> None:
    tls = {"tls_config": {"ca_file": str(ONE), "server_name": "localhost"}}
    with Agent(tmp_path, told(tmp_path, TLS + f'basic_auth_users:\n  alice: "{HASH}"\n')) as agent:
        jobs: dict[str, dict[str, Any]] = {
            "right": tls | {"basic_auth": {"username": "alice", "password": PASSWORD}},
            "wrong": tls | {"basic_auth": {"username": "alice", "password": "wrong"}},
            "none": tls,
        }
        with prometheus(tmp_path, agent, jobs) as listen:
            until(lambda: health(listen, 3)["right"][0] == "up", seconds=60)
            found = health(listen, 3)
        assert found["wrong"][0] == found["none"][0] == "down"
        assert re.search(r"status (401|429)", found["wrong"][1])
        assert "status 401" in found["none"][1]
        assert not [line for line in agent.lines if PASSWORD in line or HASH in line]


def test_an_agent_that_would_be_open_to_others_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(f'[agent]\nstate_directory = "{tmp_path}/s"\n[http]\nlisten = "0.0.0.0:0"\n')
    done = subprocess.run(
        [sys.executable, "-m", "miner_agent", "run", "--config", str(tmp_path / "config.toml")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 78
    assert "is open to others: that takes TLS and users" in done.stderr


def test_a_reload_takes_another_certificate_and_keeps_the_old_one_where_it_cannot(tmp_path: Path) -> None:
    with Agent(tmp_path, told(tmp_path, TLS)) as agent:
        port = int(agent.url.rpartition(":")[2])
        assert ask(port, trusting(), "/-/healthy")[0] == 200
        keep(tmp_path, ANOTHER, "next")
        (tmp_path / "web.yml").write_text("tls_server_config:\n  cert_file: next.crt\n  key_file: next.key\n")
        agent.process.send_signal(signal.SIGHUP)
        agent.wait_for_line(re.compile("the new configuration holds"))
        assert ask(port, trusting(ANOTHER), "/-/healthy")[0] == 200
        (tmp_path / "web.yml").write_text("tls_server_config:\n  cert_file: next.crt\n")
        agent.process.send_signal(signal.SIGHUP)
        agent.wait_for_line(re.compile('refused, the old one holds: .*key "key_file" is missing'))
        assert ask(port, trusting(ANOTHER), "/-/healthy")[0] == 200


def test_the_owner_asks_an_agent_with_users_by_its_socket(tmp_path: Path) -> None:
    users = f'basic_auth_users:\n  alice: "{HASH}"\n'
    with Agent(tmp_path, told(tmp_path, TLS + users) + f'socket = "{tmp_path}/agent.sock"\n') as agent:
        until(lambda: ", as of " in ended("status", "--config", str(agent.config)).stdout, seconds=60)
        agent.config.write_text(agent.config.read_text().replace("agent.sock", "other.sock"))
        agent.process.send_signal(signal.SIGHUP)
        agent.wait_for_line(re.compile(r"\[http\] socket cannot change while the agent runs"))
        assert agent.stop()[0] == 0
    assert not (tmp_path / "agent.sock").exists()
    done = ended("status", "--config", str(agent.config))
    assert (done.returncode, "Is the agent running?" in done.stderr) == (69, True)


def test_floods_of_silent_clients_cost_neither_samples_nor_scrapes_nor_memory(tmp_path: Path) -> None:
    floods = {"idle": (trusting, b""), "silent": (None, b""), "half": (None, half_a_hello())}
    with Agent(tmp_path, told(tmp_path, TLS)) as agent, ExitStack() as stack:
        port, process = int(agent.url.rpartition(":")[2]), Path(f"/proc/{agent.process.pid}/status")

        def figure(name: str) -> int:
            (line,) = (line for line in process.read_text().splitlines() if line.startswith(f"{name}:"))
            return int(line.split()[1])

        def samples() -> dict[str, float]:
            status, page = ask(port, trusting())
            pairs = (line.rpartition(" ") for line in page.decode().splitlines() if not line.startswith("#"))
            return {name: float(value) for name, _, value in pairs} if status == 200 else {}

        first = until(samples, seconds=60)[TICKED]
        until(lambda: samples()[TICKED] > first + 3)
        before_kib, threads = figure("VmRSS"), figure("Threads")
        before = samples()
        for shaken, sent in floods.values():
            flood = stack.enter_context(ExitStack())
            for _ in range(300):
                client = flood.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
                if shaken is not None:
                    with suppress(OSError):  # who came later has taken its place
                        client = flood.enter_context(shaken().wrap_socket(client, server_hostname="localhost"))
                with suppress(OSError):
                    client.sendall(sent)
            begun = time.monotonic()
            after = samples()
            assert time.monotonic() - begun < 6
            assert figure("Threads") <= threads
            assert figure("VmRSS") - before_kib < TAKEN_KIB
            flood.close()
            until(lambda: figure("VmRSS") - before_kib < KEPT_KIB, seconds=10, every_seconds=0.2)
            until(lambda then=after[TICKED]: samples()[TICKED] > then + 1)  # type: ignore[misc]
        late = "rig_agent_late_ticks_total"
        assert samples()[late] <= before[late] + 1  # this machine may have other things to do


def test_nginx_in_front_works_as_it_is_documented(tmp_path: Path) -> None:
    program = require_tool("nginx", package="nginx")
    (documented,) = re.findall(r"```nginx\n(.*?)```", (ROOT / "docs" / "exposure.md").read_text(), re.DOTALL)
    (keys,) = re.findall(
        r"nginx\n.*?```toml\n\[http\]\n(names.*?)```", (ROOT / "docs" / "exposure.md").read_text(), re.DOTALL
    )
    users = f'basic_auth_users:\n  alice: "{HASH}"\n'
    with Agent(tmp_path, told(tmp_path, users) + keys) as agent:
        port = free_port()
        for name in ("crt", "key"):
            (tmp_path / f"rig.{name}").write_bytes((tmp_path / f"web.{name}").read_bytes())
        server = documented.replace("listen 443", f"listen 127.0.0.1:{port}").replace("127.0.0.1:9877", agent.url[7:])
        temporary = "".join(
            f"{kind}_temp_path {tmp_path}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        user = "user root;\n" if os.geteuid() == 0 else ""
        config = tmp_path / "nginx.conf"
        config.write_text(
            f"{user}daemon off;\npid {tmp_path}/nginx.pid;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}{server}}}\n"
        )
        with subprocess.Popen([program, "-e", f"{tmp_path}/error.log", "-c", str(config)]) as nginx:
            try:
                context, right = trusting(), {"Authorization": basic("alice", PASSWORD)}

                def answered(host: str, **headers: str) -> int:
                    return ask(port, context, "/-/healthy", Host=host, **headers)[0]

                assert until(lambda: answered("rig.example", **right), passing_over=(OSError,)) == 200
                assert answered("rig.example") == 401
                assert answered("evil.example", **right) == 421
                for number in range(40):
                    last = answered("rig.example", Authorization=basic("alice", f"wrong {number}"))
                assert last == 429
                assert answered("rig.example", **right) == 200
                assert (
                    ask(port, context, "/rigs", Host="rig.example", **right, **{"Sec-Fetch-Site": "cross-site"})[0]
                    == 403
                )
            finally:
                nginx.terminate()
