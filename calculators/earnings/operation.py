"""How one hashrate is run and paid."""

from dataclasses import dataclass

from calculators.chain.pools import SchemeName, effective_hashes_per_second, scheme
from calculators.chain.quote import LARGEST
from calculators.given import above_zero, not_negative, ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """How one hashrate is run and paid: everything that is not the market's.

    Power is at the wall and on average over the day, and does not fall with a dev fee: the cards work on through it.
    """

    hashes_per_second: float
    power_watts: float
    uptime_ratio: float = 1
    dev_fee_ratio: float = 0
    stale_ratio: float = 0
    rejected_ratio: float = 0
    pool_scheme: SchemeName = "pplns"
    pool_fee_ratio: float = 0
    orphan_ratio: float = 0  # blocks that the chain does not keep, where the miner bears them
    payout_fee_coins: float = 0  # for each payout
    days_between_payouts: float = 1
    exchange_fee_ratio: float = 0  # for selling, the spread in it

    def __post_init__(self) -> None:
        not_negative(
            hashes_per_second=self.hashes_per_second,
            power_watts=self.power_watts,
            payout_fee_coins=self.payout_fee_coins,
        )
        above_zero(days_between_payouts=self.days_between_payouts)
        for name, value in (("hashes_per_second", self.hashes_per_second), ("power_watts", self.power_watts)):
            if value > LARGEST:
                raise ValueError(f"{name} is {value:g}, which no machine has")
        ratio(
            pool_fee_ratio=self.pool_fee_ratio,
            orphan_ratio=self.orphan_ratio,
            exchange_fee_ratio=self.exchange_fee_ratio,
        )
        scheme(self.pool_scheme)
        self.effective_hashes_per_second()

    @property
    def payout_coins_per_day(self) -> float:
        """What taking coins out costs. [coin/d]"""
        return self.payout_fee_coins / self.days_between_payouts

    def effective_hashes_per_second(self) -> float:
        """What of the hashrate is paid for. [H/s]"""
        return effective_hashes_per_second(
            hashes_per_second=self.hashes_per_second,
            uptime_ratio=self.uptime_ratio,
            dev_fee_ratio=self.dev_fee_ratio,
            stale_ratio=self.stale_ratio,
            rejected_ratio=self.rejected_ratio,
        )
