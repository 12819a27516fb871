"""What people keep: conversations. It knows a job by its id only."""
