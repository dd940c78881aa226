"""The search over tables with columns of several types, and its local scores."""
