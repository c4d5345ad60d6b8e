"""beancount 3: every lot with its total cost, day and id, every gain written out."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Context, Decimal

from calculators.books.exact import NOTHING, plain, whole_cents
from calculators.books.matching_rules import POOLS
from calculators.books.movements import Receipt
from exporters.tax.exported_book import COST_PLACES, ExportedBook, ExportFile
from exporters.tax.journal import (
    ALWAYS,
    OWN,
    Account,
    CoinPosting,
    JournalEntry,
    MoneyPosting,
    Posting,
    in_cents_at_least,
)
from exporters.tax.left_out import beside
from exporters.tax.safe_names import SafeNames, ascii_word
from exporters.tax.whole_journal import balances, remarks_on, whole_journal
from miner_agent.text import clean_text

FORMAT = "beancount"
_LONGEST_COMMODITY = 20
_BOOKING = {"fifo": "FIFO", "lifo": "LIFO", "hifo": "HIFO"}
_LINK_MARKS = "-_/."
_AS_BEANCOUNT = Context(prec=28)


def export(told: ExportedBook) -> Iterator[ExportFile]:
    """One journal, and what stands beside it."""
    writer = _Writer(told)
    text = "".join(f"{line}\n" for line in writer.lines())
    yield ExportFile(name=f"{told.book_stem}.beancount", content=text.encode())
    yield from beside(told, FORMAT, remarks_on(told))


class _Writer:
    def __init__(self, told: ExportedBook) -> None:
        self.told = told
        self.entries = whole_journal(told)
        self.commodity = SafeNames(_commodity, numbered=lambda text, number: f"{text[:_LONGEST_COMMODITY]}-{number}")
        self.wallet = SafeNames(_component)
        self.coin = SafeNames(_component)
        self.word = SafeNames(_component)
        self.label = SafeNames(lambda text: _quotable(text, 200))
        self.currency = self.commodity(told.book.terms.currency)
        self.own = [self._account(account) for account in OWN]  # no category of the user's takes their names

    def lines(self) -> Iterator[str]:
        terms = self.told.book.terms
        yield f'option "title" "{_quotable(self.told.book.name)}, {self.told.year.name}"'
        yield f'option "operating_currency" "{self.currency}"'
        yield 'option "tolerance_multiplier" "1.0"'
        yield f"; entries through {self.told.book.entries_through.seq}, {self.told.book.entries_through.hash}"
        yield f"; lots by {terms.method}, {terms.scope}; days of {terms.time_zone}; a record, no advice"
        yield ""
        yield from self._opened()
        for entry in self.entries:
            yield ""
            yield from self._entry(entry)
        yield ""
        yield from self._balances()

    def _opened(self) -> Iterator[str]:
        if not self.entries:
            return
        first = self.entries[0].day.isoformat()
        booking = "NONE" if self.told.book.terms.method in POOLS else _BOOKING.get(self.told.book.terms.method, "FIFO")
        seen = dict.fromkeys(self.own[: len(ALWAYS)], f"  {self.currency}")
        for entry in self.entries:
            for posting in entry.postings:
                if isinstance(posting, CoinPosting):
                    seen[self._coin_account(posting)] = f'  {self.commodity(posting.asset)}  "{booking}"'
                else:
                    seen[self._account(posting.account)] = f"  {self.currency}"
        for account, rest in sorted(seen.items()):
            yield f"{first} open {account}{rest}"

    def _entry(self, entry: JournalEntry) -> Iterator[str]:
        words = f'"{entry.word}"' if entry.note is None else f'"{entry.word}: {_quotable(entry.note)}"'
        link = f" ^{entry.id}" if _fits_link(entry.id) else ""
        yield f"{entry.day.isoformat()} {'*' if entry.is_sure else '!'} {words}{link}"
        yield f'  id: "{_quotable(entry.id, 200)}"'
        if entry.at is not None:
            yield f'  at: "{entry.at.strftime("%Y-%m-%dT%H:%M:%SZ")}"'
        for posting in entry.postings:
            yield f"  {self._posting(posting, is_last=posting is entry.postings[-1])}"

    def _posting(self, posting: Posting, *, is_last: bool) -> str:
        """The last one of money makes the sum nothing: it has no more digits than beancount's division is sure of."""
        if isinstance(posting, MoneyPosting):
            amount = posting.amount
            if is_last and _places(amount) > COST_PLACES:
                amount = whole_cents(amount, places=COST_PLACES)
            return f"{self._account(posting.account)}  {in_cents_at_least(amount)} {self.currency}"
        start = f"{self._coin_account(posting)}  {plain(posting.amount)} {self.commodity(posting.asset)}"
        if posting.cost is None:
            return start
        if posting.receipt is None or posting.acquired is None:
            return f"{start} {{{{{in_cents_at_least(posting.cost)} {self.currency}}}}}"
        lot = f'{posting.acquired.isoformat()}, "{self.label(posting.receipt.id)}"'
        if posting.amount < 0:
            return f"{start} {{{lot}}}"
        if posting.amount == posting.receipt.amount:
            return f"{start} {{{{{in_cents_at_least(posting.cost)} {self.currency}, {lot}}}}}"
        return f"{start} {{{plain(_of_one(posting.receipt))} {self.currency}, {lot}}}"

    def _balances(self) -> Iterator[str]:
        last, held = balances(self.entries)
        if last is None:
            return
        sums: dict[tuple[str, str], Decimal] = {}
        for (wallet, asset), amount in held.items():
            sums[f"Assets:Crypto:{self.wallet(wallet)}:{self.coin(asset)}", self.commodity(asset)] = amount
        day = (last + timedelta(days=1)).isoformat()
        for (account, commodity), amount in sorted(sums.items()):
            yield f"{day} balance {account}  {plain(amount)} {commodity}"

    def _coin_account(self, posting: CoinPosting) -> str:
        return f"Assets:Crypto:{self.wallet(posting.wallet)}:{self.coin(posting.asset)}"

    def _account(self, account: Account) -> str:
        return ":".join((account[0], *map(self.word, account[1:])))


def _of_one(receipt: Receipt) -> Decimal:
    """What one coin of it cost, as beancount divides: parts of one lot stay one lot, wherever they are."""
    return _AS_BEANCOUNT.divide(receipt.basis or NOTHING, receipt.amount)


def _places(amount: Decimal) -> int:
    return len(plain(amount).partition(".")[2])


def _component(name: str) -> str:
    """A word of an account: a capital letter or a digit, then letters, digits and dashes."""
    word = ascii_word(name).strip("-")[:60]
    return word[:1].upper() + word[1:] or "Unnamed"


def _commodity(name: str) -> str:
    """Capital letters, digits and some marks, a letter first, a letter or a digit last."""
    word = ascii_word(name.upper(), more="'._").strip("'._-")[:_LONGEST_COMMODITY].rstrip("'._-")
    return word if word[:1].isalpha() else f"C{word}"


def _fits_link(text: str) -> bool:
    return text.isascii() and all(character.isalnum() or character in _LINK_MARKS for character in text)


def _quotable(text: str, length: int = 256) -> str:
    return clean_text(text, length=length).replace("\\", "\\\\").replace('"', '\\"')
