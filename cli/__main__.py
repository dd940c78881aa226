"""`python -m cli` is the same command as `foundation-causal`."""

from cli.main import main

if __name__ == "__main__":
    main(prog_name="foundation-causal")
