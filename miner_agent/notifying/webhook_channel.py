"""A webhook: JSON is posted to an address that is a secret, and signed where the owner has set a second one."""

import hashlib
import hmac
from datetime import datetime

from miner_agent.errors import DeliveryError, SourceError
from miner_agent.notifying.channel import DEADLINE_SECONDS, Dispatch, judged
from miner_agent.notifying.webhook_body import webhook_body
from miner_agent.transport.service_calls import ServiceAddress, call

SIGNATURE = "X-Miner-Agent-Signature"


class WebhookChannel:
    """One of ``[[alerts.channels]]`` with ``kind = "webhook"``."""

    def __init__(
        self,
        name: str,
        address: ServiceAddress,
        *,
        secret: str | None = None,
        deadline_seconds: float = DEADLINE_SECONDS,
    ) -> None:
        """
        Args:
            name: of the channel.
            address: where it posts to.
            secret: what it signs with.
            deadline_seconds: over all of one post. [s]
        """
        self.name, self._address, self._secret, self._deadline_seconds = name, address, secret, deadline_seconds

    def send(self, dispatch: Dispatch, *, now: datetime) -> str:
        """Post it. Raises DeliveryError: it was not taken."""
        body = webhook_body(dispatch, now=now)
        headers = {"Content-Type": "application/json"}
        if self._secret is not None:
            headers[SIGNATURE] = signature(body, self._secret, now=now)
        try:
            reply = call(
                self._address,
                method="POST",
                body=body,
                headers=headers,
                deadline_seconds=self._deadline_seconds,
                now=now,
            )
        except SourceError as error:
            raise DeliveryError(str(error)) from None
        return judged(str(self._address.endpoint), reply)

    def close(self) -> None:
        """A post ends by its deadline."""


def signature(body: bytes, secret: str, *, now: datetime) -> str:
    """The time, and a proof that whoever knows the secret has sent this body then.

    >>> signature(b"{}", "s3cret", now=datetime.fromisoformat("2026-11-29T12:00:00Z"))
    't=1795953600,v1=2d7f6d5bf3d6000062a375f7df5d906618248fafb0aba2efbcde8eac2255bb46'
    """
    moment = int(now.timestamp())
    proof = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256)
    return f"t={moment},v1={proof.hexdigest()}"
