"""Tables and rows with missing values."""
