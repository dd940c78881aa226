import json
from pathlib import Path

import pytest

from cli.output import PIPE_WIDTH
from foundation_causal.simulate import PRIORS, TYPED_PRIORS, prior
from foundation_causal.simulate.prior_files import from_config, read_prior, to_config
from foundation_causal.simulate.systems.csuite import CSUITE, csuite

LEAST = {"kind": "Family", "graphs": [{"kind": "Layered"}], "mechanisms": [{"kind": "MLP"}]}


def test_the_list_has_everything_that_can_be_generated_from(invoke):
    document = json.loads(invoke("priors", "--json").stdout)
    assert [facts["name"] for facts in document["priors"]] == [*PRIORS, *TYPED_PRIORS]
    assert [facts["name"] for facts in document["csuite"]] == list(CSUITE)
    for facts in [*document["priors"], *document["csuite"]]:
        assert facts["about"] == (PRIORS | TYPED_PRIORS | CSUITE)[facts["name"]].purpose
    for facts in document["priors"]:
        if facts["name"] in TYPED_PRIORS:
            continue
        there = prior(facts["name"])
        assert (facts["variables"], facts["rows"]) == (list(there.d), list(there.n))
        assert facts["interventions"] == ("no" if there.interventions is None else "yes")
    for facts in document["csuite"]:
        graph = csuite(facts["name"]).graph
        assert (facts["variables"], facts["edges"]) == (len(graph), graph.number_of_edges())
    lines = invoke("priors").stdout.splitlines()
    assert max(map(len, lines)) <= PIPE_WIDTH
    for facts in [*document["priors"], *document["csuite"]]:  # a line each: nothing is folded
        (line,) = [line for line in lines if line.split()[:1] == [facts["name"]]]
        assert line.rstrip().endswith(facts["about"])


def test_no_name_is_taken_twice():
    assert not set(PRIORS) & set(CSUITE)


@pytest.mark.parametrize("name", PRIORS)
def test_a_prior_is_printed_as_it_would_be_saved(invoke, name):
    shown = invoke("priors", name).stdout
    assert json.loads(shown) == to_config(prior(name))
    document = json.loads(invoke("priors", name, "--json").stdout)
    assert document == {"name": name, "prior": json.loads(shown), "files": []}
    result = invoke("priors", name, "--out", "mine.json")
    assert "Written: mine.json" in result.stdout
    assert Path("mine.json").read_text() == shown
    assert read_prior("mine.json") == from_config(to_config(prior(name)))


def test_a_file_is_printed_with_its_defaults(invoke, tmp_path):
    family = LEAST | {"noises": [{"kind": "Uniform"}]}
    (tmp_path / "short.json").write_text(json.dumps({"kind": "Prior", "families": [family]}))
    config = json.loads(invoke("priors", "short.json").stdout)
    assert config["d"] == [2, 100]
    assert config["families"][0]["mechanisms"][0]["activation"] == "tanh"
    assert invoke("priors", "short.json", "--out", "long.json", "--json").exit_code == 0
    assert json.loads(Path("long.json").read_text()) == config


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["wid"], ["'wid'", "'wide'"]),
        (["zebra"], ["'zebra'", ".json"]),
        (["lingauss"], ["'lingauss'", "`foundation-causal generate`"]),
        (["nowhere.json"], ["'nowhere.json'", "No such file"]),
        (["--out", "mine.json"], ["--out", "name of one prior"]),
        (["wide", "--out", "mine.txt"], ["'mine.txt'", ".json"]),
        (["wide", "--out", "nowhere/mine.json"], ["'nowhere/mine.json'", "choose"]),
    ],
)
def test_bad_requests(refuse, arguments, words):
    refuse(words, "priors", *arguments)


def test_a_prior_is_not_written_over_itself(invoke, refuse):
    invoke("priors", "p-in", "--out", "mine.json")
    refuse(["'mine.json'", "choose"], "priors", "./mine.json", "--out", "mine.json")
