"""What stands around the events of a document (EPCIS 2.0.1 JSON Schema: EPCISDocument, EPCISQueryDocument).

Events are anything here; they are checked one by one elsewhere.
"""

from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, UnsetType, field

from services.domain.epcis.events import Members, OpenPart
from services.domain.epcis.formats import Context, Text, Time, Uri, UriList, Version


class _FreePart(OpenPart, kw_only=True):
    """An object of which the schema does not say how further members are named."""

    MEMBERS: ClassVar[Members] = "free"


class Attribute(_FreePart, kw_only=True):
    """One attribute of a master data element."""

    id: Uri
    attribute: Annotated[
        Any,
        Meta(description="a number, text or object", extra={"text": Text, "number": True, "object": True}),
    ] = UNSET


class VocabularyElement(_FreePart, kw_only=True):
    """One master data record."""

    id: Uri
    attributes: list[Attribute] = field(default_factory=list)
    children: UriList = field(default_factory=list)


class Vocabulary(_FreePart, kw_only=True):
    """Master data records of one kind."""

    type: Uri
    vocabulary_element_list: list[VocabularyElement] = field(default_factory=list)


class MasterData(_FreePart, kw_only=True):
    """Master data that travels with the events."""

    vocabulary_list: list[Vocabulary] = field(default_factory=list)


class Header(OpenPart, kw_only=True):
    """The epcisHeader."""

    epcis_master_data: MasterData | UnsetType = UNSET


class Body(_FreePart, kw_only=True):
    """The epcisBody of an EPCISDocument."""

    event_list: list[Any]


class CaptureDocument(OpenPart, kw_only=True):
    """An EPCISDocument."""

    context: Context
    type: Annotated[Literal["EPCISDocument"], Meta(description="EPCISDocument")]
    schema_version: Version
    creation_date: Time
    epcis_body: Body
    id: Uri = ""
    instance_identifier: Text = ""
    sender: Text = ""
    receiver: Text = ""
    epcis_header: Header | UnsetType = UNSET


class ResultsBody(OpenPart, kw_only=True):
    """The events of a query's answer."""

    event_list: list[Any]
    vocabulary_list: list[Vocabulary] = field(default_factory=list)


class QueryResults(OpenPart, kw_only=True):
    """The answer of one query."""

    query_name: Text
    subscription_id: Text = ""
    results_body: ResultsBody


class QueryBody(OpenPart, kw_only=True):
    """The epcisBody of an EPCISQueryDocument."""

    query_results: QueryResults


class QueryDocument(OpenPart, kw_only=True):
    """An EPCISQueryDocument: the answer to a query, which can be captured elsewhere."""

    context: Context
    type: Annotated[Literal["EPCISQueryDocument"], Meta(description="EPCISQueryDocument")]
    epcis_body: QueryBody
    schema_version: Version = ""
    creation_date: Time | UnsetType = UNSET
    id: Uri = ""
