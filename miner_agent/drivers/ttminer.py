"""TT-Miner, its monitoring API: Claymore's ``miner_getstat1`` on a port of its own.

Hashrates are in H/s throughout. How it wants its password is not known: none is sent. What versions from 2023 on tell
beside this is not known either.
"""

from miner_agent.drivers import claymore
from miner_agent.sources.driver import Driver, TcpCommand

STAT = TcpCommand(claymore.STAT.name, claymore.STAT.command, until=claymore.STAT.until)

DRIVER = Driver(
    name="ttminer",
    products=("TT-Miner",),
    requests=(STAT,),
    parse=lambda payloads: claymore.parse_as(payloads, "tt-miner"),
    default_port=4068,
    enable_api="--api-bind 127.0.0.1:4068, without --api-password",
    documentation="https://github.com/TrailingStop/TT-Miner-release",
    only_read_about="all of it",
    processes=("tt-miner",),
    port_options=("-b", "-api-bind", "--api-bind"),
)
