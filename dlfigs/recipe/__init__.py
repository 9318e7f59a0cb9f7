"""What a figure is, and its author's words: read from recipes, whose computations are not run here."""
