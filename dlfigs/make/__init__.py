"""From a recipe to a finished folder: what is stale, who makes it, what it is made of, where it is kept."""
