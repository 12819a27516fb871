"""A job's life, on Redis: every change of one job is one atomic script."""
