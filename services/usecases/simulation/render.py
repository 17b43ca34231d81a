"""Events and documents as EPCIS 2.0 JSON, put together from ready pieces of text kind by kind."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from services.usecases.simulation.catalogue import products
from services.usecases.simulation.geography import division_code, party_id, place_id
from services.usecases.simulation.gs1 import OPERATOR_PREFIX, Ints, pgln
from services.usecases.simulation.lanes import DAY, HOUR
from services.usecases.simulation.steps import ROLES, Kind, Role, Step, Type, steps
from services.usecases.simulation.things import Cls
from services.usecases.simulation.wave import Wave

NAMESPACE = "https://tianzhuo.example/ns/"
"""Terms of the simulator's own: the division code and date of a harvest."""
CONTEXT = f'["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",{{"tz":"{NAMESPACE}"}}]'
_OPERATOR_GLN = pgln(OPERATOR_PREFIX).link.rpartition("/")[2]


def iso(times: Ints, zone: Ints | int) -> list[str]:
    """ISO 8601 date-times with milliseconds and offset.

    Args:
        times: milliseconds since 1970 UTC.
        zone: hours east of UTC, for all or for each.
    """
    zones = np.broadcast_to(np.asarray(zone, np.int64), times.shape)
    local = np.datetime_as_string((times + zones * HOUR).astype("datetime64[ms]"), unit="ms").tolist()
    return [f"{t}+{z:02d}:00" for t, z in zip(local, zones.tolist(), strict=True)]


def utc(times: Ints) -> list[str]:
    """ISO 8601 date-times with milliseconds in UTC, written with `Z`."""
    found: list[str] = np.datetime_as_string(times.astype("datetime64[ms]"), unit="ms").tolist()
    return [f"{t}Z" for t in found]


def _days(times: Ints) -> list[str]:
    """Calendar days in China."""
    found: list[str] = np.datetime_as_string((times + 8 * HOUR).astype("datetime64[ms]"), unit="D").tolist()
    return found


@cache
def _place(place: int, *, links: bool, stays: bool) -> str:
    if place < 0:
        return ""
    text = f'"{place_id(place)[links]}"'
    return f',"readPoint":{{"id":{text}}}' + (f',"bizLocation":{{"id":{text}}}' if stays else "")


@cache
def _parties(place: int, dest: int, *, links: bool) -> str:
    giver, taker, where = party_id(place)[links], party_id(dest)[links], place_id(dest)[links]
    return (
        f',"sourceList":[{{"type":"possessing_party","source":"{giver}"}}]'
        f',"destinationList":[{{"type":"possessing_party","destination":"{taker}"}},'
        f'{{"type":"location","destination":"{where}"}}]'
    )


@dataclass(slots=True)
class _Rows:
    """Ready text of what events name.

    Attributes:
        token: JSON of each row: a quoted id, or a quantity element.
        lot: whether each row is a lot.
        start: see `Events.start`.
    """

    token: list[str]
    lot: list[bool]
    start: list[int]

    def lists(self, events: list[int], role: Role, names: tuple[str, str]) -> list[str]:
        """For each event its list of one role, with a comma behind, '' when it names nothing in that role.

        Args:
            events: rows of the event table.
            role: the role.
            names: members for instances and for lots; an event never mixes the two in one role.
        """
        token, lot, start, found = self.token, self.lot, self.start, []
        for event in events:
            a, b = start[event * ROLES + role], start[event * ROLES + role + 1]
            found.append(f'"{names[lot[a]]}":[{",".join(token[a:b])}],' if a < b else "")
        return found


