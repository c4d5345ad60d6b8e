"""What is made of a configuration: alike what is written alike, so that loading it again remakes nothing."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from miner_agent import drivers
from miner_agent.assembly import miner_sources
from miner_agent.config.entries import Meter, Miner
from miner_agent.config.named_files import SecretFile
from miner_agent.errors import ConfigError
from miner_agent.tick.pipeline import MinerSource
from tests.for_each import for_each

ADDRESS = {"http": "192.0.2.7:80", "tcp": "192.0.2.7:4028", "file": "file:///var/lib/p2pool-7"}
OPTIONS: dict[str, dict[str, Any]] = {
    "channel": {"channel": 1},
    "request": {"request": "/status", "power": "data.power W"},
    "energy": {"request": "/status", "power": "data.power W", "energy": "data.total kWh"},
}
"""By the key that a driver takes: what is written for it. Another one than before is another source."""


def written(name: str, token: Path, **options: Any) -> Miner | Meter:
    driver = drivers.load(name)
    kind = Meter if driver.kind == "meter" else Miner
    takes_token = driver.scheme != "file" if driver.kind == "miner" else "token_file" in driver.takes
    place = f"config.toml: {driver.kind} 1 ({name})"
    entry = {"name": name, "driver": name, "address": ADDRESS[driver.scheme], **options}
    return kind(place=place, token_file=SecretFile(token) if takes_token else None, **entry)


def made(entry: Miner | Meter) -> MinerSource:
    """As of a file that was read once more: nothing of it is shared."""
    again = msgspec.structs.replace(entry, place="config.toml: another line")
    return miner_sources.of_meter(again) if isinstance(again, Meter) else miner_sources.of_miner(again)


@pytest.fixture
def token(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.write_text("invented\n")
    file.chmod(0o600)
    return file


def ways(name: str) -> list[dict[str, Any]]:
    takes = drivers.load(name).takes
    return [options for key, options in OPTIONS.items() if key in takes] or [{}]


@for_each("name", drivers.names())
def test_what_is_written_alike_is_made_alike(name: str, token: Path) -> None:
    for options in ways(name):
        entry = written(name, token, **options)
        assert made(entry) == made(entry)


@for_each("name", drivers.names())
def test_another_token_address_or_option_makes_another_source(name: str, token: Path) -> None:
    first = written(name, token, **ways(name)[0])
    before = made(first)

    others = [made(written(name, token, **options)) for options in ways(name)[1:]]
    others += [made(msgspec.structs.replace(first, address=ADDRESS[before.driver.scheme].replace("7", "8", 1)))]
    if first.token_file is not None:
        invented = token.read_text()
        token.write_text("another\n")
        others += [made(first)]
        token.write_text(invented)

    assert before not in others


FINGERPRINT = ":".join(["0A"] * 31 + ["ff"])


def pinned(driver: str, address: str, told: str | None = FINGERPRINT) -> Miner:
    place = "config.toml: miner 1 (shed)"
    return Miner(place=place, name="shed", driver=driver, address=address, tls_fingerprint_sha256=told)


def test_a_fingerprint_goes_along_with_an_https_address_however_it_is_spelled() -> None:
    endpoint = made(pinned("bitaxe", "https://192.0.2.7")).endpoint
    assert (str(endpoint), endpoint.fingerprint) == ("https://192.0.2.7:443", "0a" * 31 + "ff")
    assert made(pinned("bitaxe", "https://192.0.2.7", "0A" * 31 + "FF")).endpoint == endpoint
    assert made(pinned("bitaxe", "https://192.0.2.7", None)).endpoint.fingerprint is None


@pytest.mark.parametrize(
    ("driver", "address", "sentence"),
    [
        ("bitaxe", "192.0.2.7", "only https:// has a certificate; write https://HOST:PORT, or leave"),
        ("cgminer", "192.0.2.7", "only https:// has a certificate"),
        ("cgminer", "https://192.0.2.7:4028", "address: cgminer speaks tcp, not https"),
    ],
)
def test_a_fingerprint_where_there_is_no_certificate_is_refused(driver: str, address: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=r"config\.toml: another line: ") as refusal:
        made(pinned(driver, address))
    assert sentence in str(refusal.value)


def test_how_many_workers_are_shown_is_the_miners_own() -> None:
    def shown(number: int) -> int:
        entry = Miner(place="x", name="p", driver="xmrig_proxy", address="127.0.0.1:1", workers_shown=number)
        return miner_sources.of_miner(entry).workers_shown

    assert [shown(0), shown(500)] == [0, 500]
