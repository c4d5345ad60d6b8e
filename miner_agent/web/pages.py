"""Holds what the web serves. One thread swaps it once a tick, others read it; whoever asks first has its bytes made."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol, Self

from miner_agent.text import natural_key


class Rendered(Protocol):
    """A page of metrics."""

    @property
    def text(self) -> bytes:
        """In Prometheus' text format 0.0.4."""

    @property
    def openmetrics(self) -> bytes:
        """In OpenMetrics 1.0.0."""

    @property
    def public(self) -> "Rendered":
        """The same without money and books; itself where it holds none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsPage:
    """One whose bytes lie ready."""

    text: bytes
    openmetrics: bytes
    without_money: "MetricsPage | None" = None  # None: it holds none

    @classmethod
    def of(cls, page: Rendered) -> Self:
        """That one, rendered now."""
        public = page.public
        without = None if public is page else cls.of(public)
        return cls(text=page.text, openmetrics=page.openmetrics, without_money=without)

    @property
    def public(self) -> "MetricsPage":
        return self if self.without_money is None else self.without_money


PAGES_AHEAD = 3
"""Of so many pages behind one that was asked for, the same is made before anybody asks: who scrapes comes again."""


class PageOnDemand:
    """A page that is made once somebody asks for it, and each format of it too. They are kept.

    Any thread may ask; one waits for another.
    """

    def __init__(self, make: Callable[[], Rendered]) -> None:
        self._make, self._lock = make, threading.Lock()
        self._page: Rendered | None = None
        self._forms: dict[_Form, bytes] = {}
        self._ahead: dict[_Form, int] = {}  # of how many pages behind this one each is likely to be asked for

    @property
    def text(self) -> bytes:
        return self.asked_for(_Form(is_public=False, name="text"))

    @property
    def openmetrics(self) -> bytes:
        return self.asked_for(_Form(is_public=False, name="openmetrics"))

    @property
    def public(self) -> Rendered:
        return _PublicPage(self)

    def asked_for(self, form: "_Form") -> bytes:
        """One form of it."""
        with self._lock:
            self._ahead[form] = PAGES_AHEAD
            return self._of(form)

    def follow(self, before: "PageOnDemand") -> None:
        """Make now what was asked of the page before, or of those before that: it lies ready when this one is."""
        ahead = before.likely()
        with self._lock:
            self._ahead = ahead
            for form in ahead:
                self._of(form)

    def likely(self) -> "dict[_Form, int]":
        """What the next page is likely to be asked for, and of how many pages behind that one."""
        with self._lock:
            return {form: pages - 1 for form, pages in self._ahead.items() if pages}

    def _of(self, form: "_Form") -> bytes:
        if form not in self._forms:
            page = self._page = self._page or self._make()
            told = page.public if form.is_public else page
            self._forms[form] = told.text if form.name == "text" else told.openmetrics
        return self._forms[form]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    is_public: bool  # without money and books
    name: Literal["text", "openmetrics"]


@dataclass(frozen=True, slots=True)
class _PublicPage:
    page: PageOnDemand

    @property
    def text(self) -> bytes:
        return self.page.asked_for(_Form(is_public=True, name="text"))

    @property
    def openmetrics(self) -> bytes:
        return self.page.asked_for(_Form(is_public=True, name="openmetrics"))

    @property
    def public(self) -> Rendered:
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictPage:
    """Whether the rig is well, of one tick."""

    body: bytes  # JSON
    in_short: str


class Pages:
    """The newest page, and whether the agent is ready.

    Writer and reader share one attribute that points to an immutable value. Swapping it is atomic: a reader
    has the whole old page or the whole new one, and waits for nobody.
    """

    def __init__(self, is_ready: Callable[[], str | None]) -> None:
        """
        Args:
            is_ready: None when ready, else the reason why not, as one sentence. It is called in the web
                thread on each question, so it only looks at what is already known.
        """
        self._is_ready = is_ready
        self._current: tuple[Rendered, Callable[[], Rendered] | None] | None = None
        self._verdict: Callable[[], VerdictPage] | None = None

    def publish(
        self,
        page: Rendered,
        *,
        without_readings: Callable[[], Rendered] | None = None,
        verdict: Callable[[], VerdictPage] | None = None,
    ) -> None:
        """Serve this page from now on; what ``without_readings`` makes in its place once the agent is not ready.

        ``verdict`` is made for each who asks: few do.

        A sampling loop that has stopped leaves its last ones behind: nobody shall take them for the present.
        """
        self._current = (page, without_readings)
        self._verdict = verdict

    @property
    def current(self) -> Rendered | None:
        """What is served now; None before the first page."""
        if self._current is None:
            return None
        page, without_readings = self._current
        return page if without_readings is None or self._is_ready() is None else without_readings()

    @property
    def verdict(self) -> VerdictPage | None:
        """How the rig is; ``None`` where that is not known."""
        return self._verdict() if self._verdict is not None and self._is_ready() is None else None

    def reason_not_ready(self) -> str | None:
        """None when ready, else the reason why not."""
        return self._is_ready()


@dataclass(frozen=True, slots=True, kw_only=True)
class RigPage:
    """What is known of one rig behind the gateway, until it is asked again.

    Its page is that of the last asking, with readings or with the reason why there are none. Once the rig was not asked
    in its time, ``without_readings`` makes the page.
    """

    page: Rendered
    without_readings: Callable[[], Rendered]
    fresh_until_seconds: float  # on the monotonic clock
    asked_at: datetime
    up: bool  # it gave a reading
    reason: str | None  # why it gave none
    dead: bool  # it has not answered for a while, and is asked ever less often
    verdict: Callable[[], Mapping[str, object]]  # how it is, as JSON has it; made for each who asks: few do


NO_RIGS: Mapping[str, RigPage] = {}


class RigPages:
    """The newest page of each rig that this agent speaks for. One thread writes, another one reads.

    What is swapped is one reference at a time, as in ``Pages``.
    """

    def __init__(self, monotonic: Callable[[], float], beside: Mapping[str, RigPage] = NO_RIGS) -> None:
        """
        Args:
            monotonic: the clock of what is fresh.
            beside: rigs of which somebody else knows, looked at whenever a client asks.
        """
        self._monotonic, self._beside = monotonic, beside
        self._rigs: dict[str, RigPage | None] = {}

    def serve_only(self, names: Iterable[str]) -> None:
        """From now on there are these rigs; what is known of those that stay is kept."""
        self._rigs = {name: self._rigs.get(name) for name in sorted(names, key=natural_key)}

    def publish(self, name: str, page: RigPage) -> None:
        """Serve this for a rig; nothing where it is not there any more."""
        if name in self._rigs:
            self._rigs[name] = page

    @property
    def names(self) -> tuple[str, ...]:
        return (*self._rigs, *self._beside)

    def known(self) -> Mapping[str, RigPage | None]:
        """Every rig by name, and what is known of it: nothing before its first answer."""
        return {**self._rigs, **self._beside} if self._beside else self._rigs

    def is_fresh(self, page: RigPage) -> bool:
        return self._monotonic() <= page.fresh_until_seconds

    def current(self, name: str) -> Rendered | None:
        """What is served of a rig now; ``None`` before its first page.

        Raises:
            KeyError: there is no such rig.
        """
        known = self._rigs[name] if name in self._rigs else self._beside[name]
        if known is None:
            return None
        return known.page if self.is_fresh(known) else known.without_readings()
