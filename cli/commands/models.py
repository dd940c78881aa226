"""`foundation-causal models`: the pretrained models in the package."""

import click

from cli.options import output_options
from cli.output import Output


@click.command()
@output_options
def models(output: Output) -> None:
    """List the pretrained models that come with the package."""
    from cli.tables import table

    with output.stage("read", "Reading the models"):
        from discovery import models as of_structure
        from mechanisms.methods import models as of_mechanisms

        found = of_structure() + of_mechanisms()
    columns = list(dict.fromkeys(key for model in found for key in model))
    shown = table("Models", columns, [[model.get(key) for key in columns] for model in found])
    output.finish({"models": found}, shown)
