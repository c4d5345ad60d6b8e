"""Finds ASICs on a network that its owner names: slowly, one question at a time, in the protocol that cannot hurt.

Port 4028 speaks the cgminer API, and firmware was seen to freeze when it got HTTP there: it is asked in that protocol
and in no other. Only where nothing listens on it are the next ports tried: 4433 (Whatsminer, API 3), then 80 (AxeOS).
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from itertools import islice
from typing import Literal

from miner_agent.config.toml_text import written
from miner_agent.errors import ConfigError, TimedOut
from miner_agent.sources.driver import FramedCommand, HttpGet, Request, TcpCommand
from miner_agent.text import clean_or_none, clean_text
from miner_agent.transport.polls import Answer, Ask, Endpoint

ADDRESSES_MAX = 65_536
AT_ONCE = 50
PAUSE_SECONDS = 0.5  # between two groups: at most 100 questions a second
DEADLINE_SECONDS = 2.0

Network = IPv4Network | IPv6Network
Fetch = Callable[[Sequence[Ask]], Sequence[Answer]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Spotted:
    """A machine that answered as a miner does. ``driver``: what reads it, where it is known."""

    host: str
    port: int
    driver: str | None
    product: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What one port is asked, and who that answers it."""

    port: int
    scheme: Literal["tcp", "http"]
    requests: tuple[Request, ...]
    identify: Callable[[Mapping[str, bytes]], tuple[str | None, str | None] | None]


_FIRMWARE = (
    ("luxminer", "luxos"),
    ("luxos", "luxos"),
    ("bosminer", "bosminer"),
    ("boser", "bosminer"),
    ("btminer", "whatsminer"),
    ("whatsminer", "whatsminer"),
    ("antminer", "antminer"),
    ("bmminer", "antminer"),
    ("avalon", "avalon"),
    ("canaan", "avalon"),
    ("bdminer", "sealminer"),
    ("sealminer", "sealminer"),
    ("gcminer", "auradine"),
    ("fluxos", "auradine"),
    ("volcminer", "volcminer"),
    ("hammer", "hammer"),
    ("teamredminer", "teamredminer"),
    ("cgminer", "cgminer"),
    ("sgminer", "cgminer"),
    ("bfgminer", "cgminer"),
)
"""What stands in an answer to ``version``, and the driver that it means. The first that is there holds."""

_PRODUCT = re.compile(r'"(?:Type|PROD|MODEL|Model|miner_type|minertype)"\s*:\s*"([^"]{1,64})"')


def _cgminer(raw: Mapping[str, bytes]) -> tuple[str | None, str | None] | None:
    told = raw["version"].decode("utf-8", "replace")
    if not re.search(r'"STATUS"|STATUS=', told):
        return None
    product = _PRODUCT.search(told)
    if '"SUMMARY"' in raw.get("whatsminer", b"").decode("utf-8", "replace"):
        return "whatsminer", product and product[1]
    driver = next((driver for word, driver in _FIRMWARE if word in told.lower()), None)
    return driver, product and product[1]


def _whatsminer3(raw: Mapping[str, bytes]) -> tuple[str | None, str | None] | None:
    told = raw["device"].decode("utf-8", "replace")
    product = re.search(r'"type"\s*:\s*"([^"]{1,64})"', told)
    return ("whatsminer3", product and product[1]) if '"get.device.info"' in told else None


def _axeos(raw: Mapping[str, bytes]) -> tuple[str | None, str | None] | None:
    try:
        told = json.loads(raw["info"])
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    if {"miner", "identity"} <= told.keys():
        return "nmaxe", _text_in(told["identity"], "hwModel")
    return ("bitaxe", _text_in(told, "ASICModel")) if {"hashRate", "ASICModel"} <= told.keys() else None


def _text_in(told: object, key: str) -> str | None:
    value = told.get(key) if isinstance(told, dict) else None
    return value if isinstance(value, str) else None


PROBES = (
    Probe(
        port=4028,
        scheme="tcp",
        requests=(
            TcpCommand("version", b'{"command":"version"}'),
            TcpCommand("whatsminer", b'{"cmd":"summary"}'),  # only Whatsminers know it; the others say so
        ),
        identify=_cgminer,
    ),
    Probe(
        port=4433,
        scheme="tcp",
        requests=(FramedCommand("device", b'{"cmd":"get.device.info"}'),),
        identify=_whatsminer3,
    ),
    Probe(port=80, scheme="http", requests=(HttpGet("info", "/api/system/info"),), identify=_axeos),
)


def network_of(text: str) -> Network:
    """The network that its owner named.

    Raises:
        ConfigError: it is none, is too large, or is not a private one.
    """
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise ConfigError(f"{clean_text(text)!r} is not a network; write it as 192.168.1.0/24") from None
    if not (network.is_private or network.is_loopback or network.is_link_local):
        raise ConfigError(f"{network} is not a private network; scan only your own, such as 192.168.1.0/24")
    if network.num_addresses > ADDRESSES_MAX:
        raise ConfigError(f"{network} has more than {ADDRESSES_MAX} addresses; name a smaller network")
    return network


def scan(
    network: Network,
    fetch: Fetch,
    *,
    pause: Callable[[float], None],
    told: Callable[[int], None] = lambda _: None,
    probes: Sequence[Probe] = PROBES,
) -> Iterator[Spotted]:
    """The miners of a network, as they are found.

    Args:
        network: whose addresses are asked, each once a port at most.
        fetch: asks all of them at once, and gives an answer for each.
        pause: waits so many seconds.
        told: called with the number of addresses that are done.
        probes: what is asked, in this order.
    """
    done = 0
    for group in _groups(str(host) for host in network.hosts()):
        left = group
        for probe in probes:
            if not left:
                break
            spotted, left = _probed(probe, left, fetch)
            yield from spotted
            pause(PAUSE_SECONDS)
        done += len(group)
        told(done)


def _groups(hosts: Iterator[str]) -> Iterator[list[str]]:
    while group := list(islice(hosts, AT_ONCE)):
        yield group


def _probed(probe: Probe, hosts: Sequence[str], fetch: Fetch) -> tuple[list[Spotted], list[str]]:
    """What the hosts are, and those where nothing listens on this port: only they are asked at the next one."""
    answers = fetch([_ask(probe, host) for host in hosts])
    spotted, closed = [], []
    for host, answer in zip(hosts, answers, strict=True):
        if answer.raw is None:
            if not isinstance(answer.error, TimedOut):
                closed.append(host)
            continue
        found = probe.identify(answer.raw)
        if found is not None:
            driver, product = found
            spotted.append(Spotted(host=host, port=probe.port, driver=driver, product=clean_or_none(product)))
    return spotted, closed


def _ask(probe: Probe, host: str) -> Ask:
    endpoint = Endpoint(scheme=probe.scheme, host=host, port=probe.port)
    return Ask(source=host, endpoint=endpoint, requests=probe.requests, deadline_seconds=DEADLINE_SECONDS)


def configuration(found: Iterable[Spotted]) -> str:
    """What to paste into ``config.toml``: one table a miner."""
    tables = []
    for miner in found:
        if miner.driver is None:
            continue
        name = f"{miner.driver}-{miner.host.replace(':', '-').replace('.', '-')}"
        host = f"[{miner.host}]" if ":" in miner.host else miner.host
        comment = f"# {miner.product}\n" if miner.product else ""
        table = {"name": name, "driver": miner.driver, "address": f"{host}:{miner.port}", "rig": name}
        tables.append(comment + written({"miners": [table]}))
    return "\n".join(tables)
