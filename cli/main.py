"""The command group and the one place where errors become sentences.

Everything imported at the top of this file, and of the command files, is light: `foundation-causal --help`
has to answer in well under a second, so pandas, torch and matplotlib are imported in the functions that use
them.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from cli.commands.adag import adag
from cli.commands.check import check
from cli.commands.compare import compare
from cli.commands.data.bundled import datasets, models
from cli.commands.data.doctor import doctor
from cli.commands.data.generate import generate, priors
from cli.commands.data.suites import suites
from cli.commands.discover import discover
from cli.commands.effect import effect
from cli.commands.evaluate import evaluate
from cli.commands.intervene import intervene
from cli.commands.run import run
from cli.commands.simulate import simulate
from cli.commands.stability import stability
from cli.report.report_command import report
from foundation_causal import __version__
from foundation_causal.errors import InputError, is_out_of_memory, printable
from foundation_causal.lazy import unhurried_collection

INTERRUPTED = 128 + signal.SIGINT  # as shells report it


class InputFailure(click.ClickException):
    """An `InputError` on its way to the terminal: `Error: <its sentence>` on stderr, exit code 2."""

    exit_code = 2


class Commands(click.Group):
    """The commands in the order in which they were added; an `InputError` becomes exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command that the arguments name."""
        try:
            with _unwinding(), unhurried_collection():
                return super().invoke(ctx)
        except InputError as error:
            raise InputFailure(printable(str(error))) from error
        except KeyboardInterrupt:  # Ctrl-C; click would answer 1, which says nothing
            click.echo("Interrupted; nothing was left half written.", err=True)
            raise click.exceptions.Exit(INTERRUPTED) from None
        except (MemoryError, RuntimeError, ImportError, OSError) as error:
            if not is_out_of_memory(error):
                raise
            raise InputFailure(
                "There is not enough memory for this; give fewer rows or columns, or more memory."
            ) from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the commands, in the order in which they were added."""
        return list(self.commands)


@contextmanager
def _unwinding() -> Iterator[None]:
    """Let a request to end, such as a batch system's at the time limit, remove half-written files first."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread may ask for signals
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="foundation-causal")
def main() -> None:
    """From a table of observations to a causal graph, its mechanisms, samples and interventions.

    DATA is a file (.csv, .tsv, .xlsx, .parquet or .feather; one column per variable, one row per observation)
    or the name of a bundled data set (see `foundation-causal datasets`). A file of that name wins.

    A graph is a file, too: .json, .graphml, .gml, .dot, .csv with a 0/1 matrix or the columns cause,effect
    (from,to or source,target), one edge a line, or text of dagitty, Tetrad, bnlearn, lavaan and others.
    """


for command in (
    run,
    report,
    check,
    discover,
    stability,
    compare,
    simulate,
    effect,
    intervene,
    evaluate,
    generate,
    datasets,
    priors,
    suites,
    models,
    doctor,
    adag,
):
    main.add_command(command)
