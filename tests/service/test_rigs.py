"""What a person writes of a rig is understood, or refused with what to write instead."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators.equipment.hardware import Benchmark, Hardware, HardwareKind
from calculators.equipment.rigs import HardwareNames, parse_rig
from tests.for_each import for_each


def device(slug: str, name: str, kind: HardwareKind = "gpu", aliases: tuple[str, ...] = ()) -> Hardware:
    figure = Benchmark(
        algorithm="kawpow", hashes_per_second=1e6, power_watts=100, source="a test", dated=date(2026, 1, 1)
    )
    vendor = {"GeForce": "NVIDIA", "Radeon": "AMD"}.get(name.partition(" ")[0], "any")
    return Hardware(slug=slug, name=name, kind=kind, vendor=vendor, aliases=aliases, benchmarks=(figure,))


KNOWN = {
    each.slug: each
    for each in (
        device("rtx3080", "GeForce RTX 3080", aliases=("rtx3080-10gb",)),
        device("rtx3080ti", "GeForce RTX 3080 Ti"),
        device("rx5700xt", "Radeon RX 5700 XT"),
        device("ryzen-5950x", "AMD Ryzen 9 5950X", "cpu"),
        device("whatsminer-m30s+", "Whatsminer M30S+", "asic"),
        device("whatsminer-m30s++", "Whatsminer M30S++", "asic"),
        device("antminer-ks3", "Antminer KS3", "asic"),
        device("iceriver-ks3", "IceRiver KS3", "asic"),
        device("iceriver-ks7", "IceRiver KS7", "asic"),
    )
}


@for_each(
    ("text", "slug"),
    [
        ("rtx3080", "rtx3080"),
        ("RTX 3080", "rtx3080"),
        ("rtx-3080", "rtx3080"),
        ("RTX3080", "rtx3080"),
        ("3080", "rtx3080"),
        ("RTX 3080 10GB", "rtx3080"),
        ("NVIDIA GeForce RTX 3080", "rtx3080"),
        ("nvidia geforce rtx 3080 ti", "rtx3080ti"),
        ("AMD Radeon RX 5700 XT", "rx5700xt"),
        ("5700 XT", "rx5700xt"),
        ("AMD Ryzen 9 5950X 16-Core Processor", "ryzen-5950x"),
        ("5950x", "ryzen-5950x"),
        ("M30S+", "whatsminer-m30s+"),
        ("M30S++", "whatsminer-m30s++"),
        ("Antminer KS3", "antminer-ks3"),
    ],
)
def test_a_device_is_found_by_any_of_its_names(text: str, slug: str) -> None:
    assert HardwareNames(KNOWN).find(text).slug == slug
    assert parse_rig(text, KNOWN) == ((1, KNOWN[slug]),)


@for_each(
    ("text", "sentence"),
    [
        ("rtx3081", "'rtx3081' is not in the table of hardware; did you mean \"rtx3080\"?"),
        ("RTX 3080 Laptop GPU", "did you mean"),
        ("M30S", "did you mean"),
        ("Antminer KS7", "'Antminer KS7' is not in the table of hardware; did you mean"),
        ("AMD RTX 3080", "'AMD RTX 3080' is not in the table of hardware; did you mean \"rtx3080\"?"),
        ("KS3", "'KS3' may be antminer-ks3 or iceriver-ks3; write which"),
        ("wristwatch", "a file of your own can add it, as [[hardware]]"),
        ("\U0001f600" * 2000, "... is not in the table of hardware"),
        ("显卡", "is not in the table of hardware"),
        ("NVIDIA", "is not in the table of hardware"),
        ("", "no device is named"),
        ("6x rtx3080,,1x rtx3080ti", "no device is named between two commas"),
        ("0x rtx3080", "'0x rtx3080': 0 devices are not possible; write 1 to 100000"),
        ("100001x rtx3080", "100001 devices are not possible"),
        ("6x", "'6x' is not in the table"),
        ("5800 XT", "'5800 XT' is not in the table"),
        ("-1x rtx3080", "is not in the table"),
        ("rtx\x1b[31m", "'rtx\\x1b[31m' is not in the table"),
    ],
)
def test_a_rig_that_cannot_be_is_refused_with_what_to_write(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as refusal:
        parse_rig(text, KNOWN)

    assert sentence in str(refusal.value)


@for_each("text", ["6x rtx3080", "6 x RTX 3080", "6\u00d7rtx3080", "6* rtx3080", "6X 3080", "6xrtx3080"])
def test_a_number_before_a_device_counts_it(text: str) -> None:
    assert parse_rig(text, KNOWN) == ((6, KNOWN["rtx3080"]),)


def test_a_rig_keeps_the_order_in_which_it_is_written() -> None:
    rig = parse_rig(" 6x rtx3080 , 1x ryzen-5950x,2x KS3 iceriver", KNOWN | {"x": device("x", "KS3 iceriver")})

    assert [(count, each.slug) for count, each in rig] == [(6, "rtx3080"), (1, "ryzen-5950x"), (2, "x")]


@given(st.text(max_size=80))
def test_any_text_is_a_rig_or_a_sentence(text: str) -> None:
    try:
        rig = parse_rig(text, KNOWN)
    except ValueError as refusal:
        assert len(str(refusal)) < 400
        assert str(refusal).isprintable()
    else:
        assert all(count >= 1 and each.slug in KNOWN for count, each in rig)


@pytest.mark.parametrize("text", ["6 rtx3080", "6 RTX 3080", "6rtx3080", "2 5700 XT"])
def test_a_number_of_devices_without_its_x_is_told_so(text: str) -> None:
    with pytest.raises(ValueError, match=r"the x behind the number is missing; write [26]x "):
        parse_rig(text, KNOWN)
