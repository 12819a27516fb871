"""What is done with text by everybody who writes answers: pure, standard library only."""
