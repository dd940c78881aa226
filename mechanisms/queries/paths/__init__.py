"""Effects along some of the paths between two variables."""
