"""What people keep. It knows a job by its id only."""
