"""ACTIVA: interventional distributions from observations alone (Sauter, Salehkaleybar, Plaat and Acar)."""
