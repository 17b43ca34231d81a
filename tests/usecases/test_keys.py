"""API keys: what is stored, who gets in, and that a revocation counts at once in its own process."""

import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.ports import ApiKey, StoreUnavailable
from services.usecases import keys
from services.usecases.keys import CACHE_SIZE, KeyService, NoSuchKey, NotAuthenticated, UnusableKey

START = datetime(2026, 11, 24, tzinfo=UTC)
PARTY = "https://id.gs1.org/417/4012345000009"


class MemoryKeys:
    """A KeyStore in memory. `between` runs once, after the next key is read and before it is handed out."""

    def __init__(self) -> None:
        self.held: dict[str, ApiKey] = {}
        self.asked: list[str] = []
        self.between: Callable[[], object] | None = None

    def put_key(self, key: ApiKey) -> None:
        self.held[key.key_id] = key

    def key(self, key_id: str) -> ApiKey | None:
        self.asked.append(key_id)
        found = self.held.get(key_id)
        between, self.between = self.between, None
        if between is not None:
            between()
        return found

    def keys(self) -> list[ApiKey]:
        return sorted(self.held.values(), key=lambda key: (key.created_at, key.key_id))


def service(store: MemoryKeys) -> KeyService:
    ticks = iter(range(10**9))
    return KeyService(store, lambda: START + timedelta(seconds=next(ticks)))


def is_let_in(keys_: KeyService, token: str) -> bool:
    try:
        keys_.authenticate(token)
    except NotAuthenticated:
        return False
    return True


def test_an_issued_key_lets_its_party_in() -> None:
    service_ = service(MemoryKeys())
    issued = service_.issue(PARTY, "gate 3")
    assert service_.authenticate(issued.token) == issued.key
    assert (issued.key.party, issued.key.label, issued.key.admin) == (PARTY, "gate 3", False)
    assert (issued.key.created_at, issued.key.revoked_at) == (START, None)
    assert service_.issue(PARTY, "", admin=True).key.admin


def test_only_the_hash_of_the_secret_is_stored() -> None:
    store = MemoryKeys()
    issued = service(store).issue(PARTY, "gate 3")
    prefix, key_id, secret = issued.token.split("_", 2)
    (held,) = store.held.values()
    assert (prefix, key_id) == ("tz", held.key_id)
    assert held.secret_hash == sha256(secret.encode()).digest()
    assert secret not in repr(held)
    assert secret.encode() not in held.secret_hash
    assert len(secret) >= 43  # 256 bits


def test_no_two_keys_are_alike() -> None:
    service_ = service(MemoryKeys())
    tokens = [service_.issue(PARTY, "") for _ in range(200)]
    assert len({one.key.key_id for one in tokens}) == len({one.token.split("_", 2)[2] for one in tokens}) == 200


def test_a_wrong_secret_is_refused_whether_the_key_is_known_or_not() -> None:
    service_ = service(MemoryKeys())
    one, other = service_.issue(PARTY, "1"), service_.issue(PARTY, "2")
    secret = other.token.split("_", 2)[2]
    said = []
    for wrong in (f"tz_{one.key.key_id}_{secret}", f"{one.token}x", one.token[:-1], f"tz_{'0' * 12}_{secret}"):
        with pytest.raises(NotAuthenticated) as caught:
            service_.authenticate(wrong)
        said.append(str(caught.value))
    assert len(set(said)) == 1
    assert is_let_in(service_, one.token)


def test_secrets_may_hold_the_separator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "token_urlsafe", lambda _: "_a__b-c_")
    service_ = service(MemoryKeys())
    assert is_let_in(service_, service_.issue(PARTY, "").token)


def test_a_revoked_key_is_refused_at_once() -> None:
    store = MemoryKeys()
    service_ = service(store)
    one, other = service_.issue(PARTY, "1"), service_.issue(PARTY, "2")
    assert is_let_in(service_, one.token)  # so it is in the cache
    revoked = service_.revoke(one.key.key_id)
    assert revoked.revoked_at is not None
    assert not is_let_in(service_, one.token)
    assert is_let_in(service_, other.token)
    assert service_.revoke(one.key.key_id) == revoked  # again: the first time stays
    assert store.held[one.key.key_id] == revoked


def test_a_revocation_while_the_key_is_being_read_counts_for_the_next_caller() -> None:
    store = MemoryKeys()
    service_ = service(store)
    issued = service_.issue(PARTY, "")
    store.between = lambda: service_.revoke(issued.key.key_id)
    assert is_let_in(service_, issued.token)  # it was valid when it was read
    assert not is_let_in(service_, issued.token)


def test_revoking_what_is_not_there() -> None:
    with pytest.raises(NoSuchKey, match="nonsense"):
        service(MemoryKeys()).revoke("nonsense")


def test_list_shows_all_oldest_first() -> None:
    service_ = service(MemoryKeys())
    issued = [service_.issue(PARTY, str(n)).key for n in range(3)]
    revoked = service_.revoke(issued[1].key_id)
    assert service_.list() == [issued[0], revoked, issued[2]]


def test_the_store_is_asked_once_while_the_cache_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryKeys()
    service_ = service(store)
    token = service_.issue(PARTY, "").token
    assert all(is_let_in(service_, token) for _ in range(5))
    assert len(store.asked) == 1
    monkeypatch.setattr(keys, "CACHE_SECONDS", 0.0)
    assert is_let_in(service_, token)
    assert len(store.asked) == 2


