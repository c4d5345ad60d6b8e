"""What page, API, TLS and users add to the main process: an agent that has them beside one that has none of them (B2).

Told are its own pages and its part of those that it shares with other processes (Pss): TLS and bcrypt are files of the
system and of a library that are mapped, and may be dropped.
"""

import http.client
import time
from contextlib import ExitStack, closing
from urllib.parse import urlsplit

from bench.figure import Figure
from bench.process import pss_mebibytes
from bench.rig import OWN_ALERTS, Rig, agent_on, rig
from miner_agent.face.api import ENDPOINTS
from miner_agent.face.api.api_answers import OPENAPI
from miner_agent.face.api.api_endpoint import PREFIX
from miner_agent.face.page import PAGES
from miner_agent.service.one_arena import TRIMMED_EVERY
from tests.agent import Agent
from tests.waiting import until
from tests.web.tls_clients import HASH, PASSWORD, basic, keep, trusting

TICK_SECONDS, SETTLING_SECONDS = 1, 8
ROUNDS = 3
METRICS = "/metrics"
LIMIT_MEBIBYTES = 5
ASKED = (*(page.path for page in PAGES), *(PREFIX + one.path for one in ENDPOINTS if "{" not in one.path), OPENAPI)
MORE = f'{OWN_ALERTS}[http]\nlisten = "127.0.0.1:0"\n'
_FACELESS = """
import sys, types
from contextlib import nullcontext

class AgentFace:
    def __init__(self, *_):
        pass

for name, held in (("face.agent_face", {"AgentFace": AgentFace}), ("service.desk_service", {"asking_desks": lambda *_: nullcontext()})):
    module = sys.modules[f"miner_agent.{name}"] = types.ModuleType(name)
    vars(module).update(held)
sys.argv[0] = "miner-agent"
from miner_agent.__main__ import main
main()
"""
"""An agent that loads no face: there is no such switch."""


def measure() -> list[Figure]:
    with rig() as parts, ExitStack() as stack:
        without = stack.enter_context(
            agent_on(parts, interval_seconds=TICK_SECONDS, more=MORE, program=("-c", _FACELESS))
        )
        having = stack.enter_context(_with_all(parts))
        without.wait_until(lambda page: page)
        until(lambda: _ask(having, METRICS) == 200)  # that page both make, once it is asked for
        time.sleep(SETTLING_SECONDS)
        idle = _added(having, without)
        for _ in range(ROUNDS):
            for path in ASKED:
                _ask(having, path)
            time.sleep(TICK_SECONDS)
        at_once = _added(having, without)
        time.sleep(TRIMMED_EVERY.total_seconds())
        later = _added(having, without)
    rows = (("nobody has asked", idle), ("all was asked three times", at_once), ("a minute after that", later))
    return [
        Figure(name=f"page, API, TLS and users, memory, {when}", unit="MiB", ours=added, limit=LIMIT_MEBIBYTES)
        for when, added in rows
    ]  # fmt: skip


def _added(having: Agent, without: Agent) -> float:
    return pss_mebibytes(having.process.pid) - pss_mebibytes(without.process.pid)


def _with_all(parts: Rig) -> Agent:
    folder = parts.folder / "web"
    folder.mkdir()
    keep(folder)
    file = folder / "web.yml"
    file.touch(mode=0o600)
    file.write_text(
        f"tls_server_config:\n  cert_file: web.crt\n  key_file: web.key\nbasic_auth_users:\n  owner: {HASH}\n"
    )
    return agent_on(
        parts, interval_seconds=TICK_SECONDS, more=f'{MORE}web_config_file = "{file}"\nbooks_users = ["owner"]\n'
    )


def _ask(agent: Agent, path: str) -> int:
    """The status of the answer to the owner."""
    port, owner = urlsplit(agent.url).port, {"Authorization": basic("owner", PASSWORD)}
    with closing(http.client.HTTPSConnection("localhost", port, timeout=20, context=trusting())) as connection:
        connection.request("GET", path, headers=owner)
        answer = connection.getresponse()
        answer.read()
        return answer.status
