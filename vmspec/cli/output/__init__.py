"""Output formats and the terminal."""
