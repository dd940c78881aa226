"""The search: from the network's probabilities to the graph, and how sure it is."""