def _rows(wave: Wave) -> _Rows:
    events, n = wave.events, len(wave.cls)
    links = np.array([s.links for s in steps()])[events.kind[events.row_event]]
    quoted = [f'"{t}"' for t in wave.urns] + [f'"{t}"' for t in wave.links]
    token = [quoted[i] for i in (events.thing + links * n).tolist()]
    cls = wave.cls[events.thing]
    lots = np.flatnonzero(cls <= Cls.MEAL_LOT)
    pieces = np.isin(cls, (Cls.PACK_LOT, Cls.MEAL_LOT))
    for row, q, counted in zip(lots.tolist(), events.quantity[lots].tolist(), pieces[lots].tolist(), strict=True):
        amount = f"{q:.0f}" if counted else f'{round(q, 2)},"uom":"KGM"'
        token[row] = f'{{"epcClass":{token[row]},"quantity":{amount}}}'
    return _Rows(token, (cls <= Cls.MEAL_LOT).tolist(), events.start.tolist())


def _named(step: Step, rows: _Rows, events: list[int], wave: Wave) -> list[str]:
    """The members of each event that name things."""
    if step.type in (Type.OBJECT, Type.TRANSACTION):
        return rows.lists(events, Role.SUBJECT, ("epcList", "quantityList"))
    if step.type is Type.TRANSFORMATION:
        ins = rows.lists(events, Role.INPUT, ("inputEPCList", "inputQuantityList"))
        outs = rows.lists(events, Role.OUTPUT, ("outputEPCList", "outputQuantityList"))
        aux = wave.events.aux[events].tolist()
        shared = ["" if a < 0 else f'"transformationID":"{NAMESPACE}grading/{wave.number}-{a}",' for a in aux]
        return [i + o + s for i, o, s in zip(ins, outs, shared, strict=True)]
    children = rows.lists(events, Role.CHILD, ("childEPCs", "childQuantityList"))
    parents = [rows.token[rows.start[e * ROLES + Role.PARENT]] for e in events]
    return [f'"parentID":{p},{c}' for p, c in zip(parents, children, strict=True)]


def _sensors(wave: Wave, events: list[int]) -> list[str]:
    """The sensorElementList of each event: the device in the metadata, time and value in each report."""
    readings = wave.temperatures
    times, values = iso(readings.time, 8), readings.value.tolist()
    reports = [
        f'{{"type":"Temperature","time":"{t}","value":{v},"uom":"CEL"}}' for t, v in zip(times, values, strict=True)
    ]
    bounds = np.searchsorted(readings.event, np.array([events, [e + 1 for e in events]])).T.tolist()
    loggers = wave.events.aux[events].tolist()
    return [
        f',"sensorElementList":[{{"sensorMetadata":{{"deviceID":"{wave.urns[logger]}"}},'
        f'"sensorReport":[{",".join(reports[a:b])}]}}]'
        for logger, (a, b) in zip(loggers, bounds, strict=True)
    ]


def _more(kind: Kind, wave: Wave, at: list[int]) -> list[str]:
    """Further members of each event of a kind, with a comma before."""
    events = wave.events
    if kind is Kind.SENSOR:
        return _sensors(wave, at)
    if kind is Kind.HARVEST:
        lots = events.thing[events.start[np.array(at, np.int64) * ROLES]].tolist()
        days, places = _days(events.time[at]), events.place[at].tolist()
        return [
            f',"ilmd":{{"cbvmda:lotNumber":"{wave.serials[x]}","cbvmda:countryOfOrigin":"CN",'
            f'"tz:harvestDate":"{day}","tz:division":"{division_code(p)}"}}'
            for x, day, p in zip(lots, days, places, strict=True)
        ]
    if kind is Kind.COMMISSION:
        life = np.array([p.life_days for p in products()], np.int64)[wave.lanes.product[events.lane[at]]]
        best = _days(events.time[at] + life * DAY)
        lots = events.aux[at].tolist()
        return [
            f',"ilmd":{{"cbvmda:lotNumber":"{wave.serials[x]}","cbvmda:bestBeforeDate":"{day}"}}'
            for x, day in zip(lots, best, strict=True)
        ]
    if kind is Kind.ORDER:
        stem = f',"bizTransactionList":[{{"type":"po","bizTransaction":"urn:epcglobal:cbv:bt:{_OPERATOR_GLN}:PO'
        return [f'{stem}{number:09d}"}}]' for number in events.aux[at].tolist()]
    dest = events.dest[at].tolist()
    if dest and dest[0] >= 0:
        links = steps()[kind].links
        return [_parties(p, d, links=links) for p, d in zip(events.place[at].tolist(), dest, strict=True)]
    return [""] * len(at)


