"""Slides of the lectures that pages declare: HTML to show, and PowerPoint; and PDF, printed from the HTML."""
