"""The process that has Apprise: an errand on stdin, how far it came on stdout. It writes no file and no log.

``python -m miner_agent.notifying.apprise_child``. It ends with whoever started it. What Apprise logs may hold parts of
the address: only the status of a service is read off it.
"""

import logging
import re
import sys

import apprise
from msgspec import json

from miner_agent.interpreter import end_with_parent, take_nothing_from_environment
from miner_agent.notifying.apprise_messages import AppriseErrand, AppriseReturn
from miner_agent.notifying.message_text import Kind, Letter
from miner_agent.text import clean_text

_STATUS = re.compile(r"\berror=(\d{3})\b")
_NOT_KNOWN = "Apprise knows no such address; see the services in its documentation for how theirs is written"
_KINDS: dict[Kind, apprise.NotifyType] = {
    "failure": apprise.NotifyType.FAILURE,
    "warning": apprise.NotifyType.WARNING,
    "info": apprise.NotifyType.INFO,
    "success": apprise.NotifyType.SUCCESS,
}


class _Heard(logging.Handler):
    """The last status that a service answered with."""

    def __init__(self) -> None:
        super().__init__()
        self.status: int | None = None

    def emit(self, record: logging.LogRecord) -> None:
        found = _STATUS.search(record.getMessage())
        self.status = int(found[1]) if found else self.status


def sent(errand: AppriseErrand) -> AppriseReturn:
    """Each letter in turn, until one is not taken."""
    heard = _listening()
    asset = apprise.AppriseAsset(
        app_id="miner-agent",
        app_desc="miner-agent",
        async_mode=False,
        storage_mode=apprise.PersistentStoreMode.MEMORY,
        http_redirects=False,
    )
    services = apprise.Apprise(asset=asset)
    if not services.add(errand.url) or len(services) != 1:
        return AppriseReturn(delivered=0, reason=_NOT_KNOWN)
    for position, (kind, title, lines) in enumerate(errand.letters):
        if not _took(services, Letter(title=title, lines=lines, kind=kind)):
            status = "" if heard.status is None else f" (HTTP {heard.status})"
            return AppriseReturn(delivered=position, reason=f"the service did not take it{status}")
    return AppriseReturn(delivered=len(errand.letters))


def _listening() -> _Heard:
    """Whatever is logged, it is heard and written nowhere."""
    heard = _Heard()
    logging.root.handlers = [heard]
    logging.getLogger("apprise").setLevel(logging.INFO)
    return heard


def _took(services: apprise.Apprise, letter: Letter) -> bool:
    """Whether the one service took it: as many lines as it has room for, behind the title where it knows no titles."""
    service = services[0]
    title = clean_text(letter.title, length=service.title_maxlen) if service.title_maxlen > 0 else letter.title
    apart = 0 if service.title_maxlen > 0 else len(title) + 2
    body = letter.fitted(service.body_maxlen - apart)
    return bool(services.notify(body=body, title=title, notify_type=_KINDS[letter.kind]))


if __name__ == "__main__":
    end_with_parent()
    take_nothing_from_environment()
    received = json.decode(sys.stdin.buffer.read(), type=AppriseErrand)
    sys.stdout.buffer.write(json.encode(sent(received)))
