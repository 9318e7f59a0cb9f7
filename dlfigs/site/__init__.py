"""From finished folders to a site: pages, look, server and book."""
