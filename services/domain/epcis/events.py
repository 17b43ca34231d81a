"""EPCIS 2.0 events as structs, one class per event type (standard: EPCIS 2.0, section 7.4, and its JSON Schema 2.0.1).

Field names are the EPCIS names in Python's spelling. An absent text is "", an absent list is [], everything else that
may be absent is msgspec's UNSET; all three are false in a condition. Times are aware datetimes in the offset they were
written with. `extensions` holds the members that EPCIS does not define, under the names they came with.
"""

from typing import Annotated, Any, ClassVar, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from services.domain.epcis.formats import (
    Action,
    BizStep,
    BizTransactionType,
    CertificationInfo,
    Component,
    Context,
    Disposition,
    ErrorReason,
    EventType,
    HexBinary,
    Ilmd,
    MeasurementType,
    Number,
    SensorAlert,
    SourceDestType,
    Text,
    Time,
    Truth,
    UniqueDispositionList,
    UniqueUriList,
    Uom,
    Uri,
    UriList,
    ZoneOffset,
)

_IRREGULAR = {
    "context": "@context",
    "event_id": "eventID",
    "parent_id": "parentID",
    "transformation_id": "transformationID",
    "device_id": "deviceID",
    "subscription_id": "subscriptionID",
    "corrective_event_ids": "correctiveEventIDs",
    "child_epcs": "childEPCs",
    "input_epc_list": "inputEPCList",
    "output_epc_list": "outputEPCList",
}


def epcis_name(field: str) -> str:
    """The EPCIS JSON name of a field: `child_epcs` is `childEPCs`."""
    head, *tail = field.split("_")
    return _IRREGULAR.get(field) or head + "".join(part.capitalize() for part in tail)


# How members beyond the fields may be named: not at all, by a URI (a prefixed name is one in form), or freely.
Members = Literal["closed", "uri", "free"]


class Part(Struct, kw_only=True, rename=epcis_name, forbid_unknown_fields=True):
    """A JSON object of an event with no members of its own choosing."""

    MEMBERS: ClassVar[Members] = "closed"


class OpenPart(Part, kw_only=True, dict=True, eq=False, forbid_unknown_fields=False):
    """A JSON object of an event that may have further members."""

    MEMBERS: ClassVar[Members] = "uri"

    @property
    def extensions(self) -> dict[str, Any]:
        """Members beyond the fields, by the names they came with. Not a field: a member could have any name."""
        held: dict[str, Any] = self.__dict__.setdefault("extensions", {})
        return held


class QuantityElement(Part, kw_only=True):
    """A quantity of a class or lot; without `uom` a count of pieces, without `quantity` an unknown amount."""

    epc_class: Uri
    quantity: Number | UnsetType = UNSET
    uom: Uom = ""


class BizTransaction(Part, kw_only=True):
    """A business document that the event belongs to."""

    type: BizTransactionType = ""
    biz_transaction: Uri


class Source(Part, kw_only=True):
    """A party or place that the objects come from."""

    type: SourceDestType
    source: Uri


class Destination(Part, kw_only=True):
    """A party or place that the objects go to."""

    type: SourceDestType
    destination: Uri


class PersistentDisposition(Part, kw_only=True):
    """Dispositions that hold until unset; one of the two lists is present."""

    set: UniqueDispositionList = []
    unset: UniqueDispositionList = []


class Place(OpenPart, kw_only=True):
    """A readPoint or bizLocation."""

    MEMBERS: ClassVar[Members] = "free"
    id: Uri


class ErrorDeclaration(OpenPart, kw_only=True):
    """Says that the event of this id is withdrawn."""

    declaration_time: Time
    reason: ErrorReason = ""
    corrective_event_ids: UriList = []


class SensorMetadata(OpenPart, kw_only=True):
    """What holds for all reports of one sensor element."""

    time: Time | UnsetType = UNSET
    start_time: Time | UnsetType = UNSET
    end_time: Time | UnsetType = UNSET
    device_id: Uri = ""
    device_metadata: Uri = ""
    raw_data: Uri = ""
    data_processing_method: Uri = ""
    biz_rules: Uri = ""


