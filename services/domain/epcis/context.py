"""The JSON-LD context of events, as far as EPCIS needs it: prefixes, and the names they stand for.

Events are plain JSON here; no general JSON-LD processing. Source: EPCIS 2.0 §9.5 (JSON-LD syntax), GS1's
epcis-context.jsonld for the prefixes that every document has, JSON-LD 1.1 §4.1.5 (compact IRIs).
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

# The prefixes that GS1's EPCIS context defines. It protects its terms (JSON-LD 1.1 §4.1.11): nobody may redefine them.
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

_IGNORE_FIELDS = (":ignoreFields", "/ignoreFields", "#ignoreFields")
_MOST_REMEMBERED = 256 * 1024  # characters of the names that one context remembers


class Context:
    """Prefixes of a document or event, and the fields that its event hash leaves out.

    Attributes:
        prefixes: prefix → namespace; those of GS1's context, and those that the document defines.
        ignored: qualified names (`{namespace}local`) of event members that the event hash ignores.
    """

    __slots__ = ("_names", "_remembered", "ignored", "prefixes")

    def __init__(self, prefixes: Mapping[str, str], ignored: frozenset[str] = frozenset()) -> None:
        self.prefixes = prefixes
        self.ignored = ignored
        self._names: dict[str, str] = {}
        self._remembered = 0

    @classmethod
    def of(cls, value: object) -> "Context":
        """The context of an @context value: a URI, an object, or a list of them, nested at will.

        Later definitions override earlier ones, but never GS1's own. Nothing is fetched. Anything that is no prefix
        definition is passed over: a context never raises.
        """
        prefixes = dict(STANDARD_PREFIXES)
        _define_all(value, prefixes)
        return cls(MappingProxyType(prefixes))

    def ignoring(self, names: Iterable[str]) -> "Context":
        """The same context, with event members of these names (prefixed or URIs) left out of event hashes too."""
        return Context(self.prefixes, self.ignored.union(map(self.qualified, names)))

    def ignoring_as_said_in(self, document: Mapping[str, object]) -> "Context":
        """The same context, with the event members ignored that a document names in its extension `ignoreFields`.

        The extension, in whatever namespace a repository has for it, stands in the document, its epcisBody or its
        queryResults and lists members that the repository itself puts into events
        (`"repository-x:ignoreFields": ["repository-x:hash"]`); they are not part of what happened.
        """
        names: list[str] = []
        place: object = document
        for below in ("epcisBody", "queryResults", ""):
            if not isinstance(place, Mapping):
                break
            for member, value in place.items():
                if member.endswith(_IGNORE_FIELDS):
                    names += [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]
            place = place.get(below)
        return self.ignoring(names) if names else self

    def with_own(self, value: object) -> "Context":
        """The context of an event in this one that brings an @context of its own; ignored fields stay ignored."""
        prefixes = dict(self.prefixes)
        _define_all(value, prefixes)
        return Context(MappingProxyType(prefixes), self.ignored)

    def expand(self, name: str) -> str:
        """The URI of a prefixed name; any other text, or one with an unknown prefix, unchanged."""
        prefix, colon, local = name.partition(":")
        if not colon or local.startswith("//"):
            return name
        namespace = self.prefixes.get(prefix)
        return name if namespace is None else namespace + local

    def qualified(self, name: str) -> str:
        """A member's name as event hashes write it: `{namespace}local`; a name without namespace unchanged.

        A full URI is split after its last `#`, `/` or `:`, so that it means the same as its prefixed form.
        """
        found = self._names.get(name)
        if found is None:
            found = self._qualify(name)
            self._remembered += len(name) + len(found)
            if self._remembered > _MOST_REMEMBERED:
                self._names.clear()
                self._remembered = len(name) + len(found)
            self._names[name] = found
        return found

    def _qualify(self, name: str) -> str:
        prefix, colon, local = name.partition(":")
        if not colon:
            return name
        if local.startswith("//") or prefix == "urn":
            cut = max(name.rfind(mark) for mark in "#/:") + 1
            return f"{{{name[:cut]}}}{name[cut:]}"
        namespace = self.prefixes.get(prefix)
        return name if namespace is None else f"{{{namespace}}}{local}"


def _define_all(value: object, prefixes: dict[str, str]) -> None:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting.extend(reversed(one))
        elif isinstance(one, Mapping):
            _define(one, prefixes)


def _define(terms: Mapping[object, object], prefixes: dict[str, str]) -> None:
    """Adds the prefixes that a context object defines; a namespace may itself be written with a prefix."""
    for _ in range(2):  # the second time for prefixes that are used above their definition
        for term, value in terms.items():
            namespace = value.get("@id") if isinstance(value, Mapping) else value
            if not isinstance(term, str) or term.startswith("@") or term in STANDARD_PREFIXES:
                continue
            if isinstance(namespace, str):
                head, colon, local = namespace.partition(":")
                known = prefixes.get(head) if colon and head != term and not local.startswith("//") else None
                prefixes[term] = namespace if known is None else known + local
            elif namespace is None:
                prefixes.pop(term, None)
