"""The services that Apprise knows: mail, Telegram, Discord, ntfy, Pushover, Slack and many more.

A process for each batch has the library, which takes 37 MiB and may hang in a service's code: it is ended by its
deadline, and with the agent.
"""

import importlib.util
import subprocess
import threading
from datetime import datetime

from msgspec import DecodeError, json

from miner_agent.errors import ConfigError, DeliveryError
from miner_agent.interpreter import OUT_OF_CTRL_C, child_command
from miner_agent.notifying.apprise_messages import AppriseErrand, AppriseReturn
from miner_agent.notifying.channel import Dispatch
from miner_agent.notifying.message_text import letters_of
from miner_agent.text import LOG_LENGTH, clean_text

CHILD = "miner_agent.notifying.apprise_child"
DEADLINE_SECONDS = 60.0
LARGEST_RETURN = 64 << 10


class AppriseChannel:
    """One of ``[[alerts.channels]]`` with ``kind = "apprise"``."""

    def __init__(self, name: str, url: str, *, deadline_seconds: float = DEADLINE_SECONDS) -> None:
        self.name, self._url, self._deadline_seconds = name, url, deadline_seconds
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._closed = False

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
        with self._lock:
            self._closed = True
            child = self._child
        if child is not None:
            child.kill()

    def _answer(self, errand: bytes) -> AppriseReturn:
        child = self._started()
        try:
            said, _ = child.communicate(errand, timeout=self._deadline_seconds)
        except subprocess.TimeoutExpired:
            child.kill()
            child.communicate()
            raise DeliveryError(f"{self.name}: not sent within {self._deadline_seconds:g} s") from None
        finally:
            with self._lock:
                self._child = None
        try:
            return json.decode(said[:LARGEST_RETURN], type=AppriseReturn)
        except DecodeError:
            raise DeliveryError(
                f"{self.name}: the process that sends by Apprise ended with {child.returncode} and without a word"
            ) from None

    def _started(self) -> "subprocess.Popen[bytes]":
        with self._lock:
            if self._closed:
                raise DeliveryError(f"{self.name}: not sent, the agent ends")
            try:
                self._child = subprocess.Popen(
                    child_command(CHILD),
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,  # what services and their libraries say there may hold the address
                    process_group=OUT_OF_CTRL_C,
                )
            except OSError as error:
                said = (error.strerror or "no reason told").lower()
                raise DeliveryError(f"{self.name}: no process could be started to send it: {said}") from None
            return self._child


def require_apprise(place: str) -> None:
    """Raises ConfigError: the library is not installed."""
    if importlib.util.find_spec("apprise") is None:
        raise ConfigError(
            f'{place}: kind = "apprise" needs a library that is not installed; run: pip install "miner-agent[notify]"'
        )
