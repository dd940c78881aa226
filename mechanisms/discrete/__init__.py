"""Mechanisms of binary, ordinal, categorical and count variables."""
