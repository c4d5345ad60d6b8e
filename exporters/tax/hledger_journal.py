"""hledger: a posting for each lot with its total cost, every gain written out."""

from collections.abc import Iterator
from decimal import Decimal

from calculators.books.exact import plain
from exporters.tax.exported_book import ExportedBook, ExportFile
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

FORMAT = "hledger"
_NOT_IN_TAGS = str.maketrans({",": " ", ";": " ", "|": " "})


def export(told: ExportedBook) -> Iterator[ExportFile]:
    """One journal, and what stands beside it."""
    text = "".join(f"{line}\n" for line in _Writer(told).lines())
    yield ExportFile(name=f"{told.book_stem}.journal", content=text.encode())
    yield from beside(told, FORMAT, remarks_on(told))


class _Writer:
    def __init__(self, told: ExportedBook) -> None:
        self.told = told
        self.entries = whole_journal(told)
        self.commodity = SafeNames(_commodity, numbered=lambda text, number: f'"{text.strip(chr(34))}-{number}"')
        self.word = SafeNames(_component)
        self.wallet = SafeNames(_component)
        self.coin = SafeNames(_component)
        self.currency = self.commodity(told.book.terms.currency)
        self.own = [self._account(account) for account in OWN]  # no category of the user's takes their names

    def lines(self) -> Iterator[str]:
        terms = self.told.book.terms
        yield f"; {_tag(self.told.book.name)}, {self.told.year.name}: a record, no advice"
        yield f"; entries through {self.told.book.entries_through.seq}, {self.told.book.entries_through.hash}"
        yield f"; lots by {terms.method}, {terms.scope}; days of {terms.time_zone}"
        yield from self._declared()
        for entry in self.entries:
            yield ""
            yield from self._entry(entry)

    def _declared(self) -> Iterator[str]:
        """Every commodity with as many digits as it has, every account."""
        yield f"commodity 1000.00 {self.currency}"
        places: dict[str, int] = {}
        accounts = set(self.own[: len(ALWAYS)])
        for entry in self.entries:
            for posting in entry.postings:
                if isinstance(posting, CoinPosting):
                    coin = self.commodity(posting.asset)
                    places[coin] = max(places.get(coin, 1), _places(posting.amount))
                    accounts.add(self._coin_account(posting))
                else:
                    accounts.add(self._account(posting.account))
        for (_, asset), amount in balances(self.entries)[1].items():
            places[self.commodity(asset)] = max(places[self.commodity(asset)], _places(amount))
        for coin, digits in sorted(places.items()):
            yield f"commodity 0.{'0' * digits} {coin}"
        for account in sorted(accounts):
            yield f"account {account}"

    def _entry(self, entry: JournalEntry) -> Iterator[str]:
        words = entry.word if entry.note is None else f"{entry.word} {_tag(entry.note)}".rstrip()
        at = "" if entry.at is None else f", at:{entry.at.strftime('%Y-%m-%dT%H:%M:%SZ')}"
        yield f"{entry.day.isoformat()} {'*' if entry.is_sure else '!'} {words} ; txid:{_tag(entry.id, 200)}{at}"
        for posting in entry.postings:
            yield f"    {self._posting(posting)}"

    def _posting(self, posting: Posting) -> str:
        if isinstance(posting, MoneyPosting):
            return f"{self._account(posting.account)}  {in_cents_at_least(posting.amount)} {self.currency}"
        start = f"{self._coin_account(posting)}  {plain(posting.amount)} {self.commodity(posting.asset)}"
        return start if posting.cost is None else f"{start} @@ {in_cents_at_least(posting.cost)} {self.currency}"

    def _coin_account(self, posting: CoinPosting) -> str:
        return f"assets:crypto:{self.wallet(posting.wallet)}:{self.coin(posting.asset)}"

    def _account(self, account: Account) -> str:
        return ":".join((account[0].lower(), *(self.word(_dashed(word)) for word in account[1:])))


def _component(name: str) -> str:
    """A word of an account: small letters, digits and dashes."""
    return ascii_word(name).lower()[:60].strip("-") or "unnamed"


def _dashed(word: str) -> str:
    """``CapitalGains`` as ``Capital-Gains``; other words stay."""
    return "".join(
        f"-{letter}" if letter.isupper() and before.islower() else letter
        for before, letter in zip(f" {word}", word, strict=False)
    )


def _commodity(name: str) -> str:
    """In quotes, but for letters alone."""
    if name.isascii() and name.isalpha():
        return name
    kept = clean_text(name).replace('"', "'").replace(";", ",")
    return f'"{kept or "coin"}"'


def _places(amount: Decimal) -> int:
    return len(plain(amount).partition(".")[2])


def _tag(text: str, length: int = 256) -> str:
    return clean_text(text, length=length).translate(_NOT_IN_TAGS).strip()