class SensorReport(OpenPart, kw_only=True):
    """One reading; numbers are in the unit `uom`."""

    type: MeasurementType
    exception: SensorAlert = ""
    device_id: Uri = ""
    device_metadata: Uri = ""
    raw_data: Uri = ""
    data_processing_method: Uri = ""
    biz_rules: Uri = ""
    time: Time | UnsetType = UNSET
    microorganism: Uri = ""
    chemical_substance: Uri = ""
    coordinate_reference_system: Uri = ""
    value: Number | UnsetType = UNSET
    component: Component = ""
    string_value: Text | UnsetType = UNSET
    boolean_value: Truth | UnsetType = UNSET
    hex_binary_value: HexBinary = ""
    uri_value: Uri = ""
    min_value: Number | UnsetType = UNSET
    max_value: Number | UnsetType = UNSET
    mean_value: Number | UnsetType = UNSET
    s_dev: Number | UnsetType = UNSET
    perc_rank: Number | UnsetType = UNSET
    perc_value: Number | UnsetType = UNSET
    uom: Text = ""


class SensorElement(OpenPart, kw_only=True):
    """Readings that share their metadata."""

    sensor_metadata: SensorMetadata | UnsetType = UNSET
    sensor_report: Annotated[list[SensorReport], Meta(min_length=1)]


class Event(OpenPart, kw_only=True):
    """What every event has. `context` and `certification_info` are as they came in JSON (a text, object or list)."""

    context: Context = UNSET
    type: EventType
    event_time: Time
    event_time_zone_offset: ZoneOffset
    record_time: Time | UnsetType = UNSET
    event_id: Uri = ""
    certification_info: CertificationInfo = ""
    error_declaration: ErrorDeclaration | UnsetType = UNSET


class ExtendedEvent(Event, kw_only=True):
    """An event of a type of one's own, named by a URI; its other members are free and all in `extensions`."""

    MEMBERS: ClassVar[Members] = "free"


class StandardEvent(Event, kw_only=True):
    """What the five standard event types share."""

    biz_step: BizStep = ""
    disposition: Disposition = ""
    persistent_disposition: PersistentDisposition | UnsetType = UNSET
    read_point: Place | UnsetType = UNSET
    biz_location: Place | UnsetType = UNSET
    source_list: list[Source] = []
    destination_list: list[Destination] = []
    sensor_element_list: list[SensorElement] = []


class ObjectEvent(StandardEvent, kw_only=True):
    """Something happened to objects: they were observed, came to be (ADD) or ended (DELETE)."""

    type: Annotated[Literal["ObjectEvent"], Meta(description="ObjectEvent")]
    action: Action
    epc_list: UniqueUriList = []
    quantity_list: list[QuantityElement] = []
    biz_transaction_list: list[BizTransaction] = []
    ilmd: Ilmd = {}


class AggregationEvent(StandardEvent, kw_only=True):
    """Objects were put into a container (ADD), taken out (DELETE) or seen in it (OBSERVE)."""

    type: Annotated[Literal["AggregationEvent"], Meta(description="AggregationEvent")]
    action: Action
    parent_id: Uri = ""
    child_epcs: UriList = []
    child_quantity_list: list[QuantityElement] = []
    biz_transaction_list: list[BizTransaction] = []


class AssociationEvent(StandardEvent, kw_only=True):
    """Objects were bound to a place or asset, such as a sensor to a container."""

    type: Annotated[Literal["AssociationEvent"], Meta(description="AssociationEvent")]
    action: Action
    parent_id: Uri
    child_epcs: UriList = []
    child_quantity_list: list[QuantityElement] = []
    biz_transaction_list: list[BizTransaction] = []


class TransactionEvent(StandardEvent, kw_only=True):
    """Objects were tied to business documents."""

    type: Annotated[Literal["TransactionEvent"], Meta(description="TransactionEvent")]
    action: Action
    biz_transaction_list: Annotated[list[BizTransaction], Meta(min_length=1)]
    parent_id: Uri = ""
    epc_list: UriList = []
    quantity_list: list[QuantityElement] = []


class TransformationEvent(StandardEvent, kw_only=True):
    """Inputs became outputs; events that share a transformation_id are one transformation."""

    type: Annotated[Literal["TransformationEvent"], Meta(description="TransformationEvent")]
    input_epc_list: UniqueUriList = []
    input_quantity_list: list[QuantityElement] = []
    output_epc_list: UniqueUriList = []
    output_quantity_list: list[QuantityElement] = []
    transformation_id: Uri = ""
    biz_transaction_list: list[BizTransaction] = []
    ilmd: Ilmd = {}


EVENT_TYPES: dict[str, type[StandardEvent]] = {
    "ObjectEvent": ObjectEvent,
    "AggregationEvent": AggregationEvent,
    "AssociationEvent": AssociationEvent,
    "TransactionEvent": TransactionEvent,
    "TransformationEvent": TransformationEvent,
}
