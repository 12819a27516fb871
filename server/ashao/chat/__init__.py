"""Where people and jobs meet, and the only place."""
