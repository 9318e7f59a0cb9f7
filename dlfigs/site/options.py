"""What mkdocs.yml may say under `plugins`."""

from __future__ import annotations

from mkdocs.config import config_options
from mkdocs.config.base import Config

from dlfigs.make.jobs import MINUTES
from dlfigs.make.store import CACHE


class DlfigsConfig(Config):
    """Options in mkdocs.yml."""

    recipes = config_options.Type(str, default="figures")
    cache = config_options.Type(str, default=str(CACHE))
    minutes = config_options.Type((int, float), default=MINUTES)
    # Only for sites whose Markdown extensions read nothing but the page and leave nothing but its HTML
    remember = config_options.Type(bool, default=False)
    copies = config_options.Type(bool, default=True)
    deck = config_options.Type(bool, default=True)
    slides = config_options.Type(bool, default=True)
    policy = config_options.Type(bool, default=False)
