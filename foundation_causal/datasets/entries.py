"""The facts about every data set, held as they are so that listing them reads no file."""

from __future__ import annotations

from foundation_causal.datasets.facts import Facts
from foundation_causal.datasets.tuebingen import PAIRS

SIMULATED_ROWS = 500  # by default
DREAM_EDGES = {1: 176, 2: 249, 3: 195, 4: 211, 5: 193}

SACHS = """
Amounts of 11 phosphorylated proteins and phospholipids in single human immune cells, by flow cytometry,
7,466 cells, in units of fluorescence (Sachs, Perez, Pe'er, Lauffenburger and Nolan, Science 308, 2005), as
the package cdt ships them (MIT licence; the measurements' own terms are those of the publication). The
reference graph is cdt's: 18 edges that biologists agree on; versions with 17 and 20 edges are in use
elsewhere, so compare scores only where the graphs are the same. Known problems: it has one cycle, PIP2 ->
PIP3 -> plcg -> PIP2, so it serves for scoring but not as the graph of a model; the rows pool nine
experimental conditions, interventions among them, without saying which is which; values are positive,
heavy-tailed and cut off at 1.
"""

SIMULATED = """
Known problems: the rows are simulated, 500 unless asked otherwise; the graph was itself learned from data;
and as all is linear and Gaussian, much of it can be found only up to its equivalence class.
"""

ECOLI = """
Draws from a linear Gaussian network of 46 genes of Escherichia coli and 70 edges, fitted to 9 time points
of a microarray experiment on stress (Schaefer and Strimmer, Statistical Applications in Genetics and
Molecular Biology 4, 2005), known as ecoli70 in the bnlearn repository (CC BY-SA) and shipped as JSON by the
package pgmpy.
"""

ARTH = """
Draws from a linear Gaussian network of 107 genes of Arabidopsis thaliana and 150 edges, fitted to gene
expression over the day (Opgen-Rhein and Strimmer, BMC Systems Biology 1:37, 2007), known as arth150 in the
bnlearn repository (CC BY-SA) and shipped as JSON by the package pgmpy. Columns are called by the numbers of
the genes. The graph falls into pieces of 101, 4 and 2 genes.
"""

ARTH_PROBLEMS = "Its authors call the method that gave the edges their directions a heuristic."

MAGIC = """
Draws from a linear Gaussian network of {traits} traits and {markers} genetic markers of {plant}, {edges}
edges, fitted to a population bred from many parents ({reference}), known as {name} in the bnlearn
repository (CC BY-SA) and shipped as JSON by the package pgmpy. Markers are called G and a number, traits by
abbreviations.
"""

MAGIC_PROBLEMS = """
The markers, which count alleles in the plants, are drawn here as Gaussians; no edge leads from a trait to a
marker because the authors ruled it out; and an edge between markers stands for genes inherited together, so
its direction says nothing about causes.
"""

DREAM = """
Network {number} of the in silico challenge of DREAM4, size 100, multifactorial: 100 genes, {edges} edges
(Marbach, Prill, Schaffter, Mattiussi, Floreano and Stolovitzky, PNAS 107(14), 2010). The package cdt ships
the reference graph alone (MIT licence) and downloads the expression of the genes, 100 simulated steady
states, so there are no rows here: take insilico_size100_{number}_multifactorial.tsv from the challenge's
page at synapse.org (syn3049712, its terms apply) and pass that file as data. Known problems: the graph has
cycles, so it serves for scoring but not as the graph of a model; the rows come from stochastic differential
equations with noise added, not from a model with one function per variable; and there are no more rows than
genes.
"""


def _simulated(name: str, title: str, columns: int, edges: int, about: str, problems: str = "") -> Facts:
    text = " ".join(f"{about} {SIMULATED} {problems}".split())
    return Facts(name, title, "simulated", SIMULATED_ROWS, columns, edges, True, text)


def _magic(name: str, plant: str, reference: str, traits: int, markers: int, edges: int) -> Facts:
    about = MAGIC.format(
        name=name, plant=plant, reference=reference, traits=traits, markers=markers, edges=edges
    )
    title = f"Traits and markers of {plant}, linear Gaussian"
    return _simulated(name, title, traits + markers, edges, about, MAGIC_PROBLEMS)


def _dream(number: int) -> Facts:
    about = " ".join(DREAM.format(number=number, edges=DREAM_EDGES[number]).split())
    title = "Gene regulation, reference graph only"
    return Facts(f"dream4-{number}", title, "simulated", None, 100, DREAM_EDGES[number], False, about)


NETWORKS = (
    _simulated("arth150", "Genes of Arabidopsis thaliana, linear Gaussian", 107, 150, ARTH, ARTH_PROBLEMS),
    _simulated("ecoli70", "Genes of Escherichia coli, linear Gaussian", 46, 70, ECOLI),
    _magic(
        "magic-irri",
        "rice",
        "M. Scutari's talk at the International Conference on Quantitative Genetics, 2016",
        10,
        54,
        102,
    ),
    _magic(
        "magic-niab", "winter wheat", "Scutari, Howell, Balding and Mackay, Genetics 198(1), 2014", 7, 37, 66
    ),
)

# The file of cdt holds the experiments of Sachs et al. (2005, table 1) one after the other: label, rows, and
# the protein that the reagent acts on, which it does by what that protein does rather than by its level. All
# but the last two have the general stimulus of the first, too.
SACHS_CONDITIONS: tuple[tuple[str, int, str | None], ...] = (
    ("cd3+cd28", 853, None),
    ("icam2", 902, None),
    ("akt inhibitor", 911, "pakts473"),
    ("g0076", 723, "PKC"),
    ("psitectorigenin", 810, "PIP2"),
    ("u0126", 799, "pmek"),
    ("ly294002", 848, None),
    ("pma", 913, "PKC"),
    ("b2camp", 707, "PKA"),
)

CATALOGUE: dict[str, Facts] = {
    facts.name: facts
    for facts in (
        *NETWORKS,
        Facts(
            "sachs",
            "Proteins in human immune cells",
            "measured",
            7466,
            11,
            18,
            False,
            " ".join(SACHS.split()),
        ),
        *(_dream(number) for number in DREAM_EDGES),
        *(pair.facts for pair in PAIRS),
    )
}
