"""Asks one pool, page by page, and says what came of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from miner_agent.config.entries import PayoutsEntry
from miner_agent.config.named_files import read_secret
from miner_agent.errors import BadPayload, ConfigError, SourceError, TimedOut, said_of
from miner_agent.market.feed import check_base_url, in_path
from miner_agent.market.feeding import Fetch
from miner_agent.payouts.pool import Ask, Gathered, Pool, PoolAccount
from miner_agent.payouts.pool_list import POOLS

DEADLINE_SECONDS = 30.0  # of one request
LONGEST_SECONDS = 300.0  # of all of them
MOST_PAYOUTS = 1_000_000
SHORTEST_HIDDEN = 8  # characters of an account that a sentence may have been cut to


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolTold:
    """What one pool told."""

    gathered: Gathered
    raw: list[bytes] = field(repr=False)
    error: SourceError | None = None  # why that is not all of it


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPool:
    """A pool as it is configured, ready to be asked."""

    entry: PayoutsEntry
    pool: Pool
    base_url: str

    @classmethod
    def of(cls, entry: PayoutsEntry) -> "AskedPool":
        """Checks what is special to the pool.

        Raises:
            ConfigError: something about it is missing or impossible.
        """
        pool = POOLS[entry.pool]
        base_url = entry.base_url or (None if pool.base_url is None else pool.base_url(entry.coin))
        if base_url is None:
            raise ConfigError(f"{entry.place}: base_url is missing; {entry.pool} has no address of its own")
        try:
            check_base_url(base_url, entry.name, has_key=entry.key_file is not None)
        except ValueError as error:
            raise ConfigError(f"{entry.place}: {error}") from None
        if entry.key_file is None and pool.key is not None and pool.key.needed and entry.base_url is None:
            raise ConfigError(f"{entry.place}: {entry.pool} answers nobody without a key; set key_file")
        if entry.recognition == "credit" and pool.credits is None:
            raise ConfigError(f'{entry.place}: {entry.pool} tells no credits; write recognition = "payout"')
        return cls(entry=entry, pool=pool, base_url=base_url)

    @property
    def notes(self) -> tuple[str, ...]:
        """What of the configuration is of no use to this pool."""
        unused = self.entry.key_file is not None and self.pool.key is None
        return ("it takes no key: the one of key_file is not sent",) if unused else ()

    def ask(self, *questions: Ask, now: datetime, fetch: Fetch, monotonic: Callable[[], float]) -> PoolTold:
        """Every page of every question. A page that cannot be read tells nothing; those before it stand.

        Raises:
            ConfigError: the file with the key cannot be read.
        """
        entry, gathered, raw = self.entry, Gathered(), list[bytes]()
        key = None
        if entry.key_file is not None and self.pool.key is not None:
            key = read_secret(entry.key_file, place=entry.place, key="key_file", what="key")
        account = PoolAccount(coin=entry.coin, account=entry.account, now=now)
        begun = monotonic()
        for question in questions:
            asking = question(account, gathered)
            try:
                request = next(asking, None)
                while request is not None:
                    if monotonic() - begun > LONGEST_SECONDS:
                        raise TimedOut(f"its history has more pages than come in {LONGEST_SECONDS:g} s")
                    answer = fetch(
                        (request,),
                        base_url=self.base_url,
                        now=now,
                        deadline_seconds=DEADLINE_SECONDS,
                        key=key,
                        key_place=self.pool.key,
                    )
                    before = gathered.size
                    try:
                        request = asking.send(answer)
                    except StopIteration:
                        request = None
                    except SourceError:
                        gathered.forget_after(before)
                        raise
                    raw.append(answer)
                    if len(gathered.payouts) + len(gathered.twins) + len(gathered.credits) > MOST_PAYOUTS:
                        raise BadPayload("the history", "more", f"at most {MOST_PAYOUTS:,} payouts")
            except SourceError as error:
                return PoolTold(gathered=gathered, raw=raw, error=self._named(error))
        return PoolTold(gathered=gathered, raw=raw)

    def _named(self, error: SourceError) -> SourceError:
        """Opened by the name of this entry; an address at a pool has no place in a sentence."""
        sentence = str(error)
        for account in (in_path(self.entry.account), self.entry.account):
            for length in range(len(account), min(SHORTEST_HIDDEN, len(account)) - 1, -1):
                if account[:length] in sentence:
                    sentence = sentence.replace(account[:length], "…")
                    break
        if sentence != str(error):
            error.args = (sentence,)
        return said_of(self.entry.name, error)
