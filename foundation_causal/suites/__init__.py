"""Frozen test suites: labelled data sets with known truth, made again from their seeds."""

from foundation_causal.suites.cases import Case, Intervened, SCMCase, TableCase
from foundation_causal.suites.suite import Suite, load_suite, suite_names

__all__ = ["Case", "Intervened", "SCMCase", "Suite", "TableCase", "load_suite", "suite_names"]
