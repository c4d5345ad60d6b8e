"""Writes what a package consists of, as CycloneDX: our wheel, every library in it, and scripts that we carry of others.

``python -m tools.sbom --wheel WHEEL --wheelhouse FOLDER --out FILE`` says the same of the same inputs, to the byte.
"""

import argparse
import email
import hashlib
import os
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import AttachedText, HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)
VENDORED = re.compile(r"(?P<name>[a-z-]+)-(?P<version>\d+(?:\.\d+)+)\.(?P<rest>.+)")
SHORT = 100  # characters of a licence's name; some write the whole text where the name belongs


@dataclass(frozen=True, slots=True)
class Wheel:
    """One of them, with what it says of itself."""

    path: Path
    said: Message

    @property
    def name(self) -> str:
        return canonicalize_name(self.said["Name"])

    def needed(self, extras: tuple[str, ...] = ("",)) -> Iterator[str]:
        """The libraries that it wants here."""
        for line in self.said.get_all("Requires-Dist", []):
            wanted = Requirement(line)
            if wanted.marker is None or any(wanted.marker.evaluate({"extra": extra}) for extra in extras):
                yield canonicalize_name(wanted.name)


def read(path: Path) -> Wheel:
    with zipfile.ZipFile(path) as archive:
        (name,) = (name for name in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", name))
        return Wheel(path, email.message_from_bytes(archive.read(name)))


def bill(wheel: Path, wheelhouse: Path, made_at: datetime) -> Bom:
    """Everything that is installed with this wheel of ours."""
    ours = read(wheel)
    pinned = {
        (canonicalize_name(name), version)
        for name, version in LOCKED.findall((ROOT / "packages" / "locked.txt").read_text())
    }
    libraries = [read(path) for path in sorted(wheelhouse.glob("*.whl"))]
    libraries = [each for each in libraries if (each.name, each.said["Version"]) in pinned]
    made = Bom()
    made.metadata.timestamp = made_at
    root = component(ours, ComponentType.APPLICATION)
    made.metadata.component = root
    components = {each.name: component(each, ComponentType.LIBRARY) for each in libraries}
    scripts = list(vendored())
    for each in (*components.values(), *scripts):
        made.components.add(each)
    extras = ("", *ours.said.get_all("Provides-Extra", []))
    made.register_dependency(root, [*(components[name] for name in ours.needed(extras)), *scripts])
    for each in libraries:
        made.register_dependency(
            components[each.name], [components[name] for name in each.needed() if name in components]
        )
    made.serial_number = uuid5(
        NAMESPACE_URL, "".join(sorted(str(one.bom_ref) + digest(one) for one in made.components))
    )
    return made


def component(wheel: Wheel, kind: ComponentType) -> Component:
    name, version = wheel.name, wheel.said["Version"]
    url = PackageURL("pypi", None, name, version)
    return Component(
        name=name,
        version=version,
        type=kind,
        description=wheel.said["Summary"],
        bom_ref=str(url),
        purl=url,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=hashlib.sha256(wheel.path.read_bytes()).hexdigest())],
        licenses=[LicenseFactory().make_from_string(license_name(wheel.said))],
    )


def license_name(said: Message) -> str:
    """As the library calls it: by expression, by name, or by its class."""
    named = said["License-Expression"] or said["License"] or ""
    if named and len(named) <= SHORT and "\n" not in named:
        return str(named)
    classes = [line.rpartition(" :: ")[2] for line in said.get_all("Classifier", []) if line.startswith("License ::")]
    if not classes:
        raise SystemExit(f"{said['Name']} names no licence: look for it, and for whether it may be carried")
    return " or ".join(classes)


def vendored() -> Iterator[Component]:
    """Scripts of others in our wheel: those in a folder ``vendor``, each beside its licence."""
    for manifest in sorted(ROOT.glob("miner_agent/**/vendor/sha256.txt")):
        sums = dict(reversed(line.split()) for line in manifest.read_text().splitlines())
        for file, checksum in sums.items():
            parts = VENDORED.fullmatch(file)
            if parts is None:
                raise SystemExit(f"{manifest.parent / file}: a name such as uplot-1.6.32.min.js is wanted")
            if parts["rest"] == "LICENSE.txt":
                continue
            text = (manifest.parent / f"{parts['name']}-{parts['version']}.LICENSE.txt").read_text()
            url = PackageURL("npm", None, parts["name"], parts["version"], subpath=file)
            yield Component(
                name=file,
                version=parts["version"],
                type=ComponentType.FILE,
                bom_ref=str(url),
                purl=url,
                hashes=[HashType(alg=HashAlgorithm.SHA_256, content=checksum)],
                licenses=[DisjunctiveLicense(name=text.strip().splitlines()[0], text=AttachedText(content=text))],
            )


def digest(one: Component) -> str:
    return "".join(each.content for each in one.hashes)


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--wheel", type=Path, required=True, help="ours")
    asked.add_argument("--wheelhouse", type=Path, required=True, help="the folder of what is in packages/locked.txt")
    asked.add_argument("--out", type=Path, required=True, help="the file to write")
    given = asked.parse_args()
    made_at = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), UTC)
    made = bill(given.wheel, given.wheelhouse, made_at)
    given.out.write_text(JsonV1Dot6(made).output_as_string(indent=2) + "\n")


if __name__ == "__main__":
    main()
