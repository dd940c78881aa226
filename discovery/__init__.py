"""Structure: from observations to edge probabilities, an acyclic graph, and samples of graphs."""
