"""The face of the agent: finds who makes what is asked for, and keeps what was made until the next tick.

Nothing is made before somebody asks for it: of a tick at which nobody looks there is no page and no document.
"""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from miner_agent.config.configuration import Config
from miner_agent.face.api.api_answers import ROOT, ApiAnswers, problem
from miner_agent.face.desks import Desks
from miner_agent.face.known import Known
from miner_agent.face.page.page_answers import PageAnswers
from miner_agent.face.page.static_files import StaticFiles
from miner_agent.face.question_desk import RETRY
from miner_agent.views.figures import Circumstances
from miner_agent.web.inquiry import Inquiry, Reply

MOST_KEPT_BYTES = 1 << 20  # of the answers of one tick; what is beyond is made for each who asks
_TEXT = "text/plain; charset=utf-8"
_LATE = "That takes too long just now. Try again in a few seconds."
_NO_SUCH_PAGE = (
    "There is no such page. Those for people begin at /, documents at /api/v1/openapi.json; the others are "
    "/metrics /-/healthy /-/ready /-/verdict /-/days /rigs /sd\n"
)


@dataclass(slots=True)
class _Kept:
    """What was made of one tick, while it was as fresh as this."""

    reason: str | None
    answers: dict[tuple[str, tuple[tuple[str, str], ...], bool], Reply] = field(default_factory=dict)
    size_bytes: int = 0


class AgentFace:
    """Tells of the newest tick. Used in the web's thread alone."""

    def __init__(
        self, newest: Callable[[], Known | None], why_not_ready: Callable[[], str | None], desks: Desks
    ) -> None:
        """
        Args:
            newest: what the last tick gave; ``None``: there was none yet.
            why_not_ready: why that is not the present; ``None``: it is.
            desks: answer what takes longer than a moment.
        """
        self._newest, self._why_not_ready, self._desks = newest, why_not_ready, desks
        self._static = StaticFiles.read()
        self._pages = PageAnswers(self._static, desks)
        self._api = ApiAnswers(desks)
        self._kept: WeakKeyDictionary[Known, _Kept] = WeakKeyDictionary()  # of the newest: it goes with its tick
        self._loaded: Config | None = None  # what desks have answered by

    def answer(self, asked: Inquiry) -> Reply | Future[Reply]:
        """What is told to that question."""
        if (file := self._static.answer(asked.path)) is not None:
            return file
        asked = self._pages.meant(asked)
        known, reason = self._newest(), self._why_not_ready()
        kept = self._kept_of(known, reason)
        question = (asked.path, asked.query, asked.sees_money)
        if (before := kept.answers.get(question)) is not None:
            return before
        made = self._made(asked, known, reason)
        if isinstance(made, Future) or made.etag is not None:  # then whoever made it keeps it
            return made
        if made.status == 200:
            made = made.marked()
            if kept.size_bytes + len(made.body) <= MOST_KEPT_BYTES:
                kept.size_bytes += len(made.body)
                kept.answers[question] = made
        return made

    def late(self, asked: Inquiry) -> Reply:
        """What is told where the log took too long, or whoever else was to tell."""
        if asked.path.startswith(ROOT):
            return problem(503, _LATE, RETRY)
        return Reply(status=503, media_type=_TEXT, body=f"{_LATE}\n".encode(), headers=RETRY)

    def _kept_of(self, known: Known | None, reason: str | None) -> _Kept:
        """What was made of that tick. Nothing is kept where there was none."""
        if known is None:
            return _Kept(reason)
        if known.loaded is not self._loaded:
            self._desks.forget()
            self._loaded = known.loaded
        kept = self._kept.get(known)
        if kept is None or kept.reason != reason:
            kept = self._kept[known] = _Kept(reason)
        return kept

    def _made(self, asked: Inquiry, known: Known | None, reason: str | None) -> Reply | Future[Reply]:
        at = None
        if known is not None:
            at = Circumstances(taken_at=known.snapshot.taken_at, stale_because=reason, sees_money=asked.sees_money)
        for one in (self._api, self._pages):
            if (made := one.answer(asked, known, at)) is not None:
                return made
        return Reply(status=404, media_type=_TEXT, body=_NO_SUCH_PAGE.encode())
