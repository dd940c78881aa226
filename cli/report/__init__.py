"""The report: one HTML file that shows a whole analysis and needs no network. No science here."""
