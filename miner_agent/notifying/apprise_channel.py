"""The services that Apprise knows: mail, Telegram, Discord, ntfy, Pushover, Slack and many more.

A process for each batch has the library, which takes 37 MiB and may hang in a service's code: it is ended by its
deadline, and with the agent.
"""

import importlib.util
from datetime import datetime

from msgspec import DecodeError, json

from miner_agent.errand_process import ErrandProcess
from miner_agent.errors import AgentError, ConfigError, DeliveryError, TimedOut
from miner_agent.notifying.apprise_messages import AppriseErrand, AppriseReturn
from miner_agent.notifying.channel import Dispatch
from miner_agent.notifying.message_text import letters_of
from miner_agent.text import LOG_LENGTH, clean_text

CHILD = "miner_agent.notifying.apprise_child"
DEADLINE_SECONDS = 60.0
LARGEST_RETURN_BYTES = 64 << 10


class AppriseChannel:
    """One of ``[[alerts.channels]]`` with ``kind = "apprise"``."""

    def __init__(self, name: str, url: str, *, deadline_seconds: float = DEADLINE_SECONDS) -> None:
        self.name, self._url, self._deadline_seconds = name, url, deadline_seconds
        self._process = ErrandProcess(
            CHILD, that="sends by Apprise", largest_answer_bytes=LARGEST_RETURN_BYTES, hears=False
        )  # what services and their libraries complain of may hold the address

    def send(self, dispatch: Dispatch, *, now: datetime) -> str:
        """Have a process send it. Raises DeliveryError: not all of it was taken."""
        letters = tuple((each.kind, each.title, each.lines) for each in letters_of(dispatch, now=now))
        answer = self._answer(json.encode(AppriseErrand(url=self._url, letters=letters)))
        if answer.reason is not None:
            delivered = 0 if dispatch.summed else min(max(answer.delivered, 0), len(dispatch.notices))
            said = clean_text(answer.reason, length=LOG_LENGTH)
            raise DeliveryError(f"{self.name}: {said}", retry=answer.retry, delivered=delivered)
        return "the service took it"

    def close(self) -> None:
        """End the process that is sending."""
        self._process.close()

    def _answer(self, errand: bytes) -> AppriseReturn:
        try:
            said = self._process.answer(errand, deadline_seconds=self._deadline_seconds)
            return json.decode(said, type=AppriseReturn)
        except TimedOut:
            raise DeliveryError(f"{self.name}: not sent within {self._deadline_seconds:g} s") from None
        except AgentError as error:
            raise DeliveryError(f"{self.name}: not sent: {error}") from None
        except DecodeError:
            raise DeliveryError(f"{self.name}: the process that sends by Apprise said what cannot be read") from None


def require_apprise(place: str) -> None:
    """Raises ConfigError: the library is not installed."""
    if importlib.util.find_spec("apprise") is None:
        raise ConfigError(
            f'{place}: kind = "apprise" needs a library that is not installed; run: pip install "miner-agent[notify]"'
        )
