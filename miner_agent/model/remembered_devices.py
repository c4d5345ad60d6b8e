"""How devices that are remembered are written down, by the source that tells of them."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from miner_agent.model.devices import DeviceKind

ADDRESS_LENGTH = 16
KEPT_A_SOURCE = 128  # a source makes its names itself


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedDevice:
    """One of them."""

    label: str
    kind: DeviceKind
    missing_since: datetime | None = None
    pci_address: str | None = None  # in this machine


def fact_of(devices: Iterable[RememberedDevice]) -> str:
    """All devices of one source as a fact."""
    return json.dumps(
        {
            one.label: [one.kind.value, one.missing_since and one.missing_since.isoformat(), one.pci_address]
            for one in devices
        }
    )


def devices_in(fact: str) -> Iterator[RememberedDevice]:
    """The devices in a fact; none where it is not one of ours."""
    try:
        devices = json.loads(fact)
        for label, (kind, since, *more) in list(devices.items())[:KEPT_A_SOURCE]:
            moment = moment_in(since)
            if since is None or moment is not None:
                place = more[0] if more and isinstance(more[0], str) and len(more[0]) <= ADDRESS_LENGTH else None
                yield RememberedDevice(label=label, kind=DeviceKind(kind), missing_since=moment, pci_address=place)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return


def moment_in(text: str | None) -> datetime | None:
    """A moment as it was written; ``None`` where there is none with a zone.

    Raises ValueError, TypeError: it is no moment.
    """
    moment = None if text is None else datetime.fromisoformat(text)
    return moment if moment is None or moment.tzinfo is not None else None
