"""`python -m foundation_causal` is the same command as `foundation-causal`."""

import runpy

if __name__ == "__main__":
    # By name and not by an import: the command stands above this package, which must not depend on it.
    runpy.run_module("cli", run_name="__main__", alter_sys=True)
