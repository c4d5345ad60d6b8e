"""Writes the tables of feeds into ``docs/feeds.md`` from the feeds themselves: ``python tools/feeds_table.py``."""

import re
from pathlib import Path

from miner_agent.market import feeds
from miner_agent.market.feed import Feed

PAGE = Path(__file__).parents[1] / "docs" / "feeds.md"
BLOCK = re.compile(r"(<!-- feeds -->\n).*?(<!-- end of feeds -->)", re.DOTALL)
KINDS = {"market": "Market", "rates": "Exchange rates", "tariff": "Tariffs"}


def render() -> str:
    """One table a kind, and the settings of each feed that has any."""
    known = [feeds.load(name) for name in feeds.names()]
    parts = []
    for kind, title in KINDS.items():
        rows = [_row(feed) for feed in known if feed.kind == kind]
        head = ["| feed | source | gives | address | key | asked every |", "| --- | --- | --- | --- | --- | --- |"]
        parts.append("\n".join([f"### {title}", "", *head, *rows]))
    terms = [f"| `{feed.name}` | {feed.terms} | {_link(feed.documentation)} |" for feed in known]
    parts.append("\n".join(["### Terms", "", "| feed | terms | documentation |", "| --- | --- | --- |", *terms]))
    settings = [
        f"| `{feed.name}` | `{one.name}` | {one.meaning} | {_default(one.default)} |"
        for feed in known
        for one in feed.parameters
    ]
    head = ["| feed | parameter | meaning | default |", "| --- | --- | --- | --- |"]
    parts.append("\n".join(["### Parameters", "", *head, *settings]))
    return "\n\n".join(parts) + "\n"


def with_tables(text: str) -> str:
    """The page with the tables as they should be."""
    return BLOCK.sub(lambda found: f"{found[1]}\n{render()}\n{found[2]}", text)


def _row(feed: Feed) -> str:
    address = f"`{feed.base_url}`" if feed.base_url else ("your own" if feed.requests else "a file")
    if feed.key is None:
        key = "none"
    else:
        where = {"header": f"header `{feed.key.name}`", "query": f"query `{feed.key.name}`", "basic": "`user:password`"}
        key = f"{'needed' if feed.key.needed else 'optional'}, {where[feed.key.kind]}"
    minutes = feed.interval_seconds / 60
    every = f"{minutes / 60:g} h" if minutes >= 60 else f"{minutes:g} min"
    return f"| `{feed.name}` | {feed.title} | {feed.gives} | {address} | {key} | {every} |"


def _link(documentation: str) -> str:
    return f"<{documentation}>" if documentation.startswith("https://") else "below"


def _default(default: str | None) -> str:
    if default is None:
        return "has to be given"
    return f"`{default}`" if default else "none"


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
