"""commands: the words that people type; each task makes one call and draws."""
