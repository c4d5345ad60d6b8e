"""What a damaged answer may say: what the whole one says, or nothing. Never something else."""

import dataclasses
import json
import re
from collections.abc import Callable, Iterable, Iterator

from miner_agent.errors import BadPayload, Excessive
from miner_agent.model.devices import DevicePart, DeviceReading, DeviceWork
from miner_agent.model.faults import FirmwareFault
from miner_agent.model.readings import ConnectedWorker, ListedPool, MeterReading, MinerSnapshot
from miner_agent.sources.driver import Driver
from miner_agent.sources.payload import Payloads
from miner_agent.tick.plausibility import without_impossible

NUMBER = re.compile(rb'(?<=[:,\[\s=|"])-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?=[,\]}\s|;"])')
OF_NUMBERS: dict[str, Callable[[bytes], bytes]] = {
    "text": lambda number: b'"' + number + b'"',
    "padded text": lambda number: b'"  ' + number + b' "',
    "N/A": lambda number: b'"N/A"',
    "minus one": lambda number: b"-1",
    "null": lambda number: b"null",
    "true": lambda number: b"true",
}
"""What stands in the place of a number, in JSON."""
MISSING = "missing"
KINDS = (*OF_NUMBERS, MISSING)


def places(answer: bytes) -> Iterator[tuple[int, int]]:
    """Where the numbers of a JSON answer stand that are no part of a text."""
    in_text = [match.span() for match in re.finditer(rb'"(?:[^"\\]|\\.)*"', answer)]
    position = 0
    for match in NUMBER.finditer(answer):
        while position < len(in_text) and in_text[position][1] <= match.start():
            position += 1
        if position < len(in_text) and in_text[position][0] <= match.start():
            continue
        yield match.span()


def damaged(answer: bytes, start: int, end: int, kind: str) -> bytes | None:
    """The answer with the number there damaged; ``None`` where it cannot be so."""
    if kind == MISSING:
        return _without(answer, start, end)
    return answer[:start] + OF_NUMBERS[kind](answer[start:end]) + answer[end:]


def _without(answer: bytes, start: int, end: int) -> bytes | None:
    """The answer without the number there and its key; ``None`` where it has none, in a list."""
    key = re.search(rb'"(?:[^"\\]|\\.)*"\s*:\s*\Z', answer[:start])
    if key is None:
        return None
    before, after = answer[: key.start()], answer[end:].lstrip()
    if after.startswith(b","):
        return before + after[1:]
    return before.rstrip().removesuffix(b",") + after


def key_of(answer: bytes, start: int) -> str:
    """The last key before a place, with ``#`` for the digits in it."""
    text = answer[:start].rpartition(b'"')[0]
    return re.sub(r"\d+", "#", text[text.rfind(b'"') + 1 :].decode(errors="replace"))


def one_of_each(answer: bytes, spans: Iterable[tuple[int, int]], keys: set[str]) -> Iterator[tuple[int, int]]:
    """Those places whose key, but for digits in it, is not among ``keys`` yet; it is then."""
    for start, end in spans:
        key = key_of(answer, start)
        if key not in keys:
            keys.add(key)
            yield start, end


def is_json(answer: bytes) -> bool:
    try:
        json.loads(answer.rstrip(b"\0"))
    except ValueError:
        return False
    return True


def read(driver: Driver, raw: dict[str, bytes]) -> MinerSnapshot | MeterReading | None:
    """As the pipeline shows it; ``None`` where the source has an error."""
    try:
        return without_impossible(driver.read(Payloads(raw)), source="x")[0]
    except (BadPayload, Excessive):
        return None


def wrong(whole: object, damaged: object, where: str = "") -> Iterator[str]:
    """Each value of the damaged reading that is neither that of the whole one nor absent."""
    if damaged is None or damaged in (whole, ()):
        return
    if isinstance(whole, tuple) and isinstance(damaged, tuple):
        known = {_key(item, position): item for position, item in enumerate(whole)}
        for position, item in enumerate(damaged):
            key = _key(item, position)
            if key not in known:
                yield f"{where}[{key}]: not there in the whole"
            else:
                yield from wrong(known[key], item, f"{where}[{key}]")
    elif dataclasses.is_dataclass(whole) and type(whole) is type(damaged):
        for field in dataclasses.fields(whole):
            yield from wrong(getattr(whole, field.name), getattr(damaged, field.name), f"{where}.{field.name}")
    else:
        yield f"{where}: {damaged!r} for {whole!r}"


def _key(item: object, position: int) -> object:
    match item:
        case DeviceReading(index=index) | DeviceWork(device_index=index):
            return index
        case FirmwareFault(code=code, device_index=board):
            return code, board
        case ListedPool(number=number) | DevicePart(number=number):
            return number
        case ConnectedWorker(name=name):
            return name
        case _:
            return position
