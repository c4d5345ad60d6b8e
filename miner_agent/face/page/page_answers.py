"""Answers for the pages: their templates are compiled once, before the first client comes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from calculators.local_time import zone_named
from miner_agent import __version__
from miner_agent.face.asked_wrongly import NothingThere
from miner_agent.face.known import Known
from miner_agent.face.page import PAGES
from miner_agent.face.page.page_kind import PageKind
from miner_agent.face.page.page_words import WORDS, harmless
from miner_agent.face.page.static_files import StaticFiles
from miner_agent.views.figures import Circumstances
from miner_agent.web.inquiry import Inquiry, Reply

TEMPLATES = Path(__file__).parent / "templates"
_NOTHING_YET, _NOTHING_THERE = "waiting.html", "nothing.html"
_UTC = "UTC"
_WAITING_SECONDS = 3.0  # until a page that has nothing yet asks again


class PageAnswers:
    """The pages by their paths."""

    def __init__(self, static: StaticFiles, kinds: Sequence[PageKind] = PAGES) -> None:
        self._kinds = {one.path: one for one in kinds}
        environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=True,
            finalize=harmless,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.globals |= {"static": static.url, "pages": tuple(kinds), "version": __version__, **WORDS}
        names = {_NOTHING_YET, _NOTHING_THERE, *(one.template for one in kinds)}
        self._templates: dict[str, Template] = {name: environment.get_template(name) for name in names}

    def meant(self, asked: Inquiry) -> Inquiry:
        """The question without what its page does not heed, so that nobody has it made anew by asking for nothing."""
        kind = self._kinds.get(asked.path)
        if kind is None or not asked.query:
            return asked
        return replace(asked, query=tuple(one for one in asked.query if one[0] in kind.parameters))

    def answer(self, asked: Inquiry, known: Known | None, at: Circumstances | None) -> Reply | None:
        """The page; ``None`` where there is none of that path."""
        kind = self._kinds.get(asked.path)
        if kind is None:
            return None
        if known is None or at is None:
            body = self._templates[_NOTHING_YET].render(page=kind, every_seconds=_WAITING_SECONDS)
            return Reply(status=503, body=body.encode("utf-8", "replace"))
        parameters = {name: value for name, value in asked.query if name in kind.parameters}
        zone_name = _UTC if known.loaded.tariff is None else known.loaded.tariff.zone
        shared: Mapping[str, object] = {
            "page": kind,
            "at": at,
            "zone": zone_named(zone_name),
            "zone_name": zone_name,
            "every_seconds": known.loaded.agent.interval_seconds,
        }
        try:
            status, name, made = 200, kind.template, kind.make(known, at, parameters)
        except NothingThere as error:
            status, name, made = 404, _NOTHING_THERE, {"sentence": str(error)}
        body = self._templates[name].render({**shared, **made})
        return Reply(status=status, body=body.encode("utf-8", "replace"))
