"""Secrets by the markup around them."""

from __future__ import annotations

import pytest

from integration_logs.redaction.marks import Marks
from integration_logs.redaction.markup import mask_markup

C, P = "[redacted:credential]", "[redacted:personal]"
PART = 'Content-Disposition: form-data; name="{}"\r\n{}\r\n{}\r\n--b'
TYPE = "Content-Type: a/b\r\n"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("<a><lastname>Jan</lastname></a>", f"<a><lastname>{P}</lastname></a>"),
        ('<ns1:apiKey type="x">abc</ns1:apiKey>', f'<ns1:apiKey type="x">{C}</ns1:apiKey>'),
        ("<c:name>Jan</c:name>", f"<c:name>{P}</c:name>"),
        ("<city><![CDATA[Delft]]></city>", f"<city>{P}</city>"),
        ("<a>&lt;city&gt;Delft&lt;/city&gt;</a>", f"<a>&lt;city&gt;{P}&lt;/city&gt;</a>"),
        ("<th>Naam</th><td>Jan</td>", f"<th>Naam</th><td>{P}</td>"),
        ("<DT>API key</DT>\n <DD>abc</DD>", f"<DT>API key</DT>\n <DD>{C}</DD>"),
        ('<input value="abc" name="csrf_token">', f'<input value="{C}" name="csrf_token">'),
        ("<input name=api_key value=abc>", f'<input name=api_key value="{C}">'),
        ('<meta property="user:email" content="a">', '<meta property="user:email" content="[redacted:email]">'),
        (f"--b\r\n{PART.format('api_key', '', 'abc')}", f"--b\r\n{PART.format('api_key', '', C)}"),
        (f"--b\r\n{PART.format('code', TYPE, 'a\nb')}", f"--b\r\n{PART.format('code', TYPE, C)}"),
        ("order;city;total\r\n1;Delft;2\r\n", f"order;city;total\r\n1;{P};2\r\n"),
        ('order,city,total\n1,"Delft, NL",2', f"order,city,total\n1,{P},2"),
        ('order;city;"note"\n1;Delft;"a;b"', f'order;city;"note"\n1;{P};"a;b"'),
        ("order\tcity\ttotal\n1\tDelft\t2", f"order\tcity\ttotal\n1\t{P}\t2"),
    ],
)
def test_a_value_goes(text: str, masked: str) -> None:
    """With its markup left as it is."""
    assert mask_markup(text, Marks()) == masked


@pytest.mark.parametrize(
    "text",
    [
        "<sku>A1</sku>",
        "<city> </city>",
        "<th>SKU</th><td>A1</td>",
        '<meta name="viewport" content="width=1">',
        '<input name="name" value="q">',
        f"--b\r\n{PART.format('sku', '', 'A1')}",
        "order;sku;total\n1;A1;2",
        "city;of\n1;2",
        "Dear customer, city, we (all)\n1,2,3",
        "order;city;total\n1;Delft",
    ],
)
def test_what_stays(text: str) -> None:
    """Elements, inputs, parts and columns of other names, and texts that are no table."""
    assert mask_markup(text, Marks()) == text


def test_a_kept_kind_stays() -> None:
    """In every kind of markup."""
    marks = Marks(kept=frozenset({"personal"}))
    for text in (
        "<lastname>Jan</lastname>",
        "&lt;city&gt;Delft&lt;/city&gt;",
        "<th>Naam</th><td>Jan</td>",
        '<input name="lastname" value="Jan">',
        f"--b\r\n{PART.format('lastname', '', 'Jan')}",
        "order;city;total\n1;Delft;2",
    ):
        assert mask_markup(text, marks) == text
