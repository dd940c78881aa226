"""The network that reads a table: its inputs, the edge transformer, and how it was trained."""
