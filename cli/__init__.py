"""The `foundation-causal` command: parses, calls the API, renders. No science here."""
