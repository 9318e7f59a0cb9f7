"""MkDocs wiring, and no more: build what is stale, hand it to the extension, add pages and files."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from jinja2 import Environment
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, PluginError
from mkdocs.plugins import BasePlugin, CombinedEvent, event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from dlfigs.errors import UserError
from dlfigs.site import figure_files, preparing, serving
from dlfigs.site.options import DlfigsConfig
from dlfigs.site.templates import Templates

log = logging.getLogger("mkdocs.plugins.dlfigs")


class DlfigsPlugin(BasePlugin[DlfigsConfig]):
    """Keeps a site's figures up to date."""

    templates = Templates()
    served = False
    renews = False  # whether this is a server whose pages follow what is made meanwhile
    serving: serving.Serving | None = None

    def on_startup(self, *, command: str, dirty: bool) -> None:
        """Note whether this is a server; having this method keeps the plugin between its builds."""
        self.served, self.serving = command == "serve", None
        self.renews = self.served and serving.reloads()

    def on_config(self, config: MkDocsConfig) -> MkDocsConfig:
        """Build stale figures before anything reads a page, and tell the extension where they are."""
        self.target = config.site_dir
        try:
            self.prepared = preparing.prepare(
                config, self.config, log, self._server if self.renews else None
            )
        except UserError as error:
            raise PluginError(str(error)) from None
        figure_files.ask_for_look(config)
        return config

    def _server(self, cache: Path, minutes: float) -> serving.Serving:
        self.serving = self.serving or serving.Serving(cache, minutes, log)
        return self.serving

    @event_priority(-100)  # when all others have added theirs
    def on_files(self, files: Files, config: MkDocsConfig) -> Files:
        """Add each figure's page and files, and our style sheet and script."""
        figure_files.add(files, self.prepared.figures, config, served=self.renews)
        if self.config.copies and self.config.deck:
            figure_files.add_deck(files, config)
        return files

    def on_nav(self, nav: Navigation, config: MkDocsConfig, files: Files) -> Navigation:
        """Note what chapters depend on, when all files are known."""
        self.nav = nav
        self.prepared.memory.look_around(config, files)
        return nav

    @event_priority(-100)  # when plugins that render pages in their own way have said so
    def on_pre_page(self, page: Page, **_: Any) -> Page:
        """Render a page only when what it is made of has changed."""
        self.prepared.memory.attach(page)
        return page

    def on_page_content(self, html: str, **_: Any) -> None:
        """Note the formulas' characters."""
        self.prepared.completion.note(html)

    def on_env(self, env: Environment, config: MkDocsConfig, files: Files) -> Environment:
        """Complete the pages, now that all are rendered; let a server remember what it makes of them."""
        known = [file.page for file in files.documentation_pages(inclusion=lambda _: True)]  # drafts too
        ordered = [*self.nav.pages, *known]  # that of reading comes first
        pages = {page.url: page for page in ordered if page and page.content}
        self.addresses = {page.file.src_uri: address for address, page in pages.items()}
        titles = {address: page.title for address, page in pages.items()}
        completion = self.prepared.completion
        completion.note_pages({address: page.content for address, page in pages.items()}, titles)
        for address, page in pages.items():
            try:
                page.content = completion.text(page.content, address)
            except UserError as error:
                raise PluginError(str(error)) from None
        env.bytecode_cache = self.templates
        if self.serving and self.config.remember:
            self.templates.remember_pages(env, config, self.nav)
        return env

    @event_priority(100)  # before the search
    def _hide(self, context: dict, page: Page, config: MkDocsConfig, **_: Any) -> dict:
        self.show = self.prepared.memory.hide(page, config)
        return context

    @event_priority(-100)
    def _show(self, context: dict, **_: Any) -> dict:
        self.show()
        return context

    on_page_context = CombinedEvent(_hide, _show)

    @event_priority(-100)  # of all that is in the page
    def on_post_page(self, output: str, page: Page, **_: Any) -> str:
        """Say what a page shows as it was written; note which figures it waits for; complete its head."""
        for finding in self.prepared.completion.unread(output, page.file):
            log.error("%s", finding)  # which ends a strict build
        if self.serving:
            self.serving.note(page.url, output)
        return self._completed(output, page.url)

    @event_priority(-100)
    def on_post_template(self, output_content: str, template_name: str, **_: Any) -> str:
        """Complete the page for lost readers; other templates are no pages."""
        ends = template_name.endswith(".html")
        return self._completed(output_content, template_name) if ends else output_content

    def _completed(self, html: str, address: str) -> str:
        try:
            return self.prepared.completion.page(html, address, served=self.served)
        except UserError as error:
            raise PluginError(f"the option `policy`: {error}") from None

    @event_priority(100)  # before the search writes its index
    def on_post_build(self, config: MkDocsConfig) -> None:
        """Complete the search; write the font of the formulas, the cards, and what machines read."""
        self.prepared.memory.complete_search(config, self.addresses)
        self.prepared.completion.write(Path(config.site_dir), cards=not self.served)
        self.prepared.completion.write_slides(config, served=self.served)
        if self.prepared.completion.machines:
            self.prepared.completion.machines.write(config, self.nav)
        if self.serving:
            self.serving.end()

    def on_shutdown(self) -> None:
        """End what a server has begun."""
        if self.serving:
            self.serving.close()

    def on_build_error(self, *, error: Exception, **_: Any) -> None:
        """Say in one line what the system refuses; MkDocs would show its own code."""
        if isinstance(error, UnicodeDecodeError):  # MkDocs has named the page
            raise Abort("Aborted: pages are to be saved as UTF-8")
        if isinstance(error, OSError):
            file = error.filename2 or error.filename or "a file"  # of the copy, if it was to be one
            log.error("%s: %s; the site in %s is not complete", file, error.strerror or error, self.target)
            raise Abort("Aborted by the system")

    def on_serve(self, server: Any, **_: Any) -> Any:
        """Rebuild when a recipe, or a module that recipes use, is saved, and when figures are there."""
        return serving.attach(server, self.prepared.recipes, self.serving)
