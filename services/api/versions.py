"""The GS1-… headers of EPCIS 2.0 REST: which versions are spoken here, and what a request may ask for."""

import re

from fastapi import Request

from services.api.problems import InvalidParameter, NotAcceptable

SPOKEN = "2.0.0"
VERSIONS = {
    "GS1-EPCIS-Version": SPOKEN,
    "GS1-EPCIS-Min": SPOKEN,
    "GS1-EPCIS-Max": SPOKEN,
    "GS1-CBV-Version": SPOKEN,
    "GS1-CBV-Min": SPOKEN,
    "GS1-CBV-Max": SPOKEN,
}
DISCOVERY = {
    **VERSIONS,
    "GS1-EPC-Format": "Never_Translates",
    "GS1-CBV-XML-Format": "Never_Translates",
    "GS1-Extensions": "",
    "GS1-Vendor-Version": "tianzhuo-1",
}
# Whether it can be had: EPCs come back as they came in.
_EPC_FORMATS = {
    "Never_Translates": True,
    "No_Preference": True,
    "Always_GS1_Digital_Link": False,
    "Always_EPC_URN": False,
}
_VERSION = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,9}))?(?:\.[0-9]{1,9})*\Z")
_OURS = (2, 0)  # 2.0.1 is an erratum of 2.0.0: the same events are valid


def _asked(request: Request, name: str) -> tuple[int, int] | None:
    """Major and minor version that a header asks for, None when it is absent."""
    text = request.headers.get(name)
    if text is None:
        return None
    match = _VERSION.match(text.strip())
    if match is None:
        raise InvalidParameter(name, text, f"a version such as {SPOKEN}")
    return int(match[1]), int(match[2] or 0)


def check_brought(request: Request) -> None:
    """Checks in which version a request says that its body is written.

    Raises:
        InvalidParameter: a header is no version.
        NotAcceptable: a version that is not spoken here.
    """
    for standard in ("EPCIS", "CBV"):
        if (asked := _asked(request, f"GS1-{standard}-Version")) and asked != _OURS:
            raise NotAcceptable(f"GS1-{standard}-Version: expected {SPOKEN}, got {_text(asked)}")


def check_wanted(request: Request) -> None:
    """Checks in which versions and form a request wants its answer.

    Raises:
        InvalidParameter: a header has no meaning.
        NotAcceptable: a version or an EPC format in which nothing is answered here.
    """
    for standard in ("EPCIS", "CBV"):
        if (least := _asked(request, f"GS1-{standard}-Min")) and least > _OURS:
            raise NotAcceptable(f"GS1-{standard}-Min: expected at most {SPOKEN}, got {_text(least)}")
        if (most := _asked(request, f"GS1-{standard}-Max")) and most < _OURS:
            raise NotAcceptable(f"GS1-{standard}-Max: expected at least {SPOKEN}, got {_text(most)}")
    wanted = request.headers.get("GS1-EPC-Format", "No_Preference").strip()
    if wanted not in _EPC_FORMATS:
        raise InvalidParameter("GS1-EPC-Format", wanted, " or ".join(_EPC_FORMATS))
    if not _EPC_FORMATS[wanted]:
        raise NotAcceptable(f"GS1-EPC-Format: expected Never_Translates (EPCs are given as they came), got {wanted}")


def _text(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))
