"""A complete web page, which loads nothing."""

from mistral_conversations._markup import Html, element, tag

__all__ = ["page"]

_PAGE = (
    "font:16px/1.55 system-ui,sans-serif;max-width:46em;margin:2em auto;"
    "padding:0 1.2em;overflow-wrap:break-word"
)
_POLICY = "default-src 'none'; img-src data:; style-src-attr 'unsafe-inline'"


def page(title: str, fragment: Html) -> Html:
    """Make a complete web page, which may load only the images embedded in it.

    Args:
        title: any text.
        fragment: the result of `transcript` or `table`; other text is escaped.
    """
    head = element(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", http_equiv="x-dns-prefetch-control", content="off"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="viewport", content="width=device-width"),
        element("title", title),
    )
    body = element("body", fragment, style=_PAGE)
    return Html(f"<!doctype html>\n{element('html', head, body)}\n")
