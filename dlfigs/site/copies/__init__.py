"""A site for machines: pages as Markdown, an index of pages, llms.txt, and one of claims, claims.json."""