def render_events(wave: Wave) -> list[str]:
    """The JSON of every event of the wave's table ('' for those that are never delivered)."""
    events, rows = wave.events, _rows(wave)
    times = iso(events.time, wave.zone)
    zones = [f"+{z:02d}:00" for z in wave.zone.tolist()]
    texts = [""] * len(events)
    real = wave.written
    for row in np.flatnonzero(wave.events.declares >= 0).tolist():
        real[events.declares[row]] = True  # its text is part of the declaration
    real &= events.declares < 0
    for kind in Kind:
        at = np.flatnonzero((events.kind == kind) & real).tolist()
        if not at:
            continue
        step = steps()[kind]
        action = f'"action":"{step.action}",' if step.action else ""
        disposition = f',"disposition":"{step.disposition}"' if step.disposition else ""
        head = f'{{"type":"{step.type.json}","eventID":"urn:uuid:'
        middle = f'{action}"bizStep":"{step.biz_step}"{disposition}'
        named, more = _named(step, rows, at, wave), _more(kind, wave, at)
        places = [_place(p, links=step.links, stays=step.stays) for p in events.place[at].tolist()]
        for e, what, where, extra in zip(at, named, places, more, strict=True):
            texts[e] = (
                f'{head}{wave.ids[e]}","eventTime":"{times[e]}","eventTimeZoneOffset":"{zones[e]}",'
                f"{what}{middle}{where}{extra}}}"
            )
    _declare(wave, texts)
    return texts


def _declare(wave: Wave, texts: list[str]) -> None:
    """Error declarations: the declared event again, with what is said about it (EPCIS 2.0 §7.4.1.4)."""
    rows = np.flatnonzero(wave.events.declares >= 0)
    for row, time in zip(rows.tolist(), iso(wave.delivered[rows], 8), strict=True):
        right = int(wave.corrective[row])
        reason = "did_not_occur" if right < 0 else "incorrect_data"
        ids = "" if right < 0 else f',"correctiveEventIDs":["urn:uuid:{wave.ids[right]}"]'
        said = f',"errorDeclaration":{{"declarationTime":"{time}","reason":"{reason}"{ids}}}}}'
        texts[row] = texts[int(wave.events.declares[row])][:-1] + said


def render_documents(wave: Wave) -> Iterator[tuple[bytes, int]]:
    """The wave's EPCISDocuments in the order of delivery, each with its number of events."""
    if not len(wave.sequence):
        return
    texts = render_events(wave)
    starts = np.flatnonzero(np.r_[True, wave.document[1:] != wave.document[:-1]])
    ends = np.r_[starts[1:], len(wave.sequence)]
    newest = np.maximum.accumulate(np.maximum.reduceat(wave.delivered[wave.sequence], starts))
    for first, last, made in zip(starts.tolist(), ends.tolist(), iso(newest, 8), strict=True):
        body = [texts[e] for e in wave.sequence[first:last].tolist()]
        yield _document(wave.document_ids[int(wave.document[first])], made, body), len(body)


def _document(identity: str, made: str, events: Sequence[str]) -> bytes:
    return (
        f'{{"@context":{CONTEXT},"id":"urn:uuid:{identity}","type":"EPCISDocument","schemaVersion":"2.0",'
        f'"creationDate":"{made}","epcisBody":{{"eventList":[{",".join(events)}]}}}}'
    ).encode()
