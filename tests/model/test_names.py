"""The alphabets of names."""

import pytest

from reconcile.model import names


@pytest.mark.parametrize(
    ("rule", "text", "faults"),
    [
        (names.dns_label, "a" * 63, 0),
        (names.dns_label, "a" * 64, 1),
        (names.dns_label, "1a", 0),
        (names.dns_label, "", 1),
        (names.dns_label, "a\n", 1),
        (names.dns_label, "a.b", 1),
        (names.dns_label_1035, "1a", 1),
        (names.dns_subdomain, "a.b", 0),
        (names.dns_subdomain, "web.", 1),
        (names.dns_subdomain_underscored, "_tcp.x", 0),
        (names.qualified_name, "a_b.C", 0),
        (names.qualified_name, "Ex.com/a", 1),
        (names.qualified_name, "", 2),
        (names.label_value, "a" * 64, 1),
        (names.label_value, "٣", 1),
        (names.port_name, "a" * 16, 1),
        (names.port_name, "", 2),
        (names.env_name, "9 x", 0),
        (names.env_name, "a=b", 1),
        (names.config_key, "..a", 1),
        (names.path_segment, "a/%", 2),
        (names.path_segment, "..", 1),
    ],
)
def test_every_violated_rule_is_reported_once(rule: names.Rule, text: str, faults: int) -> None:
    """A rule gives one entry per violation."""
    assert faults == len(rule(text))
