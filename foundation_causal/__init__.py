"""From a table of observations to a causal graph, its mechanisms, samples, interventions and counterfactuals.

The names below come from all floors of the project and are imported when first used, so that importing this
package takes no time. Their types stand in `__init__.pyi`.
"""

from foundation_causal.lazy import attach

__version__ = "0.1.0"

__getattr__, __dir__, _names = attach(
    __name__,
    {
        "BelowZeroWarning": "foundation_causal.errors:BelowZeroWarning",
        "CausalModel": "mechanisms:CausalModel",
        "CopiedRowsWarning": "foundation_causal.errors:CopiedRowsWarning",
        "CrossWorldWarning": "foundation_causal.errors:CrossWorldWarning",
        "DataWarning": "foundation_causal.errors:DataWarning",
        "Dataset": "foundation_causal.datasets:Dataset",
        "DependentColumnsWarning": "foundation_causal.errors:DependentColumnsWarning",
        "DiscreteWarning": "foundation_causal.errors:DiscreteWarning",
        "ExtrapolationWarning": "foundation_causal.errors:ExtrapolationWarning",
        "FewRowsWarning": "foundation_causal.errors:FewRowsWarning",
        "InputError": "foundation_causal.errors:InputError",
        "Knowledge": "discovery:Knowledge",
        "LeftOutWarning": "foundation_causal.errors:LeftOutWarning",
        "MissingValuesWarning": "foundation_causal.errors:MissingValuesWarning",
        "NarrowIntervalWarning": "foundation_causal.errors:NarrowIntervalWarning",
        "NoPathWarning": "foundation_causal.errors:NoPathWarning",
        "Observations": "foundation_causal.observations:Observations",
        "OrderedRowsWarning": "foundation_causal.errors:OrderedRowsWarning",
        "OverlapWarning": "foundation_causal.errors:OverlapWarning",
        "Prediction": "discovery:Prediction",
        "RepeatedColumnWarning": "foundation_causal.errors:RepeatedColumnWarning",
        "Replace": "mechanisms:Replace",
        "RowCounterWarning": "foundation_causal.errors:RowCounterWarning",
        "Shift": "mechanisms:Shift",
        "Stability": "discovery:Stability",
        "SubsampleWarning": "foundation_causal.errors:SubsampleWarning",
        "TableReport": "foundation_causal.columns.table_checks:TableReport",
        "as_graph": "foundation_causal.graphs:as_graph",
        "bootstrap": "discovery:bootstrap",
        "catalogue": "foundation_causal.datasets:catalogue",
        "check": "foundation_causal.columns.table_checks:check",
        "dataset_names": "foundation_causal.datasets:dataset_names",
        "discover": "discovery:discover",
        "evaluate_mechanisms": "mechanisms.mechanism_evaluation:evaluate_mechanisms",
        "evaluate_structure": "discovery.structure_evaluation:evaluate_structure",
        "evaluate_suite": "discovery.structure_evaluation:evaluate_suite",
        "graph_from_lingam": "foundation_causal.graphs:graph_from_lingam",
        "infer": "mechanisms:infer",
        "interventional_distribution": "mechanisms.graph_free.activa.answer:interventional_distribution",
        "load_dataset": "foundation_causal.datasets:load_dataset",
        "load_suite": "foundation_causal.suites:load_suite",
        "metrics": "foundation_causal.metrics",
        "models": "foundation_causal.networks.pretrained:models",
        "observations": "foundation_causal.observations:observations",
        "parse_graph": "foundation_causal.graph_files:parse_graph",
        "plot": "foundation_causal.plots",
        "prior": "foundation_causal.simulate:prior",
        "read_graph": "foundation_causal.graph_files:read_graph",
        "read_knowledge": "discovery:read_knowledge",
        "read_prior": "foundation_causal.simulate.prior_files:read_prior",
        "read_table": "foundation_causal.table_files:read_table",
        "reference_graph": "foundation_causal.datasets:reference_graph",
        "report": "cli.report.make_report:report",
        "suite_names": "foundation_causal.suites:suite_names",
        "write_graph": "foundation_causal.graph_files:write_graph",
        "write_knowledge": "discovery:write_knowledge",
    },
)
__all__ = [*_names, "__version__"]
