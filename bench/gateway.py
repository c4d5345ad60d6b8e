"""A gateway with 1,000 rigs (B9), of which 2 % answer late and 2 % not at all, beside a poller as most are written."""

import json
import logging
import queue
import socket
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import requests

from bench.figure import Figure
from bench.process import compile_all, rss_mebibytes
from bench.rig import agent_in
from bench.scrape import scrapes
from bench.turns import in_turn, middle_turn
from miner_agent import drivers
from miner_agent.assembly import miner_sources
from miner_agent.config import loading
from miner_agent.config.configuration import Config
from miner_agent.service import descriptors
from miner_agent.service.gateway import Gateway, GatewayConfig
from miner_agent.service.keeping import Keeping
from miner_agent.sources.payload import Payloads
from miner_agent.tick.mistakes import Mistakes
from miner_agent.tick.pipeline import MinerSource
from miner_agent.transport.polls import Answer, Ask, Transport
from tests.agent import Agent
from tests.fleet import Fleet, driver_of, host_of

RIGS = 1000
SLOW = DEAD = RIGS // 50
RUNS = 3
LATER_ROUNDS = 2
INTERVAL_SECONDS = 6
THREADS = 64  # more of them were no faster
TIMEOUT_SECONDS = 2.5
WAITED_SECONDS = 300  # for what takes seconds where nothing else runs
ROUND_SECONDS = 3.0
SCRAPES, SCRAPES_APART_SECONDS = 200, 0.04
PAGES_OF_A_BITAXE = ("/api/system/info", "/api/system/asic")
COMMANDS_OF_AN_ANTMINER = ("version", "stats", "summary", "pools")
PEER = f"requests, sockets, {THREADS} threads"


