"""A small table of coins for the tests of feeds: tickers, algorithms and units as each source has them."""

from calculators.chain.coin import Coin

BITCOIN_UNIT = 2.0**32


def _coin(ticker: str, name: str, algorithm: str, **hashes_per_difficulty: float) -> Coin:
    return Coin(ticker=ticker, name=name, algorithm=algorithm, hashes_per_difficulty=hashes_per_difficulty)


def _same(unit: float) -> dict[str, float]:
    return dict.fromkeys(("whattomine", "hashrate_no", "minerstat", "node"), unit)


COINS = {
    coin.ticker: coin
    for coin in (
        _coin("BTC", "Bitcoin", "sha256d", **_same(BITCOIN_UNIT)),
        _coin("LTC", "Litecoin", "scrypt", **_same(BITCOIN_UNIT)),
        _coin("RVN", "Ravencoin", "kawpow", **_same(BITCOIN_UNIT)),
        _coin("DASH", "Dash", "x11", **_same(BITCOIN_UNIT)),
        _coin("DGB-SHA", "DigiByte (SHA-256)", "sha256d", **_same(BITCOIN_UNIT)),
        _coin("DGB-SCRYPT", "DigiByte (Scrypt)", "scrypt", **_same(BITCOIN_UNIT)),
        _coin("ETC", "Ethereum Classic", "etchash", **_same(1)),
        _coin("ETH", "Ethereum", "ethash", **_same(1)),
        _coin("ETHW", "EthereumPoW", "ethash", **_same(1)),
        _coin("XMR", "Monero", "randomx", **_same(1)),
        _coin("CFX", "Conflux", "octopus", **_same(1)),
        _coin("CKB", "Nervos CKB", "eaglesong", **_same(1)),
        _coin("ERG", "Ergo", "autolykos2", **_same(1)),
        _coin("FLUX", "Flux", "equihash-125-4", **_same(8192)),
        _coin("NEXA", "Nexa", "nexapow", **_same(BITCOIN_UNIT)),
        _coin("KAS", "Kaspa", "kheavyhash", hashrate_no=1, minerstat=BITCOIN_UNIT, node=2),
    )
}
