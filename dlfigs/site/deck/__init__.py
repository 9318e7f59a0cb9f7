"""Cards to practice with, made of questions and predictions of the pages: a deck for Anki, and a table."""
