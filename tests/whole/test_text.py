"""Text from outside is safe for every sink."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner_agent.pci import pci_address, pci_address_of
from miner_agent.text import clean_text, pool_address

HOSTILE = [
    "\x1b]0;owned\x07", "a\r\nb", "a\u2028b", "\ud800", "\u202egpj.exe", "\x9b31m", "\u0085", "a\x00b", "\ufeff", "a\tb",
    "\ue000", "x" * 10_000, "\u200b", "e\u0301" * 500,
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_becomes_one_short_printable_line(text: str) -> None:
    cleaned = clean_text(text)

    assert len(cleaned) <= 64
    assert "\n" not in cleaned
    assert "\x1b" not in cleaned
    cleaned.encode("utf-8")


@given(st.text(max_size=500))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean_text(text)

    assert clean_text(once) == once
    once.encode("utf-8")


def test_letters_of_any_language_stay() -> None:
    assert clean_text("Größe 矿机 ферма") == "Größe 矿机 ферма"


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("stratum+tcp://us1.pool.example:4444", "stratum+tcp://us1.pool.example:4444"),
        ("stratum+ssl://0xWALLET.rig:pass@eu.pool.example:5555", "stratum+ssl://eu.pool.example:5555"),
        ("pool.example:3333", "pool.example:3333"),
        ("user@with@ats@pool.example:3333", "pool.example:3333"),
        ("", None),
        (None, None),
    ],
)
def test_a_pool_is_shown_without_account_and_password(url: str | None, address: str | None) -> None:
    assert pool_address(url) == address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("00000000:0A:00.0", "0000:0a:00.0"),
        ("0000:01:00.0", "0000:01:00.0"),
        ("01:00.0", "0000:01:00.0"),
        ("0b:0", "0000:0b:00.0"),
        ("busid", None),
        ("", None),
        (None, None),
        ("01:00.9", None),
        ("01:3f.0", None),
    ],
)
def test_pci_addresses_have_one_spelling(text: str | None, address: str | None) -> None:
    assert pci_address(text) == address


def test_a_bus_number_makes_an_address() -> None:
    assert pci_address_of(10) == "0000:0a:00.0"
    assert pci_address_of(None) is None
    assert pci_address_of(300) is None
    assert pci_address_of(1, domain=None, device=99) is None
