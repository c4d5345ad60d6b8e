"""What a channel is: it takes a dispatch whole, or says why not."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from miner_agent.errors import DeliveryError
from miner_agent.model.alerting import AlertKey, Notice
from miner_agent.transport.service_calls import ServiceReply

DEADLINE_SECONDS = 10.0  # over one request to a service
NOT_TAKEN = frozenset({400, 413, 422})
"""The service has understood what it was told, and will not take it however often it is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatch:
    """What is sent at one time: a few notices one by one, in their order, or the sum of many."""

    notices: tuple[Notice, ...]
    summed: bool = False
    is_test: bool = False  # nothing is wrong


class NoticeChannel(Protocol):
    """One way to people."""

    @property
    def name(self) -> str:
        """As the configuration calls it."""

    def send(self, dispatch: Dispatch, *, now: datetime) -> str:
        """Send it; what the other side said to that, in a few words.

        Raises:
            DeliveryError: it was not taken, or not whole.
        """

    def close(self) -> None:
        """End what is being sent."""


def judged(place: str, reply: ServiceReply, *, delivered: int = 0) -> str:
    """What a service said to what it was told. ``place``: where it is, in a sentence.

    Raises:
        DeliveryError: anything but yes.
    """
    status = reply.status
    if 200 <= status < 300:
        return f"HTTP {status}"
    if 300 <= status < 400:
        said = f"it leads elsewhere (HTTP {status}), which is not followed; write the address that it leads to"
    elif status in {401, 403}:
        said = f"it wants another login (HTTP {status})"
    elif status in {404, 410}:
        said = f"nothing takes notices at this address (HTTP {status})"
    elif status == 429:
        said = "it wants to be told less often (HTTP 429)"
    else:
        said = f"it answered with HTTP {status}"
    raise DeliveryError(
        f"{place}: {said}",
        retry=status not in NOT_TAKEN,
        delivered=delivered,
        retry_after_seconds=reply.retry_after_seconds,
    )


def dispatch_to_try(rig: str, *, now: datetime) -> Dispatch:
    """What tries a channel."""
    notice = Notice(
        key=AlertKey("TestOfChannel", rig),
        severity="info",
        state="firing",
        since=now,
        summary="this is a test, nothing is wrong",
        what_to_do="nothing: what alerts have to say comes this way",
    )
    return Dispatch(notices=(notice,), is_test=True)
