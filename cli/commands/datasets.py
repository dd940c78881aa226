"""`foundation-causal datasets`: the data sets that can stand for a file."""

import click

from cli.options import output_options
from cli.output import Output


@click.command()
@output_options
def datasets(output: Output) -> None:
    """List the data sets that can be given by name."""
    from cli.tables import table

    with output.stage("read", "Reading the data sets"):
        from foundation_causal.datasets import dataset_names, load_dataset

        found = []
        for name in dataset_names():
            dataset = load_dataset(name)
            rows, columns = dataset.frame.shape
            edges = dataset.graph.number_of_edges()
            found.append(
                {"name": name, "rows": rows, "columns": columns, "edges": edges, "about": dataset.about}
            )
    shown = table(
        "Data sets", ["name", "rows", "columns", "edges", "about"], [list(one.values()) for one in found]
    )
    output.finish({"datasets": found}, shown)
