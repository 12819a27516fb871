"""Who writes when no worker does, or one is late: providers, on the same jobs."""
