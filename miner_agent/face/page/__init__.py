"""The pages for people: templates, the files that they need, and what each page is made of."""

from miner_agent.face.page import alerts_page, books_page, fleet_page, history_page, money_page, now_page
from miner_agent.face.page.page_kind import PageKind

PAGES: tuple[PageKind, ...] = (
    now_page.NOW,
    money_page.MONEY,
    history_page.HISTORY,
    alerts_page.ALERTS_PAGE,
    fleet_page.FLEET,
    books_page.BOOKS,
)
