"""JSON-LD contexts, as far as EPCIS needs them: prefixes and the namespaces that they stand for.

EPCIS 2.0 (section 10.1) names extensions by a prefix that the document's `@context` declares. No remote context is
ever fetched: of the one that EPCIS 2.0 publishes the prefixes are known, of any other nothing is used.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

STANDARD_PREFIXES: Mapping[str, str] = MappingProxyType(
    {
        "epcis": "https://ref.gs1.org/epcis/",
        "cbv": "https://ref.gs1.org/cbv/",
        "cbvmda": "urn:epcglobal:cbv:mda:",
        "gs1": "https://gs1.org/voc/",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "owl": "http://www.w3.org/2002/07/owl#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        "dcterms": "http://purl.org/dc/terms/",
    }
)
"""What the EPCIS 2.0 context declares; known in every document, whatever it says."""

_MOST_HOPS = 8  # a namespace may be written with another prefix; in a circle it never ends


@dataclass(frozen=True, slots=True)
class Context:
    """What prefixed names mean.

    Attributes:
        prefixes: namespace by prefix; several prefixes may stand for one namespace.
        ignored: expanded names of the members that take no part in the event hash.
    """

    prefixes: Mapping[str, str] = field(default_factory=lambda: STANDARD_PREFIXES)
    ignored: frozenset[str] = frozenset()

    @classmethod
    def of(cls, value: object, ignored: Iterable[str] = ()) -> "Context":
        """The context that the value of an `@context` describes. Raises nothing: what is not understood is left out.

        Args:
            value: a URI, an object, a list of these in any depth, or None. Of two declarations of a prefix the later
                one holds; null takes a prefix away.
            ignored: names of members to leave out of the event hash, prefixed or expanded.
        """
        declared: dict[str, object] | None = None
        for one in _objects(value):
            declared = dict(STANDARD_PREFIXES) if declared is None else declared
            declared.update(one)
        context = STANDARD if declared is None else cls(_namespaces(declared))
        return cls(context.prefixes, frozenset(map(context.expand, ignored))) if ignored else context

    def expand(self, name: str) -> str:
        """`prefix:local` with its namespace; unchanged when the prefix is unknown or there is none."""
        prefix, colon, local = name.partition(":")
        namespace = self.prefixes.get(prefix) if colon and not local.startswith("//") else None
        return name if namespace is None else namespace + local

    def split(self, name: str) -> tuple[str, str]:
        """Namespace and local part of the name of a member.

        A name that is a URL or URN itself is split where namespaces end; of any other name without known prefix the
        namespace is "".
        """
        prefix, colon, local = name.partition(":")
        if not colon:
            return "", name
        if local.startswith("//") or prefix == "urn":
            end = max(name.rfind(mark) for mark in "/#:") + 1
            return name[:end], name[end:]
        namespace = self.prefixes.get(prefix)
        return ("", name) if namespace is None else (namespace, local)


STANDARD = Context()
"""The context of a document that declares nothing of its own."""


def _objects(value: object) -> Iterator[dict[str, object]]:
    """The objects in a context value, in order. Without recursion: lists may be deep in lists."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            yield one
        elif isinstance(one, list | tuple):
            waiting.extend(reversed(one))


def _namespaces(declared: Mapping[str, object]) -> dict[str, str]:
    found: dict[str, str] = {}
    for prefix, meaning in declared.items():
        uri = meaning.get("@id") if isinstance(meaning, dict) else meaning
        if isinstance(uri, str) and uri and not prefix.startswith("@"):
            found[prefix] = uri
    return {prefix: _resolved(uri, found) for prefix, uri in found.items()}


def _resolved(uri: str, namespaces: Mapping[str, str]) -> str:
    for _ in range(_MOST_HOPS):
        prefix, colon, local = uri.partition(":")
        if not colon or local.startswith("//") or prefix not in namespaces:
            break
        uri = namespaces[prefix] + local
    return uri
