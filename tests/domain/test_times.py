"""Instants: every eventTime that validation accepts is read, to the microsecond, and written back as it was."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.domain.epcis.validation import check_event
from services.domain.times import EPOCH, datetime_of, microseconds, microseconds_of, parse_time, rfc3339

FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2299, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
INSTANTS = st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None), timezones=st.just(UTC))
MICROSECONDS = st.integers(microseconds_of(FIRST), microseconds_of(LAST))
EVENT = {
    "type": "ObjectEvent",
    "eventTimeZoneOffset": "+08:00",
    "action": "OBSERVE",
    "epcList": ["urn:epc:id:sgtin:4012345.011111.9"],
}


def is_accepted(text: str) -> bool:
    return not isinstance(check_event({**EVENT, "eventTime": text}, ""), list)


@st.composite
def written(draw: st.DrawFn) -> tuple[str, int]:
    """A time as some emitter writes it, and its microseconds, digits beyond the sixth cut off."""
    instant = draw(INSTANTS)
    digits = draw(st.text("0123456789", max_size=12))
    minutes = draw(st.integers(-14 * 60, 14 * 60))
    local = instant.replace(tzinfo=None) + timedelta(minutes=minutes)
    hours, rest = divmod(abs(minutes), 60)
    zones = [f"{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"] + (["Z", "z", "-00:00"] if minutes == 0 else [])
    text = local.strftime(f"%Y-%m-%d{draw(st.sampled_from('Tt'))}%H:%M:%S") + ("." + digits if digits else "")
    fraction = int((digits + "000000")[:6])
    return text + draw(st.sampled_from(zones)), microseconds_of(instant.replace(microsecond=0)) + fraction


@given(written())
def test_what_an_emitter_writes_is_read(time: tuple[str, int]) -> None:
    text, wanted = time
    assert microseconds(text) == wanted


@given(MICROSECONDS)
def test_written_and_read_again_is_the_same(at: int) -> None:
    text = rfc3339(at)
    assert microseconds(text) == at
    assert microseconds_of(datetime_of(at)) == at
    assert is_accepted(text)


@given(INSTANTS, st.integers(-14 * 60, 14 * 60))
def test_an_instant_has_no_zone(at: datetime, minutes: int) -> None:
    moved = at.astimezone(timezone(timedelta(minutes=minutes)))
    assert microseconds_of(moved) == microseconds_of(at)
    assert microseconds(moved.isoformat()) == microseconds_of(at)


@pytest.mark.parametrize(
    ("at", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (1, "1970-01-01T00:00:00.000001Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (100_000, "1970-01-01T00:00:00.1Z"),
        (10_000_000, "1970-01-01T00:00:10Z"),
        (microseconds_of(FIRST), "1900-01-01T00:00:00Z"),
        (microseconds_of(LAST), "2299-12-31T23:59:59.999999Z"),
    ],
)
def test_written_form(at: int, text: str) -> None:
    assert rfc3339(at) == text


@given(MICROSECONDS, MICROSECONDS)
def test_later_is_more(one: int, other: int) -> None:
    assert (datetime_of(one) < datetime_of(other)) == (one < other)
    assert datetime_of(one) - datetime_of(other) == timedelta(microseconds=one - other)


def test_digits_beyond_the_sixth_are_cut_off_and_do_not_round() -> None:
    assert microseconds("1970-01-01T00:00:00.9999999Z") == 999_999
    assert microseconds("1970-01-01T00:00:00.0000009+00:00") == 0
    assert microseconds("1969-12-31T16:00:00.1234567891234-08:00") == 123_456


TIME_LIKE = st.from_regex(
    r"(1[89]|2[0-4])[0-9]{2}-[01][0-9]-[0-3][0-9][Tt ][0-2][0-9]:[0-6][0-9]:[0-6][0-9]([.,][0-9]{0,20})?"
    r"([Zz]|[+\-][0-2][0-9]:?[0-6][0-9])?\n?",
    fullmatch=True,
)


@given(TIME_LIKE | written().map(lambda pair: pair[0]) | st.text(max_size=40))
@example("2299-12-31T23:59:59.999999999Z")
@example("1900-01-01T00:00:00+14:00")
@example("2299-12-31T23:59:59-14:00")
@example("2016-12-31T23:59:60Z")
@example("2026-02-29T00:00:00Z")
@example("2026-01-01T00:00:00+23:59")
@example("2026-01-01T24:00:00Z")
def test_every_accepted_event_time_is_read(text: str) -> None:
    if is_accepted(text):
        at = microseconds(text)
        assert FIRST <= EPOCH + timedelta(microseconds=at) <= LAST
        assert microseconds(rfc3339(at)) == at


@given(written())
def test_every_time_in_range_is_accepted(time: tuple[str, int]) -> None:
    text, at = time
    rounded_up = "." in text and text.partition(".")[2].startswith("999999")
    assert is_accepted(text) or (rounded_up and at == microseconds_of(LAST))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-10-03",
        "2026-10-03T06:15:00",  # no zone: no instant
        "2026-10-03T06:15:00.123456789",
        "2026-10-03T06:15Z",
        "2026-10-03T06:15:00.Z",
        "2026-10-03T06:15:00,5Z",
        "2026-13-03T06:15:00Z",
        "2016-12-31T23:59:60Z",  # a leap second: no clock of ours shows one
        "２０２６-10-03T06:15:00Z",
        "2026-10-03T06:15:00.١٢٣٤٥٦٧Z",
        "2026-10-03T06:15:00Z\n",
        "\ud800",
    ],
)
def test_no_time_is_refused(text: str) -> None:
    assert not is_accepted(text)
    with pytest.raises(ValueError):  # noqa: PT011 - the message is msgspec's or Python's
        parse_time(text)


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        at = parse_time(text)
    except ValueError:
        return
    assert at.tzinfo is not None
