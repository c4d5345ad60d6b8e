"""Reading one Antminer S19 to the end: four answers, each on a connection of its own, and what they say. Beside pyasic.

pyasic is asked for what those four answers hold, so that it needs no web interface. It asks for all of them at once
before, as it does on every machine; an S19 refuses that. Its rows are left out where it cannot be installed.
"""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from bench import published
from bench.figure import Figure
from bench.process import compile_all
from bench.turns import in_turn
from miner_agent import drivers
from miner_agent.sources.driver import Driver
from miner_agent.sources.payload import Payloads
from miner_agent.transport.endpoint import Endpoint
from miner_agent.transport.polls import Ask, Transport
from tests.fleet import ANTMINER

TURNS, POLLS = 5, 100
DEADLINE_SECONDS = 5.0
PEER = "pyasic"
_FAKE = """
import json, sys
from pathlib import Path
from tests.fake_sockets import FakeTcpMiner
folder, answers = Path(sys.argv[1]), {}
for name in ("version", "stats", "summary", "pools"):
    for separators in ((",", ":"), (", ", ": ")):
        answers[json.dumps({"command": name}, separators=separators).encode()] = (folder / f"{name}.raw").read_bytes()
miner = FakeTcpMiner(answers)
miner.answers_anything = b'{"STATUS":[{"STATUS":"E","Msg":"invalid cmd"}],"id":1}'
with miner:
    print(miner.address, flush=True)
    sys.stdin.read()
"""
_PYASIC = """
import asyncio, logging, sys, time
from pyasic.miners.antminer import BMMinerS19
logging.disable()
async def main(host, port):
    miner = BMMinerS19(host)
    miner.rpc.port = int(port)
    for line in sys.stdin:
        begun = time.process_time()
        for _ in range(int(line)):
            data = await miner.get_data(include=["api_ver", "hashrate", "expected_hashrate", "fans", "uptime", "pools"])
        assert data.hashrate and data.pools, data
        print(time.process_time() - begun, flush=True)
asyncio.run(main(*sys.argv[1].removeprefix("tcp://").split(":")))
"""


def measure() -> list[Figure]:
    python = published.program(PEER, "python")
    if python is None:
        return []
    compile_all()
    with _talking([sys.executable, "-c", _FAKE, str(ANTMINER)]) as fake:
        address = _line(fake)
        with _talking([str(python), "-c", _PYASIC, address]) as peer:
            ours = partial(_poll_milliseconds, address, drivers.load("antminer"))
            peers = partial(_peers_poll_milliseconds, peer)
            for warm in (ours, peers):
                warm()
            poll, peers_poll = in_turn(ours, peers, TURNS)
    return [
        Figure(
            name="reading an Antminer once, CPU", unit="ms", ours=poll, peer=PEER, peers=peers_poll, ratio_limit=1
        ),
    ]  # fmt: skip


def _poll_milliseconds(address: str, driver: Driver) -> float:
    """CPU of a poll by the agent's transport and driver. [ms]"""
    endpoint = Endpoint.parse(address, default_scheme="tcp", default_port=None)
    ask = Ask(source="antminer", endpoint=endpoint, requests=driver.requests, deadline_seconds=DEADLINE_SECONDS)
    transport = Transport()
    transport.fetch([ask]).result()  # its thread is there
    begun = time.process_time()
    for _ in range(POLLS):
        (answer,) = transport.fetch([ask]).result()
        assert answer.raw is not None, answer.error
        driver.read(Payloads(answer.raw))
    spent_seconds = time.process_time() - begun
    transport.close()
    return 1000 * spent_seconds / POLLS


def _peers_poll_milliseconds(peer: "subprocess.Popen[str]") -> float:
    """The same by pyasic, in its own process. [ms]"""
    assert peer.stdin is not None
    print(POLLS, file=peer.stdin, flush=True)
    return 1000 * float(_line(peer)) / POLLS


@contextmanager
def _talking(arguments: list[str]) -> "Iterator[subprocess.Popen[str]]":
    """A process that takes and says lines, and ends with the block."""
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def _line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    said = process.stdout.readline()
    assert said, f"{process.args!r} ended"
    return said.strip()
