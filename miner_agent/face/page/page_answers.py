"""Answers for the pages: their templates are loaded once, before the first client comes."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from types import MappingProxyType

import msgspec

from calculators.local_time import zone_named
from miner_agent import __version__
from miner_agent.face.asked_wrongly import AskedWrongly, NothingThere, NotShown
from miner_agent.face.desks import Desks
from miner_agent.face.known import Known
from miner_agent.face.page import PAGES
from miner_agent.face.page.page_kind import AskedFirst, Filling, PageKind
from miner_agent.face.page.page_templates import page_templates
from miner_agent.face.page.page_words import WORDS
from miner_agent.face.page.static_files import StaticFiles
from miner_agent.views.figures import Circumstances
from miner_agent.web.inquiry import Inquiry, Reply

_NOTHING_YET, _NOTHING_THERE = "waiting.html", "nothing.html"
_MONEY_HINT = (
    "Loopback is everybody on this machine. Name a user under [http] books_users, or a socket under [http] and look "
    "through it: `ssh -L 9877:/run/miner-agent/agent.sock RIG`, then http://localhost:9877 (docs/exposure.md). On the "
    "rig itself `miner-agent profit` and `miner-agent tax summary` tell it."
)
_WAITING_SECONDS = 3.0  # until a page that has nothing yet asks again


class PageAnswers:
    """The pages by their paths."""

    def __init__(self, static: StaticFiles, desks: Desks, kinds: Sequence[PageKind] = PAGES) -> None:
        """
        Args:
            static: the files that pages need.
            desks: answer what takes longer than a moment.
            kinds: the pages.
        """
        self._desks = desks
        self._kinds = {one.path: one for one in kinds}
        self._templates = page_templates()
        self._names = {
            "static": static.url,
            "pages": tuple(kinds),
            "version": __version__,
            "money_hint": _MONEY_HINT,
            **WORDS,
        }

    def meant(self, asked: Inquiry) -> Inquiry:
        """The question without what its page does not heed, so that nobody has it made anew by asking for nothing."""
        kind = self._kinds.get(asked.path)
        if kind is None or not asked.query:
            return asked
        return replace(asked, query=tuple(one for one in asked.query if one[0] in kind.parameters))

    def answer(self, asked: Inquiry, known: Known | None, at: Circumstances | None) -> Reply | Future[Reply] | None:
        """The page; ``None`` where there is none of that path."""
        kind = self._kinds.get(asked.path)
        if kind is None:
            return None
        if known is None or at is None:
            return self._rendered(
                _NOTHING_YET, {"page": kind, "at": None, "every_seconds": _WAITING_SECONDS}, status=503
            )
        parameters = {name: value for name, value in asked.query if name in kind.parameters}
        zone_name = known.zone_name
        shared: Filling = {
            "page": kind,
            "at": at,
            "zone": zone_named(zone_name),
            "zone_name": zone_name,
            "every_seconds": known.loaded.agent.interval_seconds,
        }
        refuse = partial(self._refused, shared)
        try:
            made = kind.make(known, at, parameters)
        except NothingThere as error:
            return refuse(404, str(error))
        except AskedWrongly as error:
            return refuse(400, str(error))
        except NotShown as error:
            return refuse(403, str(error))
        if isinstance(made, AskedFirst):
            tell = partial(self._filled, kind, shared, made)
            # Templates know who looks: a page that is kept is for those alone who may see as much.
            form = f"page {kind.path} {zone_name} {at.sees_money} {sorted(parameters.items())}"
            return self._desks.ask(made.question, tell, refuse, form=form)
        return self._rendered(kind.template, {**shared, **made})

    def _filled(self, kind: PageKind, shared: Filling, made: AskedFirst, answer: msgspec.Struct) -> Reply:
        return self._rendered(kind.template, {**shared, **made.fill(answer)})

    def _refused(
        self, shared: Filling, status: int, sentence: str, headers: Mapping[str, str] = MappingProxyType({})
    ) -> Reply:
        told = self._rendered(_NOTHING_THERE, {**shared, "sentence": sentence}, status=status)
        return replace(told, headers=headers)

    def _rendered(self, template: str, filling: Filling, *, status: int = 200) -> Reply:
        return Reply(
            status=status, body=self._templates[template].render({**self._names, **filling}).encode("utf-8", "replace")
        )
