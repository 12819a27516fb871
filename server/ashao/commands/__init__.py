"""What the `ashao` command does, one file a command."""
