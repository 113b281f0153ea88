"""One folder per outside network. Pure Python: no models, settings only as arguments."""
