"""Simulators of given systems: written equations, C-Suite, gene networks, SERGIO and cdt's generator."""
