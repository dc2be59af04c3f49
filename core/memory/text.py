"""Text as every database can hold it."""

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def storable(text: str) -> str:
    """`text` without NUL and lone surrogates, which databases refuse: each becomes U+FFFD; pairs are joined.

    A question is best cleaned with this before its prompt is built, so that the prompt can be rendered again from
    what was stored.
    """
    text = text.replace("\x00", REPLACEMENT)
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text
