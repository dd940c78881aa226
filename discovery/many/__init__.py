"""Graphs of many tables at a time."""
