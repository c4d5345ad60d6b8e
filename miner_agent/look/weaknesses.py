"""Versions of mining software with published weaknesses. A table with a date: what came later is not in it."""

import re
from dataclasses import dataclass
from datetime import date

AS_OF = date(2026, 11, 21)


@dataclass(frozen=True, slots=True, kw_only=True)
class Weakness:
    """One published weakness. It concerns versions up to the last affected one, or before the first that mends it."""

    software: str  # as a driver names it, in lower case
    what: str
    mend: str
    source: str
    last_affected: tuple[int, ...] | None = None
    mended_in: tuple[int, ...] | None = None

    def concerns(self, software: str, version: tuple[int, ...]) -> bool:
        if software != self.software:
            return False
        if self.mended_in is not None:
            return version < self.mended_in
        return self.last_affected is not None and version[: len(self.last_affected)] <= self.last_affected


_CLOSE_IT = "close its API to other machines, or run it read-only (a negative -mport), or use a newer miner"
WEAKNESSES = (
    Weakness(
        software="claymore",
        what="its API lets others write files and run programs (CVE-2018-1000049)",
        mend=_CLOSE_IT,
        source="https://nvd.nist.gov/vuln/detail/CVE-2018-1000049",
        last_affected=(7, 3),
    ),
    Weakness(
        software="claymore",
        what="its API lets others read and write files (CVE-2017-16929) and overflows (CVE-2017-16930)",
        mend=_CLOSE_IT,
        source="https://nvd.nist.gov/vuln/detail/CVE-2017-16929",
        last_affected=(10, 1),
    ),
    Weakness(
        software="claymore",
        what="its API takes format strings from anybody (CVE-2018-6317)",
        mend=_CLOSE_IT,
        source="https://nvd.nist.gov/vuln/detail/CVE-2018-6317",
        last_affected=(10, 5),
    ),
    Weakness(
        software="cgminer",
        what="those with write access to its API can write any file and run code (CVE-2018-10057, CVE-2018-10058)",
        mend="give nobody W: in --api-allow, and let it listen on 127.0.0.1 only",
        source="https://nvd.nist.gov/vuln/detail/CVE-2018-10058",
        last_affected=(4, 10, 0),
    ),
    Weakness(
        software="bfgminer",
        what="those with write access to its API can write any file and run code (CVE-2018-10057, CVE-2018-10058)",
        mend="give nobody W: in --api-allow, and let it listen on 127.0.0.1 only",
        source="https://nvd.nist.gov/vuln/detail/CVE-2018-10058",
        last_affected=(5, 5, 0),
    ),
    Weakness(
        software="p2pool",
        what="a weakness of its consensus",
        mend="update to 4.16 or later",
        source="https://github.com/SChernykh/p2pool/releases/tag/v4.16",
        mended_in=(4, 16),
    ),
)
_NUMBERS = re.compile(r"\d{1,9}(?:\.\d{1,9}){1,5}", re.ASCII)


def known_of(software: str, version: str | None) -> tuple[Weakness, ...]:
    """What is published about that version; nothing where it is not told.

    >>> [weakness.software for weakness in known_of("p2pool", "v4.15.1")], known_of("p2pool", "4.16")
    (['p2pool'], ())
    """
    found = _NUMBERS.search(version or "")
    if found is None:
        return ()
    numbers = tuple(int(number) for number in found[0].split("."))
    return tuple(weakness for weakness in WEAKNESSES if weakness.concerns(software.lower(), numbers))
