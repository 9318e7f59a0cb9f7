"""How figures look: style sheet, palette, marks and rendering. Nothing here computes."""
