"""One file per command. Nothing heavy is imported here before a command runs, so that `--help` stays fast."""
