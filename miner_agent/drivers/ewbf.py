"""EWBF's Zcash miner, ``getstat`` over TCP. Old: its last version is of 2018.

There is no total: the cards' speeds, in Sol/s, are added. ``start_time`` is a moment by the rig's own clock.
Read from its documentation only.
"""

from miner_agent.drivers.shared import getstat
from miner_agent.drivers.shared.cards import moment
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.driver import Driver, TcpCommand
from miner_agent.sources.payload import Payloads

STAT = TcpCommand("getstat", b'{"id":1, "method":"getstat"}\n', until=b"\n")


def parse(payloads: Payloads) -> MinerSnapshot:
    answer = payloads.json(STAT.name)
    cards = getstat.cards_of(answer)
    return MinerSnapshot(
        software="ewbf",
        started_at=moment(answer.at("start_time")),
        workloads=(getstat.workload(cards, speed="speed_sps", pool=answer.private_text_or_none("current_server")),),
        devices=getstat.devices(cards, names=("name",), fan="gpu_fan_speed", power="gpu_power_usage", pci="busid"),
    )


DRIVER = Driver(
    name="ewbf",
    products=("EWBF's Zcash CUDA miner",),
    requests=(STAT,),
    parse=parse,
    default_port=42000,
    enable_api="--api 127.0.0.1:42000",
    documentation="https://bitcointalk.org/index.php?topic=1707546.0",
    only_read_about="all of it",
    old=True,
    processes=("ewbf",),
    shared_processes=("miner",),
    own_options=("--cuda_devices", "--eexit"),
    port_options=("--api",),
)
