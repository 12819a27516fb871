"""Which jobs wait, and for whom: ids in lists, hints that a job's hash confirms."""
