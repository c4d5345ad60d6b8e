"""One source of prices a file: market, exchange rates, tariffs. The name of the file is the name of the feed."""

from importlib import import_module
from pkgutil import iter_modules

from miner_agent.errors import BadPayload
from miner_agent.market.feed import Feed, SavedAnswer
from miner_agent.market.feed_payload import (
    csv_header,
    json_of,
    local_name,
    refuse_error_body,
    refuse_no_answer,
    xml_of,
)
from miner_agent.sources.foreign_json import BYTE_ORDER_MARK

SAVED = "saved answer"
TABLES = (
    "a CSV of prices with the columns start, price and currency, of quotes with coin, of rates of exchange with "
    "date, from, to and rate"
)
ANSWERS = "the answer of a source that is known, or a table of one's own"


def names() -> tuple[str, ...]:
    """All feed names, sorted. Imports none of them."""
    return tuple(sorted(module.name for module in iter_modules(__path__) if not module.ispkg))


def load(name: str) -> Feed:
    """The feed of that name, which must be one of ``names()``."""
    feed: Feed = import_module(f"{__name__}.{name}").FEED
    if feed.name != name:
        raise ValueError(f"feeds/{name}.py calls itself {feed.name!r}")
    return feed


def detect(raw: bytes) -> Feed:
    """The feed whose answer that is, recognised by what is in it.

    Raises:
        BadPayload: it is no feed's, or an error body; the sentence says what it is instead.
    """
    refuse_no_answer(raw, SAVED)
    seen = _seen(raw)
    fitting = [feed for feed in map(load, names()) if feed.recognises(seen)]
    if len(fitting) == 1:
        return fitting[0]
    if seen.json is not None:
        refuse_error_body(seen.json)
    if not fitting:
        forms = TABLES if len(csv_header(raw)) > 1 else ANSWERS
        raise BadPayload(SAVED, raw[:40], f"{forms}; docs/feeds.md has them all")
    known = ", ".join(feed.name for feed in fitting)
    raise BadPayload(SAVED, raw[:40], f"the answer of one of: {known}; name the feed that it came from")


def _seen(raw: bytes) -> SavedAnswer:
    start = raw.removeprefix(BYTE_ORDER_MARK).lstrip()[:1]
    if start == b"<":
        return SavedAnswer(raw=raw, xml_root=local_name(xml_of(raw, SAVED)))
    if start == b"{":
        return SavedAnswer(raw=raw, json=json_of(raw, SAVED))
    if start == b"[":
        try:
            return SavedAnswer(raw=raw, json=json_of(raw, SAVED))
        except BadPayload:
            return SavedAnswer(raw=raw)  # a TOML table begins so too
    return SavedAnswer(raw=raw)
