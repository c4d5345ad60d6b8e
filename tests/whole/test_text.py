"""Text from outside is safe for every sink."""

import unicodedata
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from miner_agent.pci import pci_address, pci_address_of
from miner_agent.text import clean_apart, clean_or_none, clean_text, login_names, pool_address
from tests.for_each import for_each
from tests.hostile_names import NAMES

HOSTILE = [
    "\x1b]0;owned\x07", "a\r\nb", "a\u2028b", "\ud800", "\u202egpj.exe", "\x9b31m", "\u0085", "a\x00b", "\ufeff", "a\tb",
    "\ue000", "x" * 10_000, "\u200b", "e\u0301" * 500,
]  # fmt: skip


@for_each("text", HOSTILE)
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


ODD_LETTERS = st.text(
    st.characters()
    | st.characters(categories=["Mn", "Mc", "Me"])
    | st.sampled_from("ae\u1100\u1161\u09c7\u09be\u0344\u3164 ")
)


@given(ODD_LETTERS)
def test_of_marks_and_letters_too_there_is_one_spelling(text: str) -> None:
    once = clean_text(text)

    assert clean_text(once) == once == unicodedata.normalize("NFC", once)
    marks = groupby(unicodedata.category(character).startswith("M") for character in once)
    assert all(len(list(run)) <= 3 for is_mark, run in marks if is_mark)


@for_each("kind", NAMES)
def test_a_name_says_something_or_is_no_name(kind: str) -> None:
    name = clean_or_none(NAMES[kind])

    assert name is None or any(unicodedata.category(character)[0] in "LNPS" for character in name)
    assert name is None or not set(name) & set("\u3164\u115f\u1160\uffa0\u2800\U0001d159\ufe0f\u034f")


@for_each("text", ["\u3164", "\u115f\u1160", "\u2800 \u2800", "\uffa0", "\ufe0f", "\u0301", "\U0001d159"])
def test_what_nobody_can_see_is_no_name(text: str) -> None:
    assert clean_or_none(text) is None


def test_one_name_in_two_spellings_is_one() -> None:
    assert clean_text("Cafe\u0301") == clean_text("Caf\u00e9") == "Caf\u00e9"
    assert clean_text("rig\ufe0f") == "rig"


def test_letters_keep_the_marks_that_languages_put_on_them() -> None:
    for text in ("Tiếng Việt", "ᾧ", "ខ្មែរ", "हिन्दी", "བོད་སྐད", "עִבְרִית", "ภาษาไทย"):
        assert clean_text(text) == unicodedata.normalize("NFC", text)


LOOK_ALIKES = ["rig", "rig\u200b", "rig\ufe0f", "ri\u00adg", "\u3164rig", "r\u0456g", "cafe\u0301", "caf\u00e9"]


def test_names_that_only_look_alike_stay_as_many_in_whatever_order_they_come() -> None:
    apart = clean_apart(LOOK_ALIKES)

    assert len(set(apart.values())) == len(LOOK_ALIKES)
    assert apart["rig"] == "rig"
    assert apart == clean_apart(reversed(LOOK_ALIKES))
    assert apart == {text: clean_text(shown) for text, shown in apart.items()}


def test_long_names_of_one_beginning_stay_several() -> None:
    apart = clean_apart([f"{'x' * 100}{number}" for number in range(20)])

    assert len(set(apart.values())) == 20
    assert all(len(shown) <= 64 for shown in apart.values())


def test_a_password_makes_no_name_another_one_and_no_mark() -> None:
    assert login_names(["rig:one", "rig:two", "rig"]) == ["rig", "rig", "rig"]


def test_letters_of_any_language_stay() -> None:
    assert clean_text("Größe 矿机 ферма") == "Größe 矿机 ферма"


@for_each(
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


@for_each(
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
