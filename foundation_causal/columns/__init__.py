"""The columns of a table: which type each has, by which rule, and what in the whole table needs a word."""
