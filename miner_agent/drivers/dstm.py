"""DSTM's ZCash miner (zm), ``getstat`` over TCP. Old: its last version is of 2018.

There is no total: the cards' speeds, in Sol/s, are added. Read from its documentation only.
"""

from miner_agent.drivers.shared import getstat
from miner_agent.drivers.shared.cards import joined_address
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.driver import Driver, TcpCommand
from miner_agent.sources.payload import Doc, Payloads
from miner_agent.text import clean_or_none

STAT = TcpCommand("getstat", b'{"id":1, "method":"getstat"}\n', until=b"\n")


def parse(payloads: Payloads) -> MinerSnapshot:
    answer = payloads.json(STAT.name)
    cards = getstat.cards_of(answer)
    return MinerSnapshot(
        software="dstm",
        software_version=clean_or_none(answer.text_or_none("version")),
        uptime_seconds=answer.number_or_none("uptime"),
        pool_connection_seconds=answer.number_or_none("contime"),
        workloads=(
            getstat.workload(cards, speed="sol_ps", pool=_pool(answer), user=answer.private_text_or_none("user")),
        ),
        devices=getstat.devices(
            cards, names=("gpu_name", "name"), fan="fan_speed", power="power_usage", pci="gpu_pci_bus_id"
        ),
    )


def _pool(answer: Doc) -> str | None:
    return joined_address(answer.at("server"), answer.at("port"))


DRIVER = Driver(
    name="dstm",
    products=("DSTM's ZCash miner",),
    requests=(STAT,),
    parse=parse,
    default_port=2222,
    enable_api="--telemetry=127.0.0.1:2222",
    documentation="https://bitcointalk.org/index.php?topic=2021765.0",
    only_read_about="all of it",
    old=True,
    processes=("zm",),
    port_options=("--telemetry",),
)
