"""Who people are: owners, accounts, the ways into them, sessions, keys and bans."""
