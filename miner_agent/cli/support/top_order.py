"""In which order a live view tells devices and rigs, by one key each."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from miner_agent.look.running_agent import ToldVerdict
from miner_agent.look.told_rig import ToldDevice, ToldWork
from miner_agent.model.health import WORST_FIRST
from miner_agent.text import natural_key

WORST = "w"
_WELL = (None, "ok")


def shown_name(device: ToldDevice) -> str:
    """What people find it by: the slot of a card, else its name."""
    return device.pci_address or device.device


def share_of_expected(work: Iterable[ToldWork]) -> float | None:
    """How much of what it should make it makes, of the work that lags most. [ratio]"""
    told = (
        one.hashes_per_second / one.expected_hashes_per_second
        for one in work
        if one.hashes_per_second is not None and one.expected_hashes_per_second
    )
    return min(told, default=None)


def _name(device: ToldDevice) -> tuple[str, object]:
    """Slots by their hexadecimal digits, others as people count."""
    return (device.pci_address or "~", natural_key(device.device))


def _falling(value: float | None) -> float | None:
    return None if value is None else -value


def _hashrate(device: ToldDevice) -> tuple[str, float] | None:
    """Algorithm by algorithm: hashes of two cannot be compared."""
    first = next((one for one in device.work if one.hashes_per_second is not None), None)
    return None if first is None else (first.algorithm, -(first.hashes_per_second or 0.0))


def _efficiency(device: ToldDevice) -> tuple[str, float] | None:
    """The same by hashes a joule, of a device that does one work; of two the power cannot be told apart."""
    if len(device.work) != 1 or not device.power_watts:
        return None
    (one,) = device.work
    return None if one.hashes_per_second is None else (one.algorithm, one.hashes_per_second / device.power_watts)


def _headroom(device: ToldDevice) -> float:
    return float("inf") if device.headroom_celsius is None else device.headroom_celsius


ORDERS: Mapping[str, str] = {
    WORST: "worst",
    "n": "name",
    "t": "temperature",
    "p": "power",
    "h": "hashrate",
    "e": "efficiency",
}
"""What each key sorts by, in words."""
_SORTED_BY: Mapping[str, Callable[[ToldDevice], Any]] = {
    "n": _name,
    "t": lambda device: _falling(device.temperature_celsius),
    "p": lambda device: _falling(device.power_watts),
    "h": _hashrate,
    "e": _efficiency,
}
"""The least comes first, and what is not known last. Which is the worst hangs on more than the device."""


def in_order(devices: Sequence[ToldDevice], key: str, *, ailing: Mapping[str, int], turned: bool) -> list[ToldDevice]:
    """Devices as a key sorts them.

    Args:
        devices: of the rig.
        key: of ``ORDERS``.
        ailing: how much is wrong with each, by its label.
        turned: the other way round; what is not known stays last.
    """

    def worst(device: ToldDevice) -> tuple[float, ...]:
        lost = not device.answered or device.state not in _WELL
        lag = share_of_expected(device.work)
        return (-ailing.get(device.device, 0), -lost, -device.throttled, _headroom(device), 1.0 if lag is None else lag)

    by = worst if key == WORST else _SORTED_BY[key]
    named = sorted(devices, key=_name)
    known = [device for device in named if by(device) is not None]
    return [*sorted(known, key=by, reverse=turned), *(device for device in named if by(device) is None)]


def rigs_in_order(rigs: Sequence[ToldVerdict], key: str, *, turned: bool) -> list[ToldVerdict]:
    """Rigs that the agent reads for others: by name, else the worst first."""
    named = sorted(rigs, key=lambda rig: natural_key(rig.rig or ""), reverse=turned and key == "n")
    if key == "n":
        return named
    return sorted(named, key=lambda rig: (WORST_FIRST.index(rig.verdict), -rig.symptoms_total), reverse=turned)
