"""Cond-FiP: the mechanisms of any SCM from its data and graph, by a network (Mahajan et al., 2024)."""
