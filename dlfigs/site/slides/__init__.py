"""Slides of the lectures that pages declare: HTML to show, PowerPoint, and PDF printed of the HTML."""
