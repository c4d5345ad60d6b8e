"""Own hashrate as a part of the network: it makes every hash earn less, for blocks do not come more often.

Source: a share of the work is a share of the blocks, https://en.bitcoin.it/wiki/Difficulty.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Generic, TypeVar

from calculators.chain.coin import Coin
from calculators.chain.confidence import Finding
from calculators.chain.witnesses import Witness
from calculators.earnings.operation import Operation
from calculators.earnings.sum_sheet import Sheet, Term
from calculators.told_figures import percent_told
from calculators.units import SECONDS_PER_DAY

MUCH = 0.05
"""Of the network: what is more is told, for who adds it changes what others, and the price of the coin, go by."""
MOST = 1.0
"""Of the network. Beyond it nothing that is known of the chain would go on to hold."""
LEAST = 1e-4
"""Of the network: what changes less of it is less than anybody knows of it."""
ROUNDS = 12
"""In which what runs and its part of a network are brought together; each halves what they are apart."""
NAME = "own_network_ratio"
Chain = TypeVar("Chain", bound=Hashable)


class RunningRatios(Generic[Chain]):
    """Of how much of the time each chain is mined, brought together with what is worth running by it.

    A chain that is worth mining only while it is hardly mined has no ratio at which both agree. It is taken for mined
    as much as the least that was found to be enough, so that no plan promises more than comes.
    """

    def __init__(self, chains: Mapping[Chain, float]) -> None:
        """
        Args:
            chains: own hashrate by that of the whole network, of each. [1]
        """
        self._own_ratios = chains
        self.now = dict.fromkeys(chains, 1.0)
        self._enough = dict(self.now)
        self._rounds = 0

    def move(self, run_ratios: Mapping[Chain, float]) -> bool:
        """Whether what runs is to be planned again, by other ratios.

        Args:
            run_ratios: of how much of the time each is mined by the plan that the present ratios led to. [1]

        It pays while it is mined for less than 0.7 of the time, so it is mined always or never:

        >>> ratios = RunningRatios({"X": 0.2})
        >>> while ratios.move({"X": float(ratios.now["X"] < 0.7)}):
        ...     pass
        >>> 0.7 <= ratios.now["X"] < 0.75
        True
        """
        for chain, ratio in run_ratios.items():
            if ratio <= self.now[chain]:
                self._enough[chain] = min(self._enough[chain], self.now[chain])
        apart = {chain: ratio for chain, ratio in run_ratios.items() if self._are_apart(chain, ratio)}
        if not apart or self._rounds == ROUNDS:
            return False
        self._rounds += 1
        if self._rounds == ROUNDS:
            self.now |= {chain: self._enough[chain] for chain in apart}
        elif self._rounds == 1:
            self.now |= run_ratios
        else:
            self.now |= {chain: (ratio + self.now[chain]) / 2 for chain, ratio in run_ratios.items()}
        return True

    def _are_apart(self, chain: Chain, ratio: float) -> bool:
        return self._own_ratios[chain] * abs(ratio - self.now[chain]) > LEAST


def own_network_ratio(
    witness: Witness,
    coin: Coin | None,
    operation: Operation,
    hashes_per_second_beside: float,
    running_ratio: float = 1.0,
) -> float | None:
    """Own hashrate by all that is there without it; ``None`` where no source tells how large the network is. [1]

    Args:
        witness: the estimate of what a hash earns.
        coin: its row in the table of coins.
        operation: what is added.
        hashes_per_second_beside: of other devices of the same owner. [H/s]
        running_ratio: of the time that it runs at all: a network goes by the mean of what it is given. [1]

    200 H/s for half the day, and 100 H/s beside them, on a network of 1000 H/s:

    >>> from datetime import UTC, datetime
    >>> from calculators.chain.quote import Quote
    >>> from calculators.chain.witnesses import completed_quote, witnesses_of
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> quote = Quote(coin="X", algorithm="x", source="file", taken_at=noon, block_reward_coins=2,
    ...               network_hashes_per_second=1000, block_time_seconds=60)
    >>> witness, = witnesses_of(completed_quote(quote, None, None), None)
    >>> operation = Operation(hashes_per_second=200, power_watts=0, uptime_ratio=0.5)
    >>> own_network_ratio(witness, None, operation, 100)
    0.2
    """
    network = _network(witness, coin)
    if network is None:
        return None
    own = operation.hashes_per_second * operation.uptime_ratio * running_ratio
    return (own + hashes_per_second_beside) / network


def own_findings(name: str, own_ratio: float | None) -> list[Finding]:
    """What a large part of the network speaks against.

    Args:
        name: of the coin.
        own_ratio: own hashrate by all that is there without it. [1] ``None``: not known.

    >>> [found.level for found in own_findings("XEC", 0.2) + own_findings("XEC", 1.5) + own_findings("XEC", 0.01)]
    ['medium', 'refused']
    """
    if own_ratio is None or own_ratio <= MUCH:
        return []
    told = f"{name}: the rig has {percent_told(own_ratio)} of the hashrate of the whole network"
    if own_ratio > MOST:
        reason = f"{told}; what a block would pay then, nobody can tell from today's"
        return [Finding(level="refused", reason=reason, kind="own_share")]
    reason = f"{told}; with it every hash earns {percent_told(1 / (1 + own_ratio), count=3)} of today's"
    return [Finding(level="medium", reason=reason, kind="own_share")]


def own_ratio_of(terms: Sequence[Term]) -> float:
    """The ratio that a sum went by; zero where it knew of none. [1]

    >>> own_ratio_of([Term(name="own_network_ratio", value=0.2, unit="1")]), own_ratio_of([])
    (0.2, 0.0)
    """
    return next((float(term.value) for term in terms if term.name == NAME), 0.0)


def add_own_network_ratio(
    sheet: Sheet,
    witness: Witness,
    coin: Coin | None,
    own_ratio: float,
    hashes_per_second_beside: float,
    running_ratio: float = 1.0,
) -> None:
    """The lines from the network to the ratio; those that lead to what a hash earns are there already.

    Args:
        sheet: to which they are added.
        witness: the estimate of what a hash earns.
        coin: its row in the table of coins.
        own_ratio: as of ``own_network_ratio``. [1]
        hashes_per_second_beside: of other devices of the same owner. [H/s]
        running_ratio: of the time that it runs. [1]

    >>> from datetime import UTC, datetime
    >>> from calculators.chain.quote import Quote
    >>> from calculators.chain.witnesses import completed_quote, witnesses_of
    >>> noon = datetime(2026, 1, 1, 12, tzinfo=UTC)
    >>> quote = Quote(coin="X", algorithm="x", source="file", taken_at=noon, block_reward_coins=2,
    ...               network_hashes_per_second=1000, block_time_seconds=60)
    >>> witness, = witnesses_of(completed_quote(quote, None, None), None)
    >>> sheet = Sheet(currency="USD")
    >>> add_own_network_ratio(sheet, witness, None, 0.2, 100)
    >>> [(term.name, term.value) for term in sheet.terms]
    [('hashes_per_second_beside', 100), ('own_network_ratio', 0.2)]
    """
    quote, there = witness.quote, {term.name for term in sheet.terms}
    if witness.method != "network":
        formula = {
            "difficulty": "difficulty * hashes_per_difficulty / block_time_seconds",
            "published": f"{SECONDS_PER_DAY} / block_time_seconds * block_reward_coins"
            " / coins_per_hash_per_second_per_day",
        }[witness.method]
        seconds, source = _block_time(witness, coin)
        sheet.given("block_time_seconds", seconds or 0.0, "s", source, quote.told_at)
        if "block_reward_coins" not in there:
            reward_source = witness.filled_from.get("block_reward_coins", quote.source)
            sheet.given(
                "block_reward_coins", quote.block_reward_coins or 0.0, quote.coin, reward_source, quote.taken_at
            )
        sheet.computed("network_hashes_per_second", _network(witness, coin) or 0.0, "H/s", formula)
    sheet.given("hashes_per_second_beside", hashes_per_second_beside, "H/s", "the rig's other devices on this chain")
    own = "hashes_per_second * uptime_ratio"
    if running_ratio != 1:
        sheet.given("running_ratio", running_ratio, "1", "the hours that it runs, by the plan")
        own += " * running_ratio"
    sheet.computed(NAME, own_ratio, "1", f"({own} + hashes_per_second_beside) / network_hashes_per_second")


def _network(witness: Witness, coin: Coin | None) -> float | None:
    """Hashrate of the network as the witness has it. [H/s]"""
    quote = witness.quote
    if witness.method == "network":
        return quote.network_hashes_per_second
    seconds, _ = _block_time(witness, coin)
    if not seconds:
        return None
    if witness.method == "difficulty" and quote.difficulty and quote.hashes_per_difficulty:
        return quote.difficulty * quote.hashes_per_difficulty / seconds
    if witness.method == "published" and quote.block_reward_coins:
        return SECONDS_PER_DAY / seconds * quote.block_reward_coins / witness.coins_per_hash_per_second_per_day
    return None


def _block_time(witness: Witness, coin: Coin | None) -> tuple[float | None, str]:
    """Time between blocks that the chain aims at; a source may list another one wrongly. [s]"""
    if coin is not None and coin.block_time_seconds is not None:
        return coin.block_time_seconds, "aim of the chain"
    quote = witness.quote
    return quote.block_time_seconds, witness.filled_from.get("block_time_seconds", quote.source)
