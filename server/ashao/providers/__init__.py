"""Messages in, text out: the cloud or simulated producers inside the orchestrator."""
