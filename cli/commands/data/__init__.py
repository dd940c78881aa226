"""The commands that list, simulate and write data sets, and list models; nothing heavy is imported early."""
