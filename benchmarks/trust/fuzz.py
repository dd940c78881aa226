"""Odd inputs through every public entry: how many end in an answer, in one sentence, or otherwise?

Input i of an entry depends on its name and on i alone. Every outcome is written down at once, and a run goes
on where the last one stopped; what ended otherwise can be looked at with --entry and --only.

    python benchmarks/trust/fuzz.py                       # goes on with some 14,700 inputs, prints the counts
    python benchmarks/trust/fuzz.py --share 0.01          # a hundredth of them
    python benchmarks/trust/fuzz.py --entry infer --only 17
    python benchmarks/trust/fuzz.py --table-only
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import signal
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import entries
import more_entries
import numpy as np
import pandas as pd
from entries import Partial, Wrong, known

from foundation_causal import DataWarning, InputError
from foundation_causal.runtime import measured_on

ENTRIES = {**entries.ENTRIES, **more_entries.ENTRIES}
LOG = Path(__file__).parents[1] / "results/fuzz.jsonl"
LONGEST = 60  # seconds of processor time; what takes longer hangs
GOOD = ("answer", "answer, warned", "one sentence")
BAD = ("traceback", "hang", "not finite", "wrong answer", "partial file", "not one sentence")


class Hang(BaseException):
    """Raised in the middle of an entry that takes too long."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--out", type=Path, default=LOG)
    parser.add_argument("--share", type=float, default=1.0, help="of the inputs of each entry")
    parser.add_argument("--entry", help="this one only")
    parser.add_argument("--only", type=int, help="one input, whose traceback is shown")
    parser.add_argument("--minutes", type=float, default=math.inf)
    parser.add_argument("--table-only", action="store_true")
    options = parser.parse_args()
    chosen = [entry for entry in ENTRIES if options.entry in (None, entry.__name__)]
    if options.only is not None:
        print(*outcome(chosen[0], options.only, shown=True))
        return
    if not options.table_only:
        fill(options.out, chosen, options.share, time.monotonic() + 60 * options.minutes)
    print(measured_on(), counts(options.out), sep="\n\n")


def fill(log: Path, chosen: list[Callable[[Random], Any]], share: float, end: float) -> None:
    """Draw the inputs that the log lacks, in turn from all entries."""
    done = {(line["entry"], line["input"]) for line in lines(log)}
    tasks = [
        (i / ENTRIES[entry], entry, i)
        for entry in chosen
        for i in range(math.ceil(share * ENTRIES[entry]))
        if (entry.__name__, i) not in done
    ]
    log.parent.mkdir(parents=True, exist_ok=True)
    known()  # what is imported on the way is no part of the time of any entry
    with log.open("a", encoding="utf-8") as file:
        for _, entry, i in sorted(tasks, key=lambda task: task[0]):
            if time.monotonic() > end:
                break
            kind, what = outcome(entry, i)
            line = {"entry": entry.__name__, "input": i, "outcome": kind, **({"what": what} if what else {})}
            file.write(json.dumps(line) + "\n")
            file.flush()


def outcome(entry: Callable[[Random], Any], i: int, *, shown: bool = False) -> tuple[str, str]:
    """How input i of an entry ends, and in which words, where it ends badly."""
    return ending(entry, Random(f"{entry.__name__} {i}"), shown=shown)


def ending(entry: Callable[[Random], Any], random: Random, *, shown: bool = False) -> tuple[str, str]:
    """How an entry ends with an input from a generator; see :func:`outcome`."""
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        try:
            with at_most(LONGEST):
                answer = entry(random)
        except InputError as error:
            return ("one sentence", "") if is_sentence(str(error)) else ("not one sentence", str(error)[:300])
        except Hang:
            return "hang", where(sys.exc_info()[2])
        except Partial as error:
            return "partial file", str(error)[:300]
        except Wrong as error:
            return "wrong answer", str(error)[:300]
        except Exception as error:
            if shown:
                traceback.print_exc()
            return "traceback", f"{type(error).__name__} in {where(error.__traceback__)}: {str(error)[:200]}"
    if not finite(answer):
        return "not finite", repr(answer)[:300]
    warned = any(issubclass(warning.category, DataWarning) for warning in caught)
    return ("answer, warned" if warned else "answer"), ""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    def stop(number: int, frame: Any) -> None:
        raise Hang

    # Of processor time, and of ten times as much by the clock, for what waits without computing.
    kinds = {signal.SIGPROF: (signal.ITIMER_PROF, 1), signal.SIGALRM: (signal.ITIMER_REAL, 10)}
    before = {kind: signal.signal(kind, stop) for kind in kinds}
    for timer, factor in kinds.values():
        signal.setitimer(timer, factor * seconds)
    try:
        yield
    finally:
        for timer, _ in kinds.values():
            signal.setitimer(timer, 0)
        for kind, handler in before.items():
            signal.signal(kind, handler)


def is_sentence(message: str) -> bool:
    """One line that ends with a full stop, and has no other."""
    own = re.sub(r"'[^']*'|\"[^\"]*\"", "", message)  # without what is quoted
    return message.endswith((".", "?")) and "\n" not in message and ". " not in own


def finite(answer: Any) -> bool:
    if isinstance(answer, list | tuple):
        return all(map(finite, answer))
    if isinstance(answer, pd.DataFrame | pd.Series | np.ndarray):
        numbers = pd.DataFrame(answer).select_dtypes("number")
        return bool(np.isfinite(numbers.to_numpy(dtype=np.float64, na_value=np.nan)).all())
    return True


def where(trace: Any) -> str:
    """The last line of this project in a traceback."""
    root = str(Path(__file__).parents[2])
    own = [
        f for f in traceback.extract_tb(trace) if f.filename.startswith(root) and "/trust/" not in f.filename
    ]
    return f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else "the suite"


def lines(log: Path) -> list[dict[str, Any]]:
    """The whole lines of the log."""
    if not log.exists():
        return []
    *whole, _ = log.read_text(encoding="utf-8").split("\n")
    return [json.loads(line) for line in whole]


def counts(log: Path) -> str:
    """A table of outcomes by entry, and below it what ended badly."""
    found = lines(log)
    kinds = [*GOOD, *BAD]
    rows = {entry.__name__: Counter[str]() for entry in ENTRIES}
    for line in found:
        rows.setdefault(line["entry"], Counter())[line["outcome"]] += 1
    rows["all"] = sum(rows.values(), Counter())
    table = [f"| entry | inputs | {' | '.join(kinds)} |", "|---" * (len(kinds) + 2) + "|"]
    for entry, row in rows.items():
        table.append(f"| {entry} | {row.total():,} | {' | '.join(f'{row[kind]:,}' for kind in kinds)} |")
    bad = Counter(
        (line["entry"], line["outcome"], line.get("what", "")) for line in found if line["outcome"] in BAD
    )
    told = [f"- {times} x {entry}: {kind}: {what}" for (entry, kind, what), times in bad.most_common(60)]
    return "\n".join([*table, "", *told])


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    main()
