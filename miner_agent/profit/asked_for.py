"""Which chains a question is about."""

from collections.abc import Collection, Mapping

from calculators.chain.coin import Coin


def is_asked_for(ticker: str, *, only: Collection[str], coins: Mapping[str, Coin], merge: bool) -> bool:
    """Whether a coin is asked for: itself, or one that the same work mines together with it.

    Args:
        ticker: of the coin.
        only: the coins that are asked for; none: all.
        coins: the table of coins by ticker.
        merge: whether chains that are mined together are one.
    """
    if not only or ticker in only:
        return True
    return merge and _first_chain(ticker, coins) in {_first_chain(each, coins) for each in only}


def _first_chain(ticker: str, coins: Mapping[str, Coin]) -> str:
    """Whose work it is that a coin is mined with."""
    coin = coins.get(ticker)
    return ticker if coin is None or coin.merged_with is None else coin.merged_with
