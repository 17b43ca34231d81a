"""Canonical ids for the oracle: EPC URNs of the classes that goods, assets and places carry, as Digital Links.

Written from the GS1 EPC Tag Data Standard 2.0 §6 and the GS1 Digital Link URI syntax; knows no more than tests need.
"""

LINK = "https://id.gs1.org"


def check_digit(digits: str) -> str:
    """Mod 10, weights 3 and 1 from the right."""
    return str((10 - sum(int(d) * (3, 1)[i % 2] for i, d in enumerate(digits[::-1])) % 10) % 10)


def checked(digits: str) -> str:
    return digits + check_digit(digits)


def canonical(text: str) -> str:
    """The uncompressed Digital Link of an EPC URN; every other text unchanged.

    Raises:
        KeyError: an EPC scheme that the oracle does not know.
    """
    if not text.startswith(("urn:epc:id:", "urn:epc:class:")):
        return text
    scheme, body = text.split(":", 4)[3:]
    prefix, reference, *rest = body.split(".", 2)
    last = rest[0] if rest else ""
    if scheme == "giai":
        return f"{LINK}/8004/{prefix}{reference}"
    whole = checked(prefix + reference)
    moved = checked(reference[:1] + prefix + reference[1:])  # indicator or extension digit first
    return (
        LINK
        + {
            "sgtin": f"/01/{moved}/21/{last}",
            "lgtin": f"/01/{moved}/10/{last}",
            "sscc": f"/00/{moved}",
            "sgln": f"/414/{whole}" + ("" if last == "0" else f"/254/{last}"),
            "pgln": f"/417/{whole}",
            "grai": f"/8003/0{whole}{last}",
        }[scheme]
    )
