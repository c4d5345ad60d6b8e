"""A gateway with 1,000 rigs (B9), of which 2 % answer late and 2 % not at all, beside a poller as most are written."""

import json
import socket
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import requests

from bench.figure import Figure
from bench.process import rss_mebibytes
from bench.scrape import scrapes
from miner_agent import config, descriptors, drivers, wiring
from miner_agent.gateway import Gateway, GatewayConfig
from miner_agent.keeping import Keeping
from tests.agent import Agent
from tests.fleet import Fleet, driver_of, host_of

RIGS = 1000
SLOW = DEAD = RIGS // 50
RUNS = 3
THREADS = 64  # more of them were no faster
TIMEOUT_SECONDS = 2.5
ROUND_SECONDS = 3.0
SCRAPES = 1000
PAGES_OF_A_BITAXE = ("/api/system/info", "/api/system/asic")
COMMANDS_OF_AN_ANTMINER = ("version", "stats", "summary", "pools")
PEER = f"requests, sockets, {THREADS} threads: answers read, nothing made of them"


def measure() -> list[Figure]:
    with Fleet(RIGS, slow=SLOW, dead=DEAD) as fleet:
        rounds = [_round(fleet) for _ in range(RUNS)]
        peers = [_peers_round(fleet) for _ in range(RUNS)]
    wall, cpu, answered = (statistics.median(values) for values in zip(*rounds, strict=True))
    peer_wall, peer_cpu, peer_answers = (statistics.median(values) for values in zip(*peers, strict=True))
    assert answered == RIGS - DEAD, f"{answered} rigs answered"
    rate, peer_rate = _answers() / cpu, peer_answers / peer_cpu
    with Fleet(RIGS) as fleet:
        memory, alone, scraped = _daemon(fleet)
    return [
        Figure(name="gateway, a round of 1,000", unit="s", ours=wall, limit=ROUND_SECONDS, peer=PEER, peers=peer_wall),
        Figure(
            name="gateway, answers a core-second, with pages and log",
            unit="/s", ours=rate, limit=2000, peer=PEER, peers=peer_rate, more_is_better=True,
        ),
        Figure(name="gateway, rigs a core-second, with pages and log", unit="/s", ours=answered / cpu, limit=None),
        Figure(name="gateway, memory with 1,000 rigs", unit="MiB", ours=memory, limit=None),
        Figure(name="gateway, memory a rig", unit="KiB", ours=1024 * (memory - alone) / RIGS, limit=None),
        Figure(name="scrape, p99, 1,000 rigs behind", unit="ms", ours=scraped[2], limit=5),
    ]  # fmt: skip


def _answers() -> int:
    """How many answers the machines that are not dead give, as far as they give them in time."""
    in_time = {"bitaxe": len(PAGES_OF_A_BITAXE), "antminer": len(COMMANDS_OF_AN_ANTMINER)}
    late = int(TIMEOUT_SECONDS)  # a second for each
    slow = sum(min(late, in_time[driver_of(number)]) for number in range(SLOW))
    return slow + sum(in_time[driver_of(number)] for number in range(SLOW + DEAD, RIGS))


def _round(fleet: Fleet) -> tuple[float, float, int]:
    """Wall and CPU of one round at full speed, as after a start, until its last tick is in the log. [s] And who answered."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "config.toml")
        file.write_text(fleet.config_of(range(RIGS)))
        loaded = config.load([file], environment={}, known_drivers=drivers.names())
        keeping = Keeping(Path(folder))
        keeping.start(datetime.now(UTC))
        _wait_until(lambda: keeping.restored_rigs() is not None)
        gateway = Gateway(
            GatewayConfig(rigs=wiring.rigs(loaded), interval_seconds=30),
            keeping=keeping,
            boot_id="bench",
            at_once=descriptors.make_room(512),
        )
        begun, spent = time.monotonic(), time.process_time()
        gateway.start()
        _wait_until(lambda: gateway.status is not None and gateway.status.round_ended_at is not None)
        wall = time.monotonic() - begun
        _wait_until(lambda: keeping.databases[0].queue_length == 0)
        cpu = time.process_time() - spent
        status = gateway.status
        gateway.stop()
        keeping.close(5)
    assert status is not None
    return wall, cpu, status.rigs_answered or 0


def _wait_until(holds: object) -> None:
    until = time.monotonic() + 30
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.01)


def _peers_round(fleet: Fleet) -> tuple[float, float, int]:
    """Wall and CPU of the same round as a script does it. [s] And how many answers it got."""
    with requests.Session() as session, ThreadPoolExecutor(THREADS) as pool:
        adapter = requests.adapters.HTTPAdapter(pool_connections=RIGS, pool_maxsize=1)
        session.mount("http://", adapter)
        session.trust_env = False
        begun, spent = time.monotonic(), time.process_time()
        answers = sum(pool.map(lambda number: _peers_poll(session, number, fleet.port), range(RIGS)))
        return time.monotonic() - begun, time.process_time() - spent, answers


def _peers_poll(session: requests.Session, number: int, port: int) -> int:
    host, driver = host_of(number), driver_of(number)
    answers = 0
    try:
        if driver == "bitaxe":
            for path in PAGES_OF_A_BITAXE:
                session.get(f"http://{host}:{port}{path}", timeout=TIMEOUT_SECONDS).json()
                answers += 1
        else:
            for command in COMMANDS_OF_AN_ANTMINER:
                with socket.create_connection((host, port), TIMEOUT_SECONDS) as connection:
                    connection.sendall(b'{"command":"%s"}' % command.encode())
                    pieces = []
                    while piece := connection.recv(16_384):
                        pieces.append(piece)
                json.loads(b"".join(pieces).rstrip(b"\0"))
                answers += 1
    except (OSError, ValueError):
        pass
    return answers


def _daemon(fleet: Fleet) -> tuple[float, float, tuple[float, float, float]]:
    """Memory of the agent with 1,000 rigs after its second round, and with none [MiB]; scrapes of its own page meanwhile."""
    memories = []
    for rigs in (RIGS, 0):
        with tempfile.TemporaryDirectory() as folder, Agent(Path(folder), fleet.config_of(range(rigs))) as agent:
            host, _, port = agent.url.removeprefix("http://").rpartition(":")
            agent.wait_until(lambda page: "rig_agent_last_tick_timestamp_seconds" in page)
            if rigs:
                agent.wait_until(lambda page: page.get("rig_gateway_rigs_answered") == RIGS, seconds=60)
                scraped = _slowly_scraped(host, int(port), agent.process.pid)
            memories.append(rss_mebibytes(agent.process.pid))
    return memories[0], memories[1], scraped


def _slowly_scraped(host: str, port: int, pid: int) -> tuple[float, float, float]:
    """Scrapes over more than one round, so that all of its moments are met."""
    return scrapes(host, port, pid, SCRAPES, pause_seconds=0.06)
