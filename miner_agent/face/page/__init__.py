"""The pages for people: templates, the files that they need, and what each page is made of."""

from miner_agent.face.page import now_page
from miner_agent.face.page.page_kind import PageKind

PAGES: tuple[PageKind, ...] = (now_page.NOW,)
