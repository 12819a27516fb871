"""From a job's events to one unbroken stream."""
