"""What the error bits of an Avalon mean: ``ECHU`` of each board, ``ECMM`` of the control board, in words of our own.

The bits and which of them are fatal are those that cgminer's own page for Avalons shows (miner.php of cgminer 4.11).
"""

from collections.abc import Iterator

from miner_agent.model.faults import FaultSeverity, FirmwareFault

_FATAL, _WARNING = FaultSeverity.FAULT, FaultSeverity.WARNING
IDLE = 1
_BITS = {
    IDLE: ("idle", "works on nothing", _WARNING),
    1 << 1: ("mmcrcfailed", "wrong checksum between control board and host", _WARNING),
    1 << 2: ("nofan", "a fan is missing", _FATAL),
    1 << 3: ("lock", "locked", _WARNING),
    1 << 4: ("apififooverflow", "more work than it can take", _WARNING),
    1 << 5: ("rboverflow", "more results than it can hand on", _WARNING),
    1 << 6: ("toohot", "too hot", _FATAL),
    1 << 7: ("hotbefore", "was too hot before", _WARNING),
    1 << 8: ("loopfailed", "its chips do not answer", _FATAL),
    1 << 9: ("coretestfailed", "cores of its chips failed the test", _WARNING),
    1 << 10: ("invalidpmu", "power unit not found", _FATAL),
    1 << 11: ("pgfailed", "its power is not good", _FATAL),
    1 << 12: ("ntcerr", "temperature sensor does not work", _FATAL),
    1 << 13: ("volerr", "input voltage is wrong", _FATAL),
    1 << 14: ("vcoreerr", "core voltage is wrong", _FATAL),
    1 << 15: ("pmucrcfailed", "wrong checksum between control board and power unit", _WARNING),
    1 << 16: ("invalidpllvalue", "its clock cannot be set", _WARNING),
    1 << 17: ("hufailed", "the board does not work", _WARNING),
}


def faults_of(field: str, told: int, *, where: str, device_index: int) -> Iterator[FirmwareFault]:
    """The faults that stand in one number, a bit each; what is idle is paused, and ails nothing."""
    left = told & ~IDLE
    for bit, (name, words, severity) in _BITS.items():
        if left & bit:
            left -= bit
            yield FirmwareFault(
                code=f"{field} {name}", words=f"{where}: {words}", severity=severity, device_index=device_index
            )
    if left:
        yield FirmwareFault(code=f"{field} {left:#x}", severity=_WARNING, device_index=device_index)