def measure() -> list[Figure]:
    compile_all()
    logging.disable()  # each rig that does not answer is a line
    with Fleet(RIGS, slow=SLOW, dead=DEAD) as fleet:
        turns = [(_rounds(fleet), _peers_round(fleet)) for _ in range(RUNS)]
    fewest = min(ours.answered for ours, _ in turns)
    assert fewest == RIGS - DEAD, f"{fewest} rigs answered"
    wall, peers_wall = middle_turn([(ours.wall_seconds, peers.wall_seconds) for ours, peers in turns])
    rate, peers_rate = middle_turn([(_answers() / ours.cpu_seconds, peers.rate) for ours, peers in turns])
    later_rate, later_peers_rate = middle_turn(
        [(_answers() / ours.later_cpu_seconds, peers.rate) for ours, peers in turns]
    )
    with Fleet(RIGS) as fleet:
        parsed_rate, parsed_peers_rate = in_turn(lambda: _parsed_round(fleet), lambda: _peers_round(fleet).rate, RUNS)
        memory, alone, scraped, scraped_alone = _daemons(fleet)
    return [
        Figure(name="gateway, a round of 1,000", only_told=True, unit="s", ours=wall, limit=ROUND_SECONDS, peer=PEER, peers=peers_wall),
        Figure(
            name="gateway, answers a core-second, read and parsed", unit="/s", ours=parsed_rate, limit=2000, ratio_limit=1,
            peer=PEER, peers=parsed_peers_rate, more_is_better=True,
        ),
        Figure(
            name="gateway, answers a core-second, with pages and log: first round",
            unit="/s", ours=rate, peer=PEER, peers=peers_rate, more_is_better=True,
        ),
        Figure(
            name="gateway, answers a core-second, with pages and log: later rounds",
            unit="/s", ours=later_rate, peer=PEER, peers=later_peers_rate, more_is_better=True,
        ),
        Figure(name="gateway, memory with 1,000 rigs", unit="MiB", ours=memory),
        Figure(name="gateway, memory a rig", unit="KiB", ours=1024 * (memory - alone) / RIGS),
        Figure(
            name="scrape, p99, 1,000 rigs behind", only_told=True, unit="ms", ours=scraped, limit=5,
            peer="the agent without rigs", peers=scraped_alone,
        ),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounds:
    """Of the first round, at full speed, until it is in the log; who answered; and CPU of a later one."""

    wall_seconds: float
    cpu_seconds: float
    answered: int
    later_cpu_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PeersRound:
    """The same round as a script does it."""

    wall_seconds: float
    cpu_seconds: float
    answers: int

    @property
    def rate(self) -> float:
        """Answers a second of CPU."""
        return self.answers / self.cpu_seconds


def _answers() -> int:
    """How many answers the machines that are not dead give, as far as they give them in time."""
    in_time = {"bitaxe": len(PAGES_OF_A_BITAXE), "antminer": len(COMMANDS_OF_AN_ANTMINER)}
    late = int(TIMEOUT_SECONDS)  # a second for each
    slow = sum(min(late, in_time[driver_of(number)]) for number in range(SLOW))
    return slow + sum(in_time[driver_of(number)] for number in range(SLOW + DEAD, RIGS))


def _rounds(fleet: Fleet) -> Rounds:
    with tempfile.TemporaryDirectory() as folder:
        keeping = Keeping(Path(folder), boot_id="bench")
        keeping.start(datetime.now(UTC))
        _wait_until(lambda: keeping.counters_kept)
        gateway = Gateway(
            GatewayConfig(rigs=miner_sources.rigs(_loaded(fleet)), interval_seconds=INTERVAL_SECONDS),
            keeping=keeping,
            boot_id="bench",
            asker=Transport(at_once=descriptors.make_room(512)),
            mistakes=Mistakes(),
        )

        def ended() -> datetime | None:
            return None if gateway.status is None else gateway.status.round_ended_at

        begun, spent = time.monotonic(), time.process_time()
        gateway.start()
        _wait_until(lambda: ended() is not None)
        status, wall = gateway.status, time.monotonic() - begun
        _wait_until(lambda: keeping.databases[0].queue_length == 0)
        first = time.process_time() - spent
        spent = time.process_time()
        for _ in range(LATER_ROUNDS):
            last = ended()
            _wait_until(lambda last=last: ended() != last)
        later = (time.process_time() - spent) / LATER_ROUNDS
        gateway.stop()
        keeping.close(5)
    assert status is not None
    return Rounds(
        wall_seconds=wall, cpu_seconds=first, answered=status.rigs_answered or 0, later_cpu_seconds=later
    )  # fmt: skip


def _wait_until(holds: object) -> None:
    until = time.monotonic() + WAITED_SECONDS
    while not holds():  # type: ignore[operator]
        assert time.monotonic() < until, f"not within {WAITED_SECONDS} s"
        time.sleep(0.01)


def _peers_round(fleet: Fleet) -> PeersRound:
    with requests.Session() as session, ThreadPoolExecutor(THREADS) as pool:
        adapter = requests.adapters.HTTPAdapter(pool_connections=RIGS, pool_maxsize=1)
        session.mount("http://", adapter)
        session.trust_env = False
        begun, spent = time.monotonic(), time.process_time()
        answers = sum(pool.map(lambda number: _peers_poll(session, number, fleet.port), range(RIGS)))
        return PeersRound(
            wall_seconds=time.monotonic() - begun, cpu_seconds=time.process_time() - spent, answers=answers
        )  # fmt: skip


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


def _daemons(fleet: Fleet) -> tuple[float, float, float, float]:
    """Memory of the agent with 1,000 rigs after its second round, and with none [MiB]; the 99th percentile of scrapes of
    each one's own page [ms].
    """
    with ExitStack() as stack:
        agents = []
        for rigs in (RIGS, 0):
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            agents.append(stack.enter_context(agent_in(folder, fleet.config_of(range(rigs)))))
            agents[-1].wait_until(partial(_all_answered, rigs), seconds=60)
        scraped, scraped_alone = in_turn(partial(_p99, agents[0]), partial(_p99, agents[1]), RUNS)
        memory, alone = (rss_mebibytes(agent.process.pid) for agent in agents)
        return memory, alone, scraped, scraped_alone


def _p99(agent: Agent) -> float:
    """Over more than a round, so that all of its moments are met. [ms]"""
    host, _, port = agent.url.removeprefix("http://").rpartition(":")
    return scrapes(host, int(port), agent.process.pid, SCRAPES, pause_seconds=SCRAPES_APART_SECONDS)[2]


def _all_answered(rigs: int, page: Mapping[str, float]) -> bool:
    return page.get("rig_gateway_rigs_answered", 0) == rigs


def _parsed_round(fleet: Fleet) -> float:
    """Answers a core-second that are asked for, read and made a reading of."""
    sources = [source for one in miner_sources.rigs(_loaded(fleet)).values() for source in one]
    asks = {
        source: [Ask(source=source.name, endpoint=source.endpoint, requests=source.driver.requests, deadline_seconds=5)]
        for source in sources
    }
    handed_over: queue.SimpleQueue[tuple[MinerSource, list[Answer] | Exception]] = queue.SimpleQueue()
    transport = Transport(at_once=512)
    spent, answers = time.process_time(), 0

    def hand_over(source: MinerSource, found: list[Answer] | Exception) -> None:
        handed_over.put((source, found))

    transport.fetch_each(asks, hand_over)
    for _ in sources:
        source, found = handed_over.get()
        assert isinstance(found, list)
        raw = found[0].raw
        assert raw is not None
        source.driver.read(Payloads(raw))
        answers += len(raw)
    transport.close()
    return answers / (time.process_time() - spent)


def _loaded(fleet: Fleet) -> Config:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "config.toml")
        file.write_text(fleet.config_of(range(RIGS)))
        return loading.load([file], environment={}, known_drivers=drivers.names())
