"""Secrets by the name before them in running text: where a name begins, and where its value ends."""

from __future__ import annotations

import pytest

from integration_logs.redaction.marks import Marks
from integration_logs.redaction.named import mask_named

C, P = "[redacted:credential]", "[redacted:personal]"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("/a?page=2&token=abc&x=1", f"/a?page=2&token={C}&x=1"),
        ("/a?code=abc#top", f"/a?code={C}#top"),
        ("/a?x=1&amp;key=abc", f"/a?x=1&amp;key={C}"),
        ("/a?billing[last_name]=Jan&x=1", f"/a?billing[last_name]={P}&x=1"),
        ("/a?billing%5Blast_name%5D=Jan&x=1", f"/a?billing%5Blast_name%5D={P}&x=1"),
        ("q=1;api_key%3Dabc", "q=1;api_key%3Dabc"),
        ("q=billing[last_name]%3DJan&x=1", f"q=billing[last_name]%3D{P}&x=1"),
        ("with password=hunter2, again", f"with password={C} again"),
        ("with lastname=de Vries, again", f"with lastname={P}, again"),
        ("sent Authorization: Custom a, b\nAccept: */*", f"sent Authorization: {C}\nAccept: */*"),
        ("X-Api-Key: a, b\n c\nAccept: */*", f"X-Api-Key: {C}\nAccept: */*"),
        ("Order: 12\nName: Jan, Delft\nSKU: A1", f"Order: 12\nName: {P}\nSKU: A1"),
        ('{"password": "hun\\"ter2", "x": 1', f'{{"password": "{C}", "x": 1'),
        ("{'lastname': 'de Vries', 'x': 1", f"{{'lastname': '{P}', 'x': 1"),
        (r"{\"password\": \"hunter2\", \"x\": 1", rf"{{\"password\": \"{C}\", \"x\": 1"),
        ('{"password": "hunter2', f'{{"password": "{C}'),
        ('{"tokens": ["a", "b"], "x": 1', f'{{"tokens": {C}, "x": 1'),
        ("[last_name] => Jan\n[sku] => A1", f"[last_name] => {P}\n[sku] => A1"),
        ('s:9:"last_name";s:3:"Jan";', f's:9:"last_name";s:3:"{P}";'),
        ('["password"]=> string(7) "hunter2"', f'["password"]=> string(7) "{C}"'),
        ("('Authorization', 'Custom abc')", f"('Authorization', '{C}')"),
        ("a[redacted:email] password=hunter2", f"a[redacted:email] password={C}"),
    ],
)
def test_a_value_goes(text: str, masked: str) -> None:
    """From its beginning to its end, and nothing else."""
    assert mask_named(text, Marks()) == masked


@pytest.mark.parametrize(
    "text",
    [
        "name: Jan, address=10.0.0.1",  # everyday words in prose
        "Max retries: https://shop.example",
        "see token://shop.example/a",
        "sort_key=1&token_type=bearer",
        "password=&x=1",
        "password=[redacted:credential]&x=1",
        "('lastname', 'Jan')",
        "error code: 12",
    ],
)
def test_what_stays(text: str) -> None:
    """Names that are none in prose, empty values, and what was masked before."""
    assert mask_named(text, Marks()) == text


def test_a_kept_kind_stays() -> None:
    """Under a policy that keeps personal data only credentials go."""
    text = "/a?lastname=Jan&token=abc"
    assert mask_named(text, Marks(kept=frozenset({"personal"}))) == f"/a?lastname=Jan&token={C}"
