"""PCI addresses in one spelling, so that a miner's card and its driver's card are the same card."""

import re
from functools import lru_cache

LONGEST = 32  # characters of an address, and blanks around it
_ADDRESS = re.compile(
    r"(?:(?P<domain>[0-9a-f]{4,8}):)?(?P<bus>[0-9a-f]{1,2}):(?P<device>[0-9a-f]{1,2})(?:\.(?P<function>[0-7]))?",
    re.ASCII | re.IGNORECASE,
)


def pci_address(text: str | None) -> str | None:
    """``domain:bus:device.function`` in lower-case hexadecimal; ``None`` for anything that is not an address.

    >>> pci_address("00000000:0A:00.0"), pci_address("01:00.0"), pci_address("busid")
    ('0000:0a:00.0', '0000:01:00.0', None)
    """
    if not text:
        return None
    return _known_address(text) if len(text) <= LONGEST else _address_in(text)


def _address_in(text: str) -> str | None:
    found = _ADDRESS.fullmatch(text.strip())
    if found is None:
        return None
    domain, bus, device = (int(found[part] or "0", 16) for part in ("domain", "bus", "device"))
    return _spelled(domain, bus, device, int(found["function"] or "0"))


_known_address = lru_cache(maxsize=256)(_address_in)  # a card has the same at each tick


def pci_address_of(bus: int | None, *, domain: int | None = 0, device: int | None = 0) -> str | None:
    """The address of a card of which a source tells the bus number; ``None`` where that is no bus number.

    >>> pci_address_of(10)
    '0000:0a:00.0'
    """
    if bus is None or not 0 <= bus <= 0xFF:
        return None
    return _spelled(domain or 0, bus, device or 0, 0)


def _spelled(domain: int, bus: int, device: int, function: int) -> str | None:
    if domain > 0xFFFFFFFF or device > 0x1F:
        return None
    return f"{domain:04x}:{bus:02x}:{device:02x}.{function}"
