"""How far figures can be trusted, and how far they could be when they were new."""

from hypothesis import given
from hypothesis import strategies as st

from calculators.chain.confidence import LEVELS, Finding, judged, of_all

findings = st.lists(
    st.builds(
        Finding,
        level=st.sampled_from(LEVELS),
        reason=st.text(max_size=3),
        kind=st.sampled_from(["age", "price", "modelled"]),
    )
)


def worst(found: list[Finding]) -> str:
    return max((each.level for each in found), key=LEVELS.index, default="high")


@given(found=findings)
def test_what_is_of_age_alone_is_known_apart(found: list[Finding]) -> None:
    confidence = judged(found)

    assert confidence.level == worst(found)
    assert confidence.of_its_day == worst([each for each in found if each.kind != "age"])


@given(found=findings, level=st.sampled_from(LEVELS))
def test_one_thing_more_lowers_it_as_if_it_had_been_there_before(found: list[Finding], level: str) -> None:
    more = Finding(level=level, reason="more", kind="modelled")  # type: ignore[arg-type]
    later, at_once = judged(found).lowered(more), judged([*found, more])

    assert (later.level, later.of_its_day) == (at_once.level, at_once.of_its_day)
    assert set(later.reasons) == set(at_once.reasons)
    assert dict(zip(later.reasons, later.kinds, strict=True)) == dict(zip(at_once.reasons, at_once.kinds, strict=True))


@given(found=findings)
def test_the_weightiest_reason_beside_the_age_is_told_behind_it(found: list[Finding]) -> None:
    confidence = judged(found)
    others = [each for each in found if each.kind != "age"]

    if confidence.kind != "age":
        assert confidence.beside_age is None
    elif confidence.beside_age is not None:
        assert confidence.told == f"{confidence.level} ({confidence.reasons[0]}; {confidence.beside_age})"
    else:
        assert {each.reason for each in others} <= {each.reason for each in found if each.kind == "age"}


def test_an_old_figure_that_was_sure_says_so() -> None:
    old = judged([Finding(level="low", reason="old", kind="age")])

    assert (old.level, old.of_its_day) == ("low", "high")
    assert of_all(old, [old, judged([])]).of_its_day == "high"
