"""Effects and samples where pairs of variables share hidden causes."""
