"""miniZ, ``getstat`` over TCP, with or without the head of an HTTP answer before it.

There is no total: the cards' speeds, in Sol/s, are added. ``start_time`` is a moment by the rig's own clock.
``busid`` was seen to be the text "busid". Account and difficulty are not told.
"""

from miner_agent.drivers.shared import getstat
from miner_agent.drivers.shared.cards import moment
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.driver import Driver, TcpCommand
from miner_agent.sources.payload import Payloads
from miner_agent.text import clean_or_none

# The list of cards comes last; where lines were put between the brackets, the answer ends with its connection.
STAT = TcpCommand("getstat", b'{"id":"0", "method":"getstat"}\n', until=b"]}")
HTTP = b"HTTP/"
BLANK_LINES = (b"\r\n\r\n", b"\n\n")


def parse(payloads: Payloads) -> MinerSnapshot:
    answer = payloads.json(STAT.name, repair=_without_head)
    cards = getstat.cards_of(answer)
    return MinerSnapshot(
        software="miniz",
        software_version=clean_or_none(answer.text_or_none("version")),
        started_at=moment(answer.at("start_time")),
        workloads=(getstat.workload(cards, speed="speed_sps", pool=answer.private_text_or_none("current_server")),),
        devices=getstat.devices(cards, names=("name",), fan="gpu_fan_speed", power="gpu_power_usage", pci="busid"),
    )


def _without_head(raw: bytes) -> bytes:
    """What follows the first blank line, where it begins as HTTP does; nothing where none follows."""
    if not raw.startswith(HTTP):
        return raw
    ends = [position + len(line) for line in BLANK_LINES if (position := raw.find(line)) >= 0]
    return raw[min(ends) :] if ends else b""


DRIVER = Driver(
    name="miniz",
    products=("miniZ",),
    requests=(STAT,),
    parse=parse,
    default_port=20000,
    enable_api="--telemetry 20000 --nohttpheaders",
    documentation="https://miniz.ch/usage/",
    seen=("of 2019",),
    only_read_about="1.8 and later",
    processes=("miniz",),
    port_options=("--telemetry",),
)
