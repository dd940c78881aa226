"""The report in a browser: a headless Chromium runs the page, and a script in it looks around."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import networkx as nx
import numpy as np
import pandas as pd
import pytest

import foundation_causal as fc

CHROMIUM = next((path for name in ("chromium", "chromium-browser") if (path := shutil.which(name))), None)
ODD = "</script><b id='odd'>"

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")

LISTEN = """<script>window.problems = [];
window.addEventListener("error", (event) => problems.push(event.message));
console.error = (...words) => problems.push(words.join(" "));
window.addEventListener("securitypolicyviolation", (event) => problems.push("blocked " + event.blockedURI));
</script>"""

# Uses the page as a reader does, and writes what it saw into the page.
LOOK = (Path(__file__).parent / "report_reader.js").read_text(encoding="utf-8")


def run_in_browser(page: str, folder, *, width: int) -> dict:
    """What the script saw in a window of so many pixels."""
    page = page.replace("<head>", f"<head>{LISTEN}", 1).replace("</body>", f"<script>{LOOK}</script></body>")
    (folder / "page.html").write_text(page, encoding="utf-8")
    options = ["--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    options += [f"--window-size={width},800", "--virtual-time-budget=20000", "--dump-dom"]
    done = subprocess.run(
        [CHROMIUM, *options, (folder / "page.html").as_uri()], capture_output=True, text=True, timeout=240
    )
    (found,) = re.findall(r'<pre id="found">(.*?)</pre>', done.stdout, re.S) or [done.stderr]
    return json.loads(found.replace("&gt;", ">").replace("&amp;", "&"))


@pytest.fixture(scope="module")
def found(tmp_path_factory) -> dict:
    random = np.random.default_rng(0)
    a, c = random.normal(size=60), random.choice(["x", "y", "z"], 60)
    b = np.tanh(a) + (c == "x") + 0.3 * random.normal(size=60)
    table = pd.DataFrame({"a": a, "b": b, "c": c, ODD: b + random.normal(size=60)})
    made = fc.report(table, do=[{"a": 1}, {"c": "x"}], treatment="c", outcome="b", methods=[])
    return run_in_browser(made.html, tmp_path_factory.mktemp("browser"), width=500)


def test_nothing_goes_wrong_and_names_stay_text(found):
    assert found["problems"] == []
    assert sorted(found["nodes"]) == sorted(["a", "b", "c", ODD])
    assert not found["odd"]
    assert all(found["links"])


def test_the_slider_shows_more_edges_the_lower_it_is_and_never_a_cycle(found):
    few = [len(slide["edges"]) for slide in found["slides"]]
    assert few == sorted(few, reverse=True)
    assert few[0] > few[-1]
    for slide in found["slides"]:
        assert nx.is_directed_acyclic_graph(nx.DiGraph(slide["edges"]))
        assert all(p >= slide["least"] for p in slide["probabilities"])
        assert slide["status"].startswith(f"{len(slide['edges'])} edge")
        assert slide["text"] == f"{slide['least']:.2f}"
    assert sorted(found["back"]) == sorted(found["edges"])
    assert "discovered" in found["status"]


def test_a_click_on_a_variable_opens_its_mechanism(found):
    panel = found["panel"]
    assert not panel["hidden"]
    assert panel["title"] == "Mechanism of b"
    assert panel["chosen"] == "b"
    assert any("90% band" in caption or "noise" in caption for caption in panel["captions"])
    assert found["closed"]
    assert found["focus"] == "panel"


def test_charts_are_drawn_and_described(found):
    assert len(found["charts"]) >= 3
    assert all(drawn and described for drawn, described in found["charts"])


def test_the_page_is_for_keyboards_narrow_windows_and_readers_aloud(found):
    assert found["zoomed"]
    assert found["moved"]
    assert "probability" in found["hint"]
    assert found["unlabelled"] == []
    assert found["wide"] <= 0
