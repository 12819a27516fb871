"""Where a worker can live; one file per home is all that knows it."""
