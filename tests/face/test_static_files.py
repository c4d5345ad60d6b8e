"""What a page brings along: nothing of it is from elsewhere, what is vendored is as released, and everybody can read it."""

import hashlib
import re
from pathlib import Path

import miner_agent
from tests.for_each import for_each

STATIC = Path(miner_agent.__file__).parent / "face" / "page" / "static"
VENDOR = STATIC / "vendor"
STYLE = "".join(file.read_text("utf-8") for file in sorted(STATIC.glob("*.css")))
TEXT_CONTRAST, SHAPE_CONTRAST = 4.5, 3.0  # WCAG 2.2, success criteria 1.4.3 and 1.4.11
TEXTS = {
    "ink": (
        "paper",
        "card",
        "well-wash",
        "ill-wash",
        "unknown-wash",
        "note-wash",
        "room-3",
        "room-2",
        "room-1",
        "near",
        "over-1",
    ),
    "quiet": ("paper", "card", "well-wash", "ill-wash", "unknown-wash"),
    "link": ("paper", "card"),
    "gain-text": ("card",),
    "loss-text": ("card",),
    "over-2-ink": ("over-2",),
    "card": ("link",),
}
SHAPES = {
    **{f"line-{number}": ("card",) for number in range(1, 7)},
    "mark": ("card",),
    "gain": ("card",),
    "loss": ("card",),
    "unknown": ("card",),
    "focus": ("paper", "card"),
}


def test_what_is_vendored_is_as_it_was_released() -> None:
    lines = [line.split() for line in (VENDOR / "sha256.txt").read_text("ascii").splitlines()]
    told = {name: digest for digest, name in lines}
    there = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.iterdir()
        if path.name != "sha256.txt"
    }
    assert there == told


def test_every_vendored_script_has_its_licence() -> None:
    scripts = [path.name.removesuffix(".min.js") for path in VENDOR.glob("*.min.js")]

    assert scripts
    assert all((VENDOR / f"{name}.LICENSE.txt").read_text("utf-8").strip() for name in scripts)


def test_our_own_files_name_no_other_place() -> None:
    for path in STATIC.iterdir():
        if path.is_file():
            text = path.read_text("utf-8").replace('xmlns="http://www.w3.org/2000/svg"', "")
            assert not re.search(r"//[a-z]|url\(|@import|\beval\b|innerHTML|javascript:", text), path.name


def colours() -> dict[str, dict[str, str]]:
    """The variables of each theme."""
    light, dark = re.findall(r":root \{(.*?)\n\s*\}", STYLE, re.DOTALL)
    return {
        theme: dict(re.findall(r"--([a-z0-9-]+): (.+);", block)) for theme, block in (("light", light), ("dark", dark))
    }


def test_the_dark_has_every_colour_of_the_light_and_no_other_is_used() -> None:
    light, dark = colours().values()

    assert light.keys() == dark.keys()
    assert set(re.findall(r"var\(--([a-z0-9-]+)\)", STYLE)) <= light.keys()
    outside = re.sub(r":root \{.*?\n\s*\}", "", STYLE, flags=re.DOTALL)
    assert not re.search(r"#[0-9a-f]{3,8}\b|rgb\(", outside)


def pairs() -> list[tuple[str, str, str, float]]:
    """Theme, what is in front, what is behind it, and how far they are to be apart at least."""
    return [
        (theme, front, behind, least)
        for theme in ("light", "dark")
        for table, least in ((TEXTS, TEXT_CONTRAST), (SHAPES, SHAPE_CONTRAST))
        for front, backs in table.items()
        for behind in backs
    ]


@for_each("pair", pairs())
def test_what_is_written_stands_out_from_what_is_behind_it(pair: tuple[str, str, str, float]) -> None:
    theme, front, behind, least = pair
    of = colours()[theme]

    assert contrast(of[front], of[behind]) >= least


def contrast(one: str, other: str) -> float:
    """Between two colours, from 1 to 21, as WCAG 2.2 defines it."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
