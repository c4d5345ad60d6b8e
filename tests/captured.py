"""Answers of miners: our own captures, and the real ones where a folder of them is given."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from miner_agent import drivers
from miner_agent.sources.driver import Driver, FileRead, FramedCommand, HttpGet, Request

OWN = Path(__file__).parent / "captures"

DRIVER_OF_FOLDER = {
    "antminer": "antminer",
    "avalon": "avalon",
    "bitaxe": "bitaxe",
    "bminer": "bminer",
    "bosminer": "bosminer",
    "braiins-os": "braiins",
    "ccminer": "ccminer",
    "claymore": "claymore",
    "cpuminer-opt": "ccminer",
    "ethminer": "ethminer",
    "gminer": "gminer",
    "lolminer": "lolminer",
    "miniz": "miniz",
    "nanominer": "nanominer",
    "nbminer": "nbminer",
    "phoenixminer": "claymore",
    "rigel": "rigel",
    "srbminer": "srbminer",
    "srbminer-multi": "srbminer",
    "t-rex": "trex",
    "teamblackminer": "teamblackminer",
    "teamredminer": "teamredminer",
    "whatsminer": "whatsminer",
    "wildrig": "wildrig",
    "xmrig": "xmrig",
    "xmrig-proxy": "xmrig_proxy",
}
"""The captured data's folder names, and which driver of ours reads them."""

DRIVER_OF_CASE = {
    "t-rex/v0.9.2-ccminer-format": "ccminer",
    "whatsminer/m60s-api3": "whatsminer3",
}
"""Cases in another protocol than the rest of their folder."""

WITH_SUMMARY = {
    "xmrig/v2.6.0-threads": "v2.6.0-summary.json",
    "xmrig/v5.11.1-cpu-backends": "v5.11.1-cpu-summary.json",
    "xmrig-proxy/workers": "v2.4.5-summary.json",
}
"""Cases that hold only an answer to an optional request, and the summary without which a driver reads nothing."""

JOINED = ("summary", "stats", "pools")
COMMAND = re.compile(r'\{"command":"(\w+)"\}')


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What one miner answered, by the name of the request, and what a correct program must report of it."""

    name: str
    driver: Driver
    raw: dict[str, bytes]
    expected: dict[str, Any]


def own(driver: str) -> Iterator[dict[str, bytes]]:
    """The answers in each of our own captures of a driver."""
    for folder in sorted((OWN / driver).glob("*/")):
        yield raw_of(folder)


def raw_of(folder: Path) -> dict[str, bytes]:
    return {file.stem: file.read_bytes() for file in folder.glob("*.raw")}


def cases(captured: Path) -> Iterator[Case]:
    """The real ones."""
    for folder, usual_driver in DRIVER_OF_FOLDER.items():
        for file in sorted((captured / "miner-apis" / folder).glob("*.expected.json")):
            name = f"{folder}/{file.name.removesuffix('.expected.json')}"
            driver = drivers.load(DRIVER_OF_CASE.get(name, usual_driver))
            expected = json.loads(file.read_text())
            answers = _joined(
                {_spelled(key): file.with_name(answer).read_bytes() for key, answer in expected["files"].items()}
            )
            raw = {
                request.name: answers[key] for request in driver.requests for key in _asked(request) if key in answers
            }
            assert raw, f"{name}: the driver asks for nothing of it"
            if name in WITH_SUMMARY:
                raw[driver.requests[0].name] = file.with_name(WITH_SUMMARY[name]).read_bytes()
            yield Case(name=name, driver=driver, raw=raw, expected=expected)


def _asked(request: Request) -> tuple[str, ...]:
    """How the captured data names what a request asks."""
    match request:
        case HttpGet():
            return tuple(f"GET {path}" for path in (request.path, *request.aliases))
        case FramedCommand():
            return (request.payload.decode(),)
        case FileRead():
            return (request.path,)
        case _:
            return (request.command.decode().strip().rstrip("|"),)


def _spelled(key: str) -> str:
    """A key of the captured data, spelled as ``_asked`` does."""
    text = key.replace("\\n", "").strip().rstrip("|")
    return re.sub(r',\s*"psw":\s*"[^"]*"', "", text)


def _joined(answers: dict[str, bytes]) -> dict[str, bytes]:
    """The answers, and what cgminer's API gives to their commands joined with "+", where it was not recorded so."""
    single = {found[1]: answer for key, answer in answers.items() if (found := COMMAND.fullmatch(key))}
    members = b",".join(b'"%s":[%s]' % (name.encode(), single[name]) for name in JOINED if name in single)
    key = f'{{"command":"{"+".join(JOINED)}"}}'
    return {key: b'{%s,"id":1}' % members, **answers} if members else answers
