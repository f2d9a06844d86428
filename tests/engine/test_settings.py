"""Settings: declared once, read back the same from every surface."""

from __future__ import annotations

from typing import Literal

import pytest

from engine.errors import EngineError
from engine.settings import Problem, Spec, assign, assignment, changed, fields_of, from_toml, setting, to_toml


class Oven(Spec):
    """An oven."""

    heat: int = setting(180, "Heat", "How hot.", unit="°C", low=50, high=300)
    mode: Literal["fan", "grill"] = setting("fan", "Mode", "How heat moves.", choices={"fan": "Fan", "grill": "Grill"})
    minutes: float | None = setting(None, "Time", "How long.", low=0, auto="Until done")

    def check(self):
        if self.mode == "grill" and self.heat < 200:
            yield Problem(("heat",), "a grill needs 200 °C", fix="raise the heat to 200")


class Kitchen(Spec):
    """A kitchen."""

    oven: Oven = setting(Oven(), "Oven", "The oven.")
    tags: tuple[str, ...] = setting(("a",), "Tags", "Words.")


def test_a_spec_survives_toml_unchanged():
    spec = assign(Kitchen(), "oven.heat=220", "oven.minutes=12.5", 'tags=["x", "y \\n z"]')
    assert from_toml(Kitchen, to_toml(spec)) == spec


@pytest.mark.parametrize("text", ["oven.heat=9", "oven.heat=hot", "oven.colour=red", "oven.minutes=nan",
                                  "oven.mode=steam", "tags.9=x", "oven.heat.deep=3"])
def test_a_wrong_value_is_refused_by_name_and_changes_nothing(text):
    spec = Kitchen()
    with pytest.raises(EngineError) as caught:
        assign(spec, text)
    assert assignment(text)[0].split(".")[0] in str(caught.value)
    assert spec == Kitchen()


def test_none_gives_an_optional_setting_back_to_wenlu():
    assert assign(Kitchen(), "oven.minutes=5", "oven.minutes=none").oven.minutes is None


def test_problems_across_fields_name_the_field_and_the_fix():
    spec = changed(Kitchen(), "oven.mode", "grill")
    assert spec.problems() == [Problem(("oven", "heat"), "a grill needs 200 °C", "raise the heat to 200")]
    with pytest.raises(EngineError, match=r"oven\.heat"):
        spec.require_valid()


def test_a_field_tells_all_that_a_form_needs():
    heat, mode, minutes = fields_of(Oven)
    assert (heat.type, heat.low, heat.high, heat.unit, heat.default) == ("int", 50, 300, "°C", 180)
    assert mode.choices == {"fan": "Fan", "grill": "Grill"}
    assert minutes.optional and minutes.type == "float" and minutes.auto == "Until done"
