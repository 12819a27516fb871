"""What runs a model for a worker, behind one interface."""
