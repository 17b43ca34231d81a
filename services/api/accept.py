"""What an Accept header would rather have."""

from fastapi import Request

JSON_ANSWERS = ("application/json", "application/ld+json")


def wants_page(request: Request) -> bool:
    """Whether the caller would rather have a page than JSON, as a browser does."""
    return quality(request, ("text/html",)) > quality(request, JSON_ANSWERS)


def quality(request: Request, types: tuple[str, ...]) -> float:
    """The weight (RFC 9110 §12.5.1) that Accept gives to the best of some types; a named type beats a wildcard."""
    header = ",".join(request.headers.getlist("accept")) or "*/*"
    best = 0.0
    for wanted in types:
        weight, rank = 0.0, -1
        for item in header.split(","):
            media, *parameters = (part.strip() for part in item.split(";"))
            specific = {wanted: 2, wanted.partition("/")[0] + "/*": 1, "*/*": 0}.get(media.lower(), -1)
            if specific > rank:
                rank, weight = specific, _weight(parameters)
        best = max(best, weight + rank / 10_000 if weight else 0.0)  # weights have three digits
    return best


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 0.0
    return 1.0