def test_another_process_sees_a_revocation_when_its_cache_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryKeys()
    here, there = service(store), service(store)
    issued = here.issue(PARTY, "")
    assert is_let_in(there, issued.token)
    here.revoke(issued.key.key_id)
    monkeypatch.setattr(keys, "CACHE_SECONDS", 0.0)
    assert not is_let_in(there, issued.token)


def test_refreshed_keys_outlive_the_store_for_an_hour_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryKeys()
    elsewhere = service(store)
    here = KeyService(store, lambda: START, refreshed=True)
    known, revoked = (elsewhere.issue(PARTY, name).token for name in "ab")
    here.refresh()
    elsewhere.revoke(revoked.split("_")[1])  # long before the store goes away, and this process was not asked for it
    here.refresh()
    late = elsewhere.issue(PARTY, "c").token

    def away() -> None:
        raise StoreUnavailable("away")

    def goes(token: str) -> bool:
        store.between = away
        return is_let_in(here, token)

    monkeypatch.setattr(keys, "CACHE_SECONDS", 0.0)
    assert goes(known)
    assert not goes(revoked)
    with pytest.raises(StoreUnavailable):
        goes(late)
    monkeypatch.setattr(keys, "AWAY_SECONDS", 0.0)
    with pytest.raises(StoreUnavailable):
        goes(known)


def test_a_known_key_is_not_asked_for_again_where_somebody_refreshes(monkeypatch: pytest.MonkeyPatch) -> None:
    store = MemoryKeys()
    here = KeyService(store, lambda: START, refreshed=True)
    token = here.issue(PARTY, "").token
    here.refresh()
    monkeypatch.setattr(keys, "CACHE_SECONDS", 0.0)
    assert is_let_in(here, token)
    assert store.asked == []


def test_guessed_keys_do_not_fill_the_memory() -> None:
    store = MemoryKeys()
    service_ = service(store)
    issued = service_.issue(PARTY, "")
    for n in range(CACHE_SIZE + 10):
        assert not is_let_in(service_, f"tz_{n:012x}_x")
    assert service_._cache == {}
    for n in range(CACHE_SIZE + 10):
        store.put_key(ApiKey(f"{n:012x}", issued.key.secret_hash, PARTY, admin=False, label="", created_at=START))
        assert is_let_in(service_, f"tz_{n:012x}_{issued.token.split('_', 2)[2]}")
    assert len(service_._cache) <= CACHE_SIZE


WORDS = st.sampled_from(
    ["tz", "TZ", "_", "", "0" * 12, "0123456789ab", "0123456789AB", "１２３４５６７８９０１２", "secret"]
)
WILD = st.text(st.characters(codec=None) | st.characters(categories=["Cs"]))


@given(WILD | st.lists(WORDS | WILD, max_size=6).map("_".join) | st.text("tz_0a", max_size=40))
@example("tz_１２３４５６７８９０１２_x")
@example("tz_\ud800aaaaaaaaaaa_x")
@example("tz_0123456789AB_x")
@example("tz_0123456789ab\n_x")
def test_malformed_tokens_are_refused_and_never_reach_the_store(token: str) -> None:
    store = MemoryKeys()
    service_ = service(store)
    service_.issue(PARTY, "")
    assert not is_let_in(service_, token)
    assert all(len(one) == 12 and set(one) <= set("0123456789abcdef") for one in store.asked)


@given(st.data())
def test_one_changed_character_is_refused(data: st.DataObject) -> None:
    service_ = service(MemoryKeys())
    token = service_.issue(PARTY, "").token
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters().filter(lambda c: c != token[place]))
    assert not is_let_in(service_, token[:place] + other + token[place + 1 :])


KEY = f"tz_0123456789ab_{'s' * 43}"


def test_an_admin_key_that_was_made_elsewhere_is_stored_once_as_its_hash() -> None:
    store = MemoryKeys()
    service_ = service(store)
    key = service_.adopt_admin(KEY, "given")
    assert (key.admin, key.label, key.secret_hash) == (True, "given", sha256(b"s" * 43).digest())
    assert service_.authenticate(KEY) == key
    # Another process, later: what is there stays as it is.
    assert service(store).adopt_admin(KEY, "given again") == key
    assert store.keys() == [key]


def test_an_adopted_key_does_not_come_back() -> None:
    store = MemoryKeys()
    service_ = service(store)
    service_.adopt_admin(KEY, "given")
    service_.revoke("0123456789ab")
    assert service_.adopt_admin(KEY, "given").revoked_at is not None
    assert not is_let_in(service_, KEY)


def test_nobody_takes_the_place_of_another_key() -> None:
    store = MemoryKeys()
    service_ = service(store)
    issued = service_.issue(PARTY, "gate 3")
    held = store.keys()
    for token in (issued.token, f"tz_{issued.key.key_id}_{'s' * 43}"):
        with pytest.raises(UnusableKey, match="another id"):
            service_.adopt_admin(token, "given")
    assert store.keys() == held


@pytest.mark.parametrize("token", ["", "tz", KEY[:-1], f"{KEY}s", KEY.upper(), f"x{KEY}", f"{KEY[:-1]}é"])
def test_what_is_no_key_is_not_adopted(token: str) -> None:
    store = MemoryKeys()
    with pytest.raises(UnusableKey, match="43 characters"):
        service(store).adopt_admin(token, "given")
    assert store.keys() == []
