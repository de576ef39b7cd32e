"""cli: the program that people type: words in, one call, a drawing out."""
