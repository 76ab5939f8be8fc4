"""The HTML of a report as a str that notebooks display as a page."""

from __future__ import annotations

from html import escape


class ReportPage(str):
    """The HTML of a report: a str that notebooks display as a page.

    Examples
    --------
    >>> import imagedf
    >>> page = imagedf.render_report(imagedf.example(), now="2026-11-24")
    >>> isinstance(page, str), page._repr_html_()[:8]
    (True, '<iframe ')
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<ReportPage: HTML of {len(self):,} characters; write_report writes a file>"

    def _repr_html_(self) -> str:
        # The iframe separates the page's style from the notebook's, and runs no scripts.
        return (
            '<iframe title="imagedf report" sandbox="allow-downloads allow-popups" width="100%" '
            f'height="700" srcdoc="{escape(self)}"></iframe>'
        )
