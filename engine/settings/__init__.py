"""Settings declared once; form, TOML, command line, saved run, docs and error messages come from here."""

from engine.settings.families import Family, is_family, kinds, member, members_of
from engine.settings.fields import SettingField, setting
from engine.settings.spec import Problem, Spec, changed, fields_of, from_plain, to_plain
from engine.settings.toml import as_assignment, assign, assignment, from_toml, read_toml, read_toml_file, to_toml

__all__ = [
    "Family", "Problem", "SettingField", "Spec", "as_assignment", "assign", "assignment", "changed", "fields_of",
    "from_plain", "from_toml", "is_family", "kinds", "member", "members_of", "read_toml", "read_toml_file", "setting",
    "to_plain", "to_toml",
]
