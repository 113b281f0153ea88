"""How long data are kept, what is due, and the runs that erase it. Requirement C4."""
