"""`foundation-causal doctor`: whether what is installed works, and on what."""

from __future__ import annotations

import os
import platform
import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from cli.options import output_options
from cli.output import Output, Report, records_table, table
from foundation_causal import __version__
from foundation_causal.errors import reason

if TYPE_CHECKING:
    from packaging.requirements import Requirement

NAME = "foundation-causal"
GIB = 2**30


@click.command()
@output_options
@click.pass_context
def doctor(ctx: click.Context, output: Output) -> None:
    """Check the installation: packages, extras, devices, memory, weights, and a table with a known answer.

    Exits with 1 if something is broken, and says what to do.
    """
    faults: list[str] = []
    with output.stage("packages", "Looking at the packages"):
        packages, extras = _checked(_packages, faults, ({}, {}))
    with output.stage("weights", "Reading the weights"):
        weights = _checked(_weights, faults, {})
    with output.stage("devices", "Looking for devices"):
        machine = _checked(_machine, faults, {})
    with output.stage("self_test", "Testing on a table with a known answer"):
        answer = _checked(_self_test, faults, {})
    versions = {"foundation-causal": __version__, "Python": platform.python_version(), **packages}
    found = [{"what": key.replace("_", " "), "": value} for key, value in {**machine, **answer}.items()]
    report = Report(
        results={
            "versions": versions,
            "extras": extras,
            "machine": machine,
            "weights": weights,
            "self_test": answer,
            "faults": faults,
        },
        seconds=output.seconds,
        shown=[
            table("Versions", ["package", "version"], list(versions.items())),
            table(
                "Extras", ["extra", "missing"], [[name, ", ".join(lacks)] for name, lacks in extras.items()]
            ),
            records_table("Machine and self-test", found),
            table("Weights", ["model", "state"], list(weights.items())),
            *(f"Broken: {fault}" for fault in faults),
            *([] if faults else ["Everything works."]),
        ],
    )
    output.finish(report)
    ctx.exit(1 if faults else 0)


def _checked(check: Callable[[list[str]], Any], faults: list[str], otherwise: Any) -> Any:
    """What a check finds; one that fails adds why to the faults."""
    try:
        return check(faults)
    except Exception as error:  # whatever is wrong with an installation is what this command is there to tell
        faults.append(
            f"{check.__name__.strip('_').replace('_', ' ')}: {type(error).__name__}, {reason(error)}."
        )
        return otherwise


def _packages(faults: list[str]) -> tuple[dict[str, str], dict[str, list[str]]]:
    """The version of each package that is needed, and what each extra lacks."""
    from importlib.metadata import PackageNotFoundError, metadata, requires

    from packaging.requirements import Requirement

    try:
        required = [Requirement(line) for line in requires(NAME) or ()]
        extras = metadata(NAME).get_all("Provides-Extra") or []
    except PackageNotFoundError:
        faults.append(
            f"{NAME} is not installed (its packages run from a folder); run pip install in that folder."
        )
        return {}, {}
    needed = [one for one in required if one.marker is None or one.marker.evaluate({"extra": ""})]
    versions = {one.name: _version(one) or "missing" for one in needed}
    for one in needed:
        if not _satisfied(one):
            faults.append(f"{one.name} is {versions[one.name]}, and '{one}' is needed; pip install '{one}'.")
    of_extra = {
        extra: [one for one in required if one.marker is not None and one.marker.evaluate({"extra": extra})]
        for extra in extras
    }
    lacks = {
        extra: sorted({one.name for one in ones if one not in needed and not _satisfied(one)})
        for extra, ones in of_extra.items()
    }
    return versions, lacks


def _version(requirement: Requirement) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(requirement.name)
    except PackageNotFoundError:
        return None


def _satisfied(requirement: Requirement) -> bool:
    found = _version(requirement)
    return found is not None and requirement.specifier.contains(found, prereleases=True)


def _weights(faults: list[str]) -> dict[str, str]:
    """Whether the weights of each bundled model are as they were released."""
    from foundation_causal.networks.pretrained import weights_faults

    found = weights_faults()
    for name, fault in found.items():
        if fault is not None:
            faults.append(f"Of the model {name}, {fault}; install the package again.")
    return {name: fault or "as released" for name, fault in found.items()}


def _machine(faults: list[str]) -> dict[str, Any]:
    """Devices, threads and memory."""
    import torch

    from foundation_causal.runtime import free_memory, processor

    gpus = [torch.cuda.get_device_name(k) for k in range(torch.cuda.device_count())]
    if torch.backends.mps.is_available():
        gpus.append("Apple MPS")
    free = free_memory()
    return {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "threads": torch.get_num_threads(),
        "free_memory_GB": round(free / GIB, 1) if free < float("inf") else None,
        "gpus": ", ".join(gpus) or "none (no command needs one)",
        "platform": f"{sys.platform} {platform.machine()}",
    }


def _self_test(faults: list[str]) -> dict[str, Any]:
    """The graph of 200 rows of rain -> soil -> crop, and an intervention; the truth of both is known."""
    import numpy as np
    import pandas as pd

    import foundation_causal as fc

    start = time.perf_counter()
    noise = np.random.default_rng(0).laplace(size=(3, 200))
    rain = 5 + noise[0]
    soil = 2 * rain + noise[1]
    data = pd.DataFrame({"crop": 3 * soil + noise[2], "rain": rain, "soil": soil})
    prediction = fc.discover(data)
    graph = sorted(prediction.graph.edges)
    if graph != [("rain", "soil"), ("soil", "crop")]:
        faults.append(f"The test table's graph is {graph} in place of rain -> soil -> crop; install again.")
    model = fc.infer(data, [("rain", "soil"), ("soil", "crop")])
    moved = model.do({"soil": 12.0}).sample(500, seed=0)["crop"].mean()
    if not abs(moved - 36) < 1:
        faults.append(f"Of the test table do(soil = 12) gives {moved:.4g} in place of 36; install again.")
    edges = ", ".join(f"{cause} -> {effect}" for cause, effect in graph)
    return {
        "graph": edges,
        "mean_of_crop_if_soil_is_12": round(float(moved), 2),
        "seconds": round(time.perf_counter() - start, 1),
    }
