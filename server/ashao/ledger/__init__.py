"""What answers cost and who earns. It knows a job by its id only."""
