"""diagnosis: find which mistake gives exactly the answers of an attempt."""
