"""Lists of benchmarks as people publish them become devices of a user's file, or a sentence."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner_agent.errors import ConfigError
from miner_agent.tables.benchmark_lists import listed_figures
from miner_agent.tables.hardware_import import ImportedList, ListOrigin, imported, toml_of
from miner_agent.tables.hardware_table import load_hardware
from miner_agent.tables.spellings import load_algorithms
from tests.for_each import for_each
from tests.tables.shipped import COINS, HARDWARE

ORIGIN = ListOrigin(source="a list", dated=date(2026, 6, 1), device="my rig", kind="gpu", algorithm="kawpow")


def of(text: str, origin: ListOrigin = ORIGIN) -> ImportedList:
    return imported(listed_figures(text), origin=origin, hardware=HARDWARE, coins=COINS, algorithms=load_algorithms())


def figure(found: ImportedList, slug: str, algorithm: str) -> tuple[float, float | None]:
    (device,) = (each for each in found.devices if each.slug == slug)
    return device.figures[algorithm]


@pytest.fixture
def lists(captured: Path) -> Path:
    return captured / "market" / "hardware"


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("name", "devices", "slug", "algorithm", "told"),
    [
        ("0esc_gpus_2024-04.csv", 27, "rtx4090", "autolykos2", (265.82e6, 240)),
        ("2cryptocalc_hashrates_2026-06.csv", 143, "antminer-ks7", "kheavyhash", (40e12, None)),
        ("2cryptocalc_default_rig_2026-06.json", 1, "my-rig", "kheavyhash", (220.5e9, None)),
        ("asic_table_2021-01.csv", 150, "whatsminer-m20s", "sha256d", (72e12, 3360)),
        ("hashrate_no_benchmark_2026-10.json", 8, "rtx4090", "kawpow", (65e6, 299)),
        ("hashrate_no_estimates_2024-03-08.csv", 180, "ryzen-5950x", "randomx", (20000, 105)),
        ("whattomine_rigs.json", 1, "gtx1080ti", "equihash-144-5", (63, 200)),
    ],
)
def test_each_form_is_read(
    lists: Path, tmp_path: Path, name: str, devices: int, slug: str, algorithm: str, told: tuple[float, float | None]
) -> None:
    origin = ORIGIN if name != "whattomine_rigs.json" else ListOrigin(source="x", dated=ORIGIN.dated)
    found = of((lists / name).read_text(), origin)

    assert len(found.devices) >= devices
    slug = slug if slug in HARDWARE or slug == "my-rig" else f"microbt-{slug}"
    rate, watts = figure(found, slug, algorithm)
    assert rate == pytest.approx(told[0], rel=0.01)
    assert watts == told[1]
    file = tmp_path / "mine.toml"
    file.write_text(toml_of(found.devices, origin))
    loaded = load_hardware(file)
    for device in found.devices:
        cited = {each.algorithm: each.hashes_per_second for each in loaded[device.slug].benchmarks}
        assert all(cited[key] == pytest.approx(rate) for key, (rate, _) in device.figures.items())


def test_hashrates_follow_from_revenues_where_known_devices_agree_what_a_hash_is_worth(lists: Path) -> None:
    found = of((lists / "hashrate_no_estimates_2024-03-08.csv").read_text())

    assert figure(found, "whatsminer-m63s", "sha256d")[0] == pytest.approx(360e12, rel=0.01)
    assert figure(found, "ryzen-7950x3d", "randomx")[0] == pytest.approx(22_500, rel=0.01)
    assert any(sentence.startswith("CFX+RXD: revenues alone are told") for sentence in found.left_out)


CRYPTOCALC = "device,algorithm,hashrate\n"


@for_each(
    ("text", "sentence"),
    [
        (f"{CRYPTOCALC}RTX 3080,Nohash,5\n", "Nohash: an algorithm that is not known; [algorithms] of your file"),
        (f"{CRYPTOCALC}RTX 3080,KAWPOW,0\n", "RTX 3080 on kawpow: no hashrate is told"),
        (f"{CRYPTOCALC}RTX 3080,Blake3,100\n", "RTX 3080 on blake3: in which unit this list has 100 is not known"),
        (f"{CRYPTOCALC}RTX 3080,KAWPOW,47 apples\n", "RTX 3080 on kawpow: '47 apples' is no hashrate"),
        ('{"8x RTX 3080": {"blake3": [47, 250]}}', "RTX 3080 on blake3: in which unit this list has 47 is not known"),
        (
            f"{CRYPTOCALC}RTX 3080,KAWPOW,47\nRTX 3070,KAWPOW,30\nRTX 3060,KAWPOW,22000\n",
            "RTX 3060 on kawpow: 2.2e+10 is far from the others; is it in another unit?",
        ),
        ('{"rows": [["Box of wonders", 5e6]]}', "Box of wonders: it is in no table, and its kind is not told"),
        ('{"rows": [["RTX 3080", 5e6]]}', "figures that name no algorithm: say which with --algorithm"),
        ('{"a rig": {"kpw": [47, 250]}}', "figures that name no device: say whose they are with --device and --kind"),
    ],
)
def test_what_cannot_be_taken_over_is_said(text: str, sentence: str) -> None:
    found = of(
        text, ListOrigin(source="a list", dated=date(2026, 6, 1), algorithm="kawpow" if "wonders" in text else None)
    )

    assert any(told.startswith(sentence) for told in found.left_out), found.left_out


def test_a_hashrate_may_tell_its_own_unit() -> None:
    found = of(f"{CRYPTOCALC}RTX 3080,KAWPOW,0.047 GH/s\nRTX 3070,Blake3,2.2G\n")

    assert figure(found, "rtx3080", "kawpow") == (47e6, None)
    assert figure(found, "rtx3070", "blake3") == (2.2e9, None)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\n1,2\n", "its columns are those of no list that is known; such are: "),
        ("{", "it is no JSON: "),
        ("[1]", "it is in none of the known forms"),
        (CRYPTOCALC, "there is no figure in it"),
        ("[" * 100_000, "it is no JSON: "),
    ],
)
def test_a_file_that_is_no_list_is_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ConfigError, match=f"^{sentence}"):
        listed_figures(text)


NAMES = st.sampled_from(["RTX 3080", "7600", "ASIC Antminer S21", "", "é\x1b[31m", '"', "\\", "a" * 300])
VALUES = st.sampled_from(["47", "0", "-1", "nan", "1e400", "", "x", "9" * 50])


@given(rows=st.lists(st.tuples(NAMES, st.sampled_from(["KAWPOW", "Etchash", "", "x"]), VALUES), max_size=6))
def test_any_list_becomes_a_file_that_loads(rows: list[tuple[str, str, str]]) -> None:
    text = CRYPTOCALC + "".join(
        f'"{name.replace(chr(34), chr(34) * 2)}",{word},{value}\n' for name, word, value in rows
    )
    try:
        found = of(text)
    except ConfigError as refusal:
        assert str(refusal).isprintable()
        return
    written = toml_of(found.devices, ORIGIN)
    assert all(character.isprintable() or character == "\n" for character in written)


@given(
    told=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | NAMES,
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["rows", "kpw", "KAWPOW", "8x a"]), inner)
        ),
        max_leaves=6,
    )
)
def test_any_json_is_a_list_or_a_sentence(told: Any) -> None:
    try:
        of(json.dumps(told))
    except ConfigError as refusal:
        assert str(refusal).isprintable()


def test_a_list_that_a_german_spreadsheet_saved_reads_the_same() -> None:
    english = "gpu,coin,hashrate,wattage\n4090,Nexa,292.48,380\n"

    assert listed_figures(english.replace(",", ";").replace(".", ",")) == listed_figures(english)
    with pytest.raises(ConfigError, match="cut short"):
        listed_figures(english[:-2])
