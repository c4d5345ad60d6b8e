"""What the agent and the process that posts say to each other."""

from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from miner_agent.config.configuration import Config
from miner_agent.config.rendered import render
from miner_agent.model.ledger_status import BookStatus


class PostingErrand(Struct, frozen=True, kw_only=True):
    """What to do with the books of a state directory."""

    state_directory: str
    configuration: str  # as TOML
    credentials: str | None  # the folder of systemd's
    post_at: datetime | None  # this moment, where days that are over are to be posted; None: only look
    ask_pools_at: datetime | None = None  # this moment, where pools are to be asked for payouts
    started_at: datetime | None = None  # since when payouts are compared with what was estimated

    @classmethod
    def of(
        cls,
        loaded: Config,
        state_directory: Path,
        *,
        credentials: str | None,
        post_at: datetime | None,
        ask_pools_at: datetime | None,
        started_at: datetime | None,
    ) -> "PostingErrand":
        """The errand for books beside a log, by a configuration."""
        bare = msgspec.structs.replace(loaded, miners=(), meters=())
        return cls(
            state_directory=str(state_directory),
            configuration=render(bare),
            credentials=credentials,
            post_at=post_at,
            ask_pools_at=ask_pools_at,
            started_at=started_at,
        )


class PoolReturn(Struct, frozen=True, kw_only=True):
    """What came of asking one pool."""

    name: str
    added: int = 0
    error: str | None = None  # why not all of its history was read
    notes: tuple[str, ...] = ()


class PostingReturn(Struct, frozen=True, kw_only=True):
    """How the books stand then."""

    books: tuple[BookStatus, ...] = ()
    looked: bool = False  # at the books: none are told where there are none, or where they cannot be read
    added: int = 0  # entries
    notes: tuple[str, ...] = ()
    error: str | None = None  # why not all was done
    pools: tuple[PoolReturn, ...] = ()  # those that were asked
    rigs: tuple[str, ...] = ()  # why not all days of other rigs are there


def errand_text(errand: PostingErrand) -> bytes:
    return msgspec.json.encode(errand)


def errand_in(raw: bytes) -> PostingErrand:
    return msgspec.json.decode(raw, type=PostingErrand)


def return_text(returned: PostingReturn) -> bytes:
    return msgspec.json.encode(returned)


def return_in(raw: bytes) -> PostingReturn:
    """Raises ``msgspec.DecodeError`` where the process was cut short."""
    return msgspec.json.decode(raw, type=PostingReturn)
