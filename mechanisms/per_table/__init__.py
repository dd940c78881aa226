"""Models that train a network on the user's table: FiP and DECI."""
