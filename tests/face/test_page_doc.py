"""docs/page.md has every page, and no other."""

import re
from pathlib import Path

from miner_agent.face.page import PAGES

DOC = Path(__file__).parents[2] / "docs" / "page.md"


def test_the_documentation_names_every_page_at_its_address() -> None:
    told = re.findall(r"^\| ([A-Z]\w+) \| `(/\w*)` \|", DOC.read_text("utf-8"), re.MULTILINE)

    assert sorted(told) == sorted((one.title, one.path) for one in PAGES)
