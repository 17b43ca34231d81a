"""JSON values of any shape, and other ways to write the same one."""

from typing import Any

from hypothesis import strategies as st

NAMES = st.sampled_from(["ex:a", "ex:b", "gs1:c", "other:d", "plain", "https://example.org/farm/a", ""]) | st.text()
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(10**300), 10**300)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from(["urn:epc:id:sgtin:69012345.00001.A2", "cbv:BizStep-x", "urn:epcglobal:cbv:disp:", "a:b", " "])
)
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4), max_leaves=12
)


@st.composite
def reordered(draw: st.DrawFn, value: Any) -> Any:
    """The same value with members of objects and items of lists in another order."""
    if isinstance(value, dict):
        return {name: draw(reordered(value[name])) for name in draw(st.permutations(list(value)))}
    if isinstance(value, list):
        return [draw(reordered(item)) for item in draw(st.permutations(value))]
    return value
