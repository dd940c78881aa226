"""Expected outcomes given a treatment and covariates, and effects that are read off the rows with them."""
