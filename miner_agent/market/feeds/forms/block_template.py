"""What a block template of the Bitcoin family leaves its miner.

``coinbasevalue`` is the whole block. What goes to others stands beside it, under names of each chain:
``masternode`` and ``superblock`` of Dash, ``smartnode`` and ``founder`` of Raptoreum. So what looks
like a payment counts, and a payment whose amount cannot be read, or whose beginning is told without one, leaves no
reward: the rule in the table of coins serves there.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from miner_agent.market.feed_payload import FeedDoc

SATOSHI_PER_COIN = 100_000_000
NO_PAYMENTS = frozenset({"coinbaseaux", "coinbasevalue", "default_witness_commitment", "transactions", "vbavailable"})
"""Of Bitcoin's own template: what its blocks are made of, and nobody's pay."""
PAYEE_KEYS = frozenset({"address", "amount", "payee", "script", "scriptpubkey", "value"})
_STARTED = re.compile(r"(?:([a-z_]+)_payments|([a-z_]+)s)_(?:started|enforced)")


def reward_of(template: FeedDoc) -> float | None:
    """The miner's part of the next block, fees with it; ``None`` where the template does not tell who gets what.

    Raises:
        BadPayload: a number in it is none, or more goes to others than there is.
    """
    whole = template.decimal_or_none("coinbasevalue")
    if whole is None or template.at("coinbasetxn").value is not None or any(_untold(template)):
        return None
    others = Decimal(0)
    for name, place in template.entries():
        if name in NO_PAYMENTS:
            continue
        for part in place.items() if place.is_list() else [place]:
            keys = {key.lower() for key in part.keys()}  # noqa: SIM118 - a place in a document, no mapping
            if not keys & PAYEE_KEYS and not _is_paid(name, part, template):
                continue
            amount = part.decimal_or_none("amount") if part.is_object() else part.decimal_or_none()
            if amount is None:
                return None
            others += amount
    if whole <= others:
        template.at("coinbasevalue").expected("more than goes to others")
    return float((whole - others) / SATOSHI_PER_COIN)


def _untold(template: FeedDoc) -> Iterator[bool]:
    """Payments that have begun, and of which the template tells none."""
    names = template.keys()
    for name in names:
        paid = _STARTED.fullmatch(name)
        if paid is not None:
            yield template.at(name).value not in {False, None} and (paid[1] or paid[2]) not in names


def _is_paid(name: str, part: FeedDoc, template: FeedDoc) -> bool:
    """A plain amount under the name of a payment, as ``founder`` beside ``founder_payments_started``."""
    is_number = isinstance(part.value, Decimal | int) and not isinstance(part.value, bool)
    return is_number and template.at(f"{name}_payments_started").value is not None
