"""Who writes a job's tokens: workers that claim, and providers when no worker does."""
