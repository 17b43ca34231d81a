"""The steps of the flow: for each kind of event its EPCIS type, action, business step and disposition."""

from dataclasses import dataclass
from enum import IntEnum
from functools import cache


class Type(IntEnum):
    """The five EPCIS event types; the names become the JSON `type`."""

    OBJECT = 0
    AGGREGATION = 1
    TRANSACTION = 2
    TRANSFORMATION = 3
    ASSOCIATION = 4

    @property
    def json(self) -> str:
        """The value of `type` in EPCIS 2.0 JSON."""
        return f"{self.name.capitalize()}Event"


class Role(IntEnum):
    """How an event names a thing."""

    SUBJECT = 0
    PARENT = 1
    CHILD = 2
    INPUT = 3
    OUTPUT = 4


ROLES = len(Role)


class Kind(IntEnum):
    """One step of the flow, in the order in which goods meet them."""

    HARVEST = 0
    CRATE_ADD = 1
    VILLAGE_SHIP = 2
    TOWNSHIP_RECEIVE = 3
    CRATE_OUT = 4
    CONSOLIDATE = 5
    TOWNSHIP_SHIP = 6
    COUNTY_RECEIVE = 7
    GRADE = 8
    GRADE_IN = 9
    GRADE_OUT = 10
    PACK_LOT = 11
    PACK_DIRECT = 12
    COMMISSION = 13
    CARTON_COMMISSION = 14
    CARTON_ADD = 15
    PALLET_COMMISSION = 16
    PALLET_ADD = 17
    LOGGER_ON = 18
    COUNTY_SHIP = 19
    DEPART = 20
    SENSOR = 21
    ARRIVE = 22
    RECEIVE = 23
    ORDER = 24
    LOGGER_OFF = 25
    PALLET_OUT = 26
    REPALLET_COMMISSION = 27
    REPALLET_ADD = 28
    OUTLET_SHIP = 29
    OUTLET_RECEIVE = 30
    OUTLET_PALLET_OUT = 31
    OUTLET_CARTON_OUT = 32
    STORE_SALE = 33
    COOK = 34
    SPLIT = 35
    TOTE_ADD = 36
    TOTE_SHIP = 37
    MARKET_RECEIVE = 38
    TOTE_OUT = 39
    MARKET_SALE = 40
    DESTROY = 41


@dataclass(frozen=True, slots=True)
class Step:
    """What all events of one kind have in common.

    Attributes:
        action: EPCIS action, '' for transformations, which have none.
        biz_step, disposition: CBV 2.0 terms, disposition '' when absent.
        links: whether the emitter writes GS1 Digital Links (else EPC URNs).
        stays: whether the things are at the place afterwards (bizLocation beside readPoint).
    """

    type: Type
    action: str
    biz_step: str
    disposition: str = ""
    links: bool = False
    stays: bool = True


@cache
def steps() -> tuple[Step, ...]:
    """The step of each `Kind`, by its number."""
    o, a, t, x = Type.OBJECT, Type.AGGREGATION, Type.TRANSFORMATION, Type.ASSOCIATION
    table = {
        Kind.HARVEST: Step(o, "ADD", "creating_class_instance", "active"),
        Kind.CRATE_ADD: Step(a, "ADD", "packing", "in_progress"),
        Kind.VILLAGE_SHIP: Step(o, "OBSERVE", "shipping", "in_transit", stays=False),
        Kind.TOWNSHIP_RECEIVE: Step(o, "OBSERVE", "receiving", "in_progress"),
        Kind.CRATE_OUT: Step(a, "DELETE", "unpacking", "in_progress"),
        Kind.CONSOLIDATE: Step(t, "", "creating_class_instance", "in_progress"),
        Kind.TOWNSHIP_SHIP: Step(o, "OBSERVE", "shipping", "in_transit", stays=False),
        Kind.COUNTY_RECEIVE: Step(o, "OBSERVE", "receiving", "in_progress"),
        Kind.GRADE: Step(t, "", "creating_class_instance", "in_progress"),
        Kind.GRADE_IN: Step(t, "", "inspecting", "in_progress"),
        Kind.GRADE_OUT: Step(t, "", "creating_class_instance", "in_progress"),
        Kind.PACK_LOT: Step(t, "", "creating_class_instance", "in_progress"),
        Kind.PACK_DIRECT: Step(t, "", "commissioning", "active"),
        Kind.COMMISSION: Step(o, "ADD", "commissioning", "active"),
        Kind.CARTON_COMMISSION: Step(o, "ADD", "commissioning", "active"),
        Kind.CARTON_ADD: Step(a, "ADD", "packing", "container_closed"),
        Kind.PALLET_COMMISSION: Step(o, "ADD", "commissioning", "active"),
        Kind.PALLET_ADD: Step(a, "ADD", "packing", "in_progress"),
        Kind.LOGGER_ON: Step(x, "ADD", "installing", "active"),
        Kind.COUNTY_SHIP: Step(o, "OBSERVE", "shipping", "in_transit", stays=False),
        Kind.DEPART: Step(o, "OBSERVE", "departing", "in_transit", stays=False),
        Kind.SENSOR: Step(o, "OBSERVE", "sensor_reporting", "in_transit", stays=False),
        Kind.ARRIVE: Step(o, "OBSERVE", "arriving", "in_progress"),
        Kind.RECEIVE: Step(o, "OBSERVE", "receiving", "in_progress"),
        Kind.ORDER: Step(Type.TRANSACTION, "ADD", "accepting", "in_progress"),
        Kind.LOGGER_OFF: Step(x, "DELETE", "removing", "inactive"),
        Kind.PALLET_OUT: Step(a, "DELETE", "unpacking", "in_progress"),
        Kind.REPALLET_COMMISSION: Step(o, "ADD", "commissioning", "active"),
        Kind.REPALLET_ADD: Step(a, "ADD", "repackaging", "in_progress"),
        Kind.OUTLET_SHIP: Step(o, "OBSERVE", "shipping", "in_transit", stays=False),
        Kind.OUTLET_RECEIVE: Step(o, "OBSERVE", "receiving", "in_progress", links=True),
        Kind.OUTLET_PALLET_OUT: Step(a, "DELETE", "unpacking", "in_progress", links=True),
        Kind.OUTLET_CARTON_OUT: Step(a, "DELETE", "unpacking", "sellable_accessible", links=True),
        Kind.STORE_SALE: Step(o, "DELETE", "retail_selling", "retail_sold", links=True),
        Kind.COOK: Step(t, "", "creating_class_instance", "active", links=True),
        Kind.SPLIT: Step(a, "DELETE", "unpacking", "in_progress"),
        Kind.TOTE_ADD: Step(a, "ADD", "picking", "in_progress"),
        Kind.TOTE_SHIP: Step(o, "OBSERVE", "shipping", "in_transit", stays=False),
        Kind.MARKET_RECEIVE: Step(o, "OBSERVE", "receiving", "in_progress", links=True),
        Kind.TOTE_OUT: Step(a, "DELETE", "unpacking", "sellable_accessible", links=True),
        Kind.MARKET_SALE: Step(o, "OBSERVE", "retail_selling", "retail_sold", links=True),
        Kind.DESTROY: Step(o, "DELETE", "destroying", "destroyed", links=True),
    }
    return tuple(table[k] for k in Kind)
