"""People's doors: accounts, the ways into them, keys and credits."""
