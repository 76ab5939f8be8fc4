"""The page as text that a notebook shows as a page."""

from __future__ import annotations

from html import escape


class ReportPage(str):
    """The HTML of a report: text everywhere, and a page in a notebook.

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
        # The frame keeps the page's style apart from the notebook's, and runs no script.
        return (
            '<iframe title="imagedf report" sandbox="allow-downloads allow-popups" width="100%" '
            f'height="700" srcdoc="{escape(self)}"></iframe>'
        )
