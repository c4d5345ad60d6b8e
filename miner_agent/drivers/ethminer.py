"""ethminer and its forks: the remote API that Claymore's miners began, and a detailed answer beside it.

``miner_getstatdetail`` has, from version 0.18 on, cards with their PCI address (``01:00.0``, in hexadecimal), power and
shares. Hashrates are hexadecimal text there and cut to 32 bits, which a card does not reach and a large rig's total
may: the total is read off ``miner_getstat1``, in kH/s. The difficulty is the number of hashes that a share takes.

An API with a password wants it at the start of each connection. Each message ends with its line.
"""

import re
from dataclasses import replace
from urllib.parse import unquote

from calculators.units import PERCENT_PER_UNIT
from miner_agent.drivers import claymore
from miner_agent.drivers.shared.cards import amount
from miner_agent.model.devices import DeviceReading, DeviceWork
from miner_agent.model.readings import MinerSnapshot
from miner_agent.pci import pci_address
from miner_agent.sources.driver import TOKEN, Driver, TcpCommand
from miner_agent.sources.payload import Doc, Payloads, numbered
from miner_agent.text import account_and_worker, clean_or_none, pool_address

AUTHORIZE = b'{"id":1,"jsonrpc":"2.0","method":"api_authorize","params":{"psw":' + TOKEN + b"}}\n"
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]{1,16}", re.ASCII)


def _request(name: str) -> TcpCommand:
    asked = f'{{"id":0,"jsonrpc":"2.0","method":"miner_{name}"}}\n'.encode()
    return TcpCommand(name, asked, until=b"\n", with_token=(AUTHORIZE, asked))


STAT, DETAIL = _request("getstat1"), _request("getstatdetail")


def parse(payloads: Payloads) -> MinerSnapshot:
    detail = _detail(payloads)
    snapshot = claymore.parse_as(payloads, None, unread="claymore" if detail is None else "ethminer")
    if detail is None:
        return snapshot
    listed = numbered(detail.items("devices"), "_index")
    cards = [(index, card) for index, card in listed if card.text_or_none("hardware", "type") != "CPU"]
    workload, *others = snapshot.workloads
    difficulty = detail.number_or_none("mining", "difficulty") or None
    uri = detail.private_text_or_none("connection", "uri")
    account, worker = account_and_worker(_user(uri))
    connected = detail.truth_or_none("connection", "connected")
    return replace(
        snapshot,
        uptime_seconds=detail.number_or_none("host", "runtime"),
        pool_connection_seconds=0.0 if connected is False else None,
        workloads=(
            replace(
                workload,
                share_difficulty=difficulty,
                hashes_per_difficulty=None if difficulty is None else 1.0,
                pool=pool_address(uri),
                account_hash=account,
                worker=worker,
                devices=tuple(_work(index, card) for index, card in cards),
            ),
            *others,
        ),
        devices=tuple(_device(index, card) for index, card in cards),
    )


def _detail(payloads: Payloads) -> Doc | None:
    """What ``miner_getstatdetail`` says; ``None`` where it was not given, is an error, or has no such list of cards."""
    answer = payloads.json_or_none(DETAIL.name)
    if answer is None or not answer.is_object():
        return None
    detail = answer.at("result")
    return detail if detail.is_object() and detail.at("devices").is_list() else None


def _user(uri: str | None) -> str | None:
    """Whom the pool pays: what stands before the host, without the password."""
    user = (uri or "").partition("://")[2].rpartition("@")[0].partition(":")[0]
    return unquote(user) or None


def _work(index: int, card: Doc) -> DeviceWork:
    return DeviceWork(
        device_index=index,
        hashes_per_second=_hexadecimal(card.at("mining", "hashrate")),
        accepted_shares_total=card.count_or_none("mining", "shares", 0),
        rejected_shares_total=card.count_or_none("mining", "shares", 1),
        invalid_shares_total=card.count_or_none("mining", "shares", 2),
    )


def _device(index: int, card: Doc) -> DeviceReading:
    temperature, fan, power = (amount(card, "hardware", "sensors", place) for place in range(3))
    if not temperature and not fan and not power:
        fan = None  # three zeros: no sensor
    return DeviceReading(
        index=index,
        name=clean_or_none(card.text_or_none("hardware", "name")),
        pci_address=pci_address(card.text_or_none("hardware", "pci")),
        core_temperature_celsius=temperature or None,
        fan_ratio=None if fan is None else fan / PERCENT_PER_UNIT,
        power_watts=power or None,
    )


def _hexadecimal(place: Doc) -> float | None:
    text = place.text_or_none()
    if text is None:
        return None
    if not _HEXADECIMAL.fullmatch(text):
        place.doubt('a number such as "0x54a89c8"')
        return None
    return float(int(text, 16))


DRIVER = Driver(
    name="ethminer",
    products=("ethminer", "kawpowminer"),
    requests=(STAT, DETAIL),
    parse=parse,
    default_port=3333,
    enable_api="--api-bind 127.0.0.1:-3333; the minus makes it read-only. The password of --api-password goes into "
    "token_file",
    documentation="https://github.com/ethereum-mining/ethminer/blob/master/docs/API_DOCUMENTATION.md",
    seen=("0.13.0", "0.16.0"),
    only_read_about="the detailed answer, and APIs with a password",
    processes=("ethminer", "kawpowminer"),
    port_options=("--api-bind", "--api-port"),
)
