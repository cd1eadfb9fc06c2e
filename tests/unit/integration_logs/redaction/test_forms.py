"""What a secret's own form gives away, form by form, and what only looks like one."""

from __future__ import annotations

import pytest

from integration_logs.redaction.forms import is_card_number, mask_forms
from integration_logs.redaction.marks import Marks

C = "[redacted:credential]"
HEX = "0123456789abcdef"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("https://user:pass@shop.example/a", "https://redacted:credential@shop.example/a"),
        ("https://user:pa@ss@shop.example/a", "https://redacted:credential@shop.example/a"),
        (r"https:\/\/user:pass@shop.example", r"https:\/\/redacted:credential@shop.example"),
        (f"-----BEGIN RSA PRIVATE KEY-----\n{HEX}\n-----END RSA PRIVATE KEY-----.", f"{C}."),
        (f"-----BEGIN PRIVATE KEY-----\n{HEX}", C),
        ("Basic dTpw", f"Basic {C}"),
        ("basic auth by Digest abcdefghijklmnop", f"basic auth by Digest {C}"),
        ("Bearer abc.def", f"Bearer {C}"),
        (f"ck_{HEX}", C),
        (f"shpat_{HEX}", C),
        (f"sk_live_{HEX}", C),
        (f"whsec_{HEX}", C),
        (f"ghp_{HEX}{HEX}", C),
        (f"github_pat_{HEX}{HEX}", C),
        (f"test_{HEX}{HEX}", C),
        ("xoxb-0123456789-abcdefghij", C),
        (f"glpat-{HEX}", C),
        (f"sk-{HEX}{HEX}", C),
        ("AKIAIOSFODNN7EXAMPLE", C),
        (f"AIza{HEX}{HEX}", C),
        (f"SG.{HEX}.{HEX}", C),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dBjftJeZ4CVP", C),
        ("eyJ1c2VyIjoiamFuIiwicGFzcyI6InB3In0=", C),
        ("curl -u api:hunter2 failed", f"curl -u {C} failed"),
    ],
)
def test_credentials(text: str, masked: str) -> None:
    """A credential goes whole, and nothing beside it."""
    assert mask_forms(text, Marks()) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("to jan.de-vries+shop@mail.example.nl now", "to [redacted:email] now"),
        ('"Jan Smit" <jan@example.nl>', '"[redacted:personal]" <[redacted:email]>'),
        ("bel +31 (0)6 1234 5678", "bel [redacted:phone]"),
        ("bel 0031 6 12345678", "bel [redacted:phone]"),
        ("bel 06-12345678", "bel [redacted:phone]"),
        ("op NL91 ABNA 0417 1643 00.", "op [redacted:iban]."),
        ("op de89370400440532013000.", "op [redacted:iban]."),
        ("4111 1111 1111 1111", "[redacted:card]"),
        ("378282246310005", "[redacted:card]"),
        ("6011000990139424 12", "[redacted:card] 12"),
    ],
)
def test_personal_data(text: str, masked: str) -> None:
    """Personal data goes with its kind, in every usual spelling."""
    assert mask_forms(text, Marks()) == masked


@pytest.mark.parametrize(
    "text",
    [
        "/logo@2x.png",
        "Bearer token is invalid",
        "Bearer credentials are missing",
        "Basic shipping",
        "Basic plan",
        f"block_{HEX}",
        "order 000012345678",
        "4111111111111112",  # its check digit is wrong
        "411111111111111123",  # of a length that no card's number has
        "41111111111111111234",
        "NL91ABNA0417164301",
        "NL91ABNA0417164300X",
        "XAKIAIOSFODNN7EXAMPLE",
        "1+31612345678",
    ],
)
def test_what_only_looks_like_one(text: str) -> None:
    """A likeness stays: prose, ids, file names, numbers whose check digits are wrong."""
    assert mask_forms(text, Marks()) == text


def test_a_kept_kind_stays() -> None:
    """Kinds that a policy keeps are not masked, credentials are."""
    marks = Marks(kept=frozenset({"email", "phone", "iban", "personal"}))
    text = '"Jan" <jan@example.nl> +31612345678 NL91ABNA0417164300 '
    assert mask_forms(f"{text}https://u:p@a.nl", marks) == f"{text}https://redacted:credential@a.nl"


@pytest.mark.parametrize(
    ("number", "is_card"),
    [(4111111111111111, True), (4111111111111112, False), (378282246310005, True), (2024010112345678, False)],
)
def test_numbers(number: int, is_card: bool) -> None:
    """A card's number is one as a number of JSON too."""
    assert is_card_number(number) is is_card
