"""What programs ask in whatever protocol: read liberally, made into jobs, followed to their end."""
