"""The steps of a simple scan: what each one needs, may have, and becomes in EPCIS."""

from dataclasses import dataclass
from typing import Literal

Event = Literal["ObjectEvent", "AggregationEvent", "TransformationEvent"]

# Every field of a scan, with what it says.
FIELDS = {
    "step": "what happened",
    "when": "when it happened: date, time and zone offset",
    "where": "the place where it happened: a GLN, another GS1 code or a URI",
    "what": "the code of what it happened to, or a list of codes",
    "lot": "the lot number of a product code in `what` (with `harvested` also of codes with a serial number)",
    "quantity": "how much of the lot in `what`",
    "unit": "the unit of `quantity`; without it pieces",
    "who": "who did it: a GLN, a PGLN or a URI",
    "into": "the container that it was packed into",
    "from": "the container that it was unpacked from; or the place or party that it came from",
    "to": "the place or party that it goes to",
    "inputs": "what went in: a list of codes",
    "outputs": "what came out: a list of codes",
    "temperature": "a temperature in °C, measured there and then",
    "device": "the code of the thermometer",
    "note": "anything else, in words",
}
ALWAYS = frozenset({"step", "when", "where"})
ANYWHERE = frozenset({"who", "temperature", "device", "note"})
_THINGS = frozenset({"what"})
_AMOUNT = frozenset({"lot", "quantity", "unit"})
_BOTH_SIDES = frozenset({"inputs", "outputs"})


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    Attributes:
        event: the EPCIS event type that it becomes.
        action: its action, "" for a transformation.
        biz_step: its CBV business step, "" for none.
        disposition: the CBV disposition afterwards, "" for none.
        needs: fields beyond ALWAYS that must be there.
        may: fields beyond ANYWHERE that may be there.
        leaves: whether the things are on their way afterwards, so that the place is not where they are.
        words: what it means, for people.
    """

    event: Event
    action: Literal["ADD", "OBSERVE", "DELETE", ""]
    biz_step: str
    disposition: str
    needs: frozenset[str]
    may: frozenset[str]
    words: str
    leaves: bool = False

    @property
    def fields(self) -> frozenset[str]:
        """Every field that a scan of this step may have."""
        return ALWAYS | self.needs | self.may | ANYWHERE


def _seen(biz_step: str, disposition: str, words: str, *may: str, leaves: bool = False) -> Step:
    return Step("ObjectEvent", "OBSERVE", biz_step, disposition, _THINGS, _AMOUNT | set(may), words, leaves)


STEPS: dict[str, Step] = {
    "harvested": Step(
        "ObjectEvent", "ADD", "commissioning", "active", _THINGS, _AMOUNT, "a new lot or new packs got their codes"
    ),
    "packed": Step(
        "AggregationEvent", "ADD", "packing", "in_progress", _THINGS | {"into"}, _AMOUNT, "things went into a container"
    ),
    "unpacked": Step(
        "AggregationEvent",
        "DELETE",
        "unpacking",
        "in_progress",
        frozenset({"from"}),
        _THINGS | _AMOUNT,
        "things came out of a container; without `what` everything that was in it",
    ),
    "shipped": _seen("shipping", "in_transit", "things were handed over to go to somebody else", "to", leaves=True),
    "departed": _seen("departing", "in_transit", "things left a place on their way", "to", leaves=True),
    "arrived": _seen("arriving", "in_progress", "things came to a place", "from"),
    "received": _seen("receiving", "in_progress", "things were taken over by who is at this place", "from"),
    "stored": _seen("storing", "in_progress", "things were put into storage"),
    "inspected": _seen("inspecting", "in_progress", "things were looked at or tested"),
    "observed": Step(
        "ObjectEvent", "OBSERVE", "", "", frozenset(), _THINGS | _AMOUNT, "things were seen, or a temperature measured"
    ),
    "sold": _seen("retail_selling", "retail_sold", "things were sold to a consumer"),
    "destroyed": Step(
        "ObjectEvent", "DELETE", "destroying", "destroyed", _THINGS, _AMOUNT, "things were destroyed and are no more"
    ),
    "processed": Step(
        "TransformationEvent", "", "commissioning", "active", _BOTH_SIDES, frozenset(), "inputs were made into outputs"
    ),
    "mixed": Step(
        "TransformationEvent",
        "",
        "commissioning",
        "active",
        _BOTH_SIDES,
        frozenset(),
        "lots were put together as new lots",
    ),
}
