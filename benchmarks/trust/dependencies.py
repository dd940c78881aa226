"""What this package needs at run time, with versions and licences: a table, or a bill of materials.

The packages are those that are installed, found from this package's own metadata on, without any extra.

    python benchmarks/trust/dependencies.py
    python benchmarks/trust/dependencies.py --cyclonedx > bom.json
    python benchmarks/trust/dependencies.py --pinned > pinned.txt
    pip-audit --requirement pinned.txt --no-deps --disable-pip --strict
"""

from __future__ import annotations

import argparse
import json
from importlib.metadata import Distribution, PackageNotFoundError, distribution, version

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

OURSELVES = "foundation-causal"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--cyclonedx", action="store_true", help="print a bill of materials in CycloneDX")
    parser.add_argument("--pinned", action="store_true", help="print name==version, a line each")
    options = parser.parse_args()
    found = needed(OURSELVES)
    if options.cyclonedx:
        print(json.dumps(bill(found), indent=2))
    elif options.pinned:
        print(*(f"{name}=={found[name].version.split('+')[0]}" for name in sorted(found)), sep="\n")
    else:
        print("| package | version | licence |\n|---|---|---|")
        for name, package in sorted(found.items()):
            print(f"| {name} | {package.version} | {licence(package)} |")


def needed(name: str) -> dict[str, Distribution]:
    """Every installed package that one needs, directly or not."""
    found: dict[str, Distribution] = {}
    waiting = [Requirement(name)]
    while waiting:
        wanted = waiting.pop()
        for text in distribution(wanted.name).requires or ():
            requirement = Requirement(text)
            extras = ["", *wanted.extras]
            if requirement.marker and not any(requirement.marker.evaluate({"extra": e}) for e in extras):
                continue
            key = canonicalize_name(requirement.name)
            if key in found:
                continue
            try:
                found[key] = distribution(key)
            except PackageNotFoundError:  # not needed on this machine, as its tests find
                continue
            waiting.append(requirement)
    return found


def licence(package: Distribution) -> str:
    """The licence that a package states: as an expression, in a classifier, or in a line of text."""
    facts = package.metadata
    if expression := facts.get("License-Expression"):
        return str(expression)
    classifiers = [
        c.split(" :: ")[-1] for c in facts.get_all("Classifier") or () if c.startswith("License ::")
    ]
    stated = (facts.get("License") or "").strip().splitlines()
    return ", ".join(classifiers) or (stated[0][:60] if stated else "not stated")


def bill(found: dict[str, Distribution]) -> dict[str, object]:
    """The packages as a bill of materials, CycloneDX 1.5."""
    components = [
        {
            "type": "library",
            "name": name,
            "version": package.version,
            "purl": f"pkg:pypi/{name}@{package.version}",
            "licenses": [{"license": {"name": licence(package)}}],
        }
        for name, package in sorted(found.items())
    ]
    ourselves = {"type": "library", "name": OURSELVES, "version": version(OURSELVES)}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": ourselves},
        "components": components,
    }


if __name__ == "__main__":
    main()
