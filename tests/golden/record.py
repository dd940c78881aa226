"""Write what the package answers now into `answers.json`; what it answers later is compared with that.

    python tests/golden/record.py

Record anew only where an answer is meant to change, and say in the commit which and why.
"""

import json
import sys
import time
from pathlib import Path

# The tree that this file lies in is asked, and not a package that is installed elsewhere.
sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.golden.questions import questions

ANSWERS = Path(__file__).with_name("answers.json")


def main() -> None:
    """Ask every question, write the answers, and say what was written."""
    start, answers = time.perf_counter(), {}
    for name, question in questions().items():
        answers[name] = question.answer()
    lines = [f"{json.dumps(name)}: {json.dumps(answer)}" for name, answer in answers.items()]
    ANSWERS.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    size, seconds = ANSWERS.stat().st_size / 1000, time.perf_counter() - start
    print(f"{len(answers)} answers, {size:.0f} kB, written to {ANSWERS} in {seconds:.0f} s")


if __name__ == "__main__":
    main()
