"""Text that is encoded, forms, and what one round brings to light for the next."""

from __future__ import annotations

import pytest

from integration_logs.redaction.marks import Marks, OwnKeys
from integration_logs.redaction.text import Texts, redact_form

C, P = "[redacted:credential]", "[redacted:personal]"
KEY = "own-key-of-this-stack"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("q=a%40b.nl", "q=[redacted:email]"),
        ("at a%2540b.nl", "at [redacted:email]"),
        ("at a%2525252525252540b.nl", "at [redacted:email]"),
        ("see https://a.nl/?to=https%3A%2F%2Fu%3Ap%40b.nl", "see https://a.nl/?to=https://redacted:credential@b.nl"),
        ("<p>a&#64;b.nl</p>", "<p>[redacted:email]</p>"),
        ("a&commat;b.nl and more", "[redacted:email] and more"),
        ("&lt;lastname&gt;Jan&lt;/lastname&gt;", f"&lt;lastname&gt;{P}&lt;/lastname&gt;"),
        ("<lastname>Jan</lastname>", f"<lastname>{P}</lastname>"),
        ("a;lastname;x\n1;Jan;2", f"a;lastname;x\n1;{P};2"),
        (f"of {KEY} and lastname=Jan", f"of {C} and lastname={P}"),
        ("('Authorization', 'abc')", f"('Authorization', '{C}')"),
        ("100% of a&b; nothing", "100% of a&b; nothing"),
        ("status%20is%20fine", "status%20is%20fine"),
    ],
)
def test_a_text(text: str, masked: str) -> None:
    """What is encoded is looked at as what it stands for, and stays as it was where nothing is found."""
    texts = Texts(Marks(OwnKeys([KEY])))
    assert texts.redact(text) == masked
    assert texts.redact(masked) == masked


def redact(text: str) -> str:
    return text.replace("Jan", P)


@pytest.mark.parametrize(
    ("form", "redacted"),
    [
        ("order=1&token=abc", f"order=1&token={C}"),
        ("code=abc", f"code={C}"),
        ("billing%5Bcity%5D=Delft&x=", f"billing%5Bcity%5D={P}&x="),
        ("note=dear+Jan&x=1", "note=dear+[redacted:personal]&x=1"),
        ("Jan=1&x=a+b", f"{P}=1&x=a+b"),
        ("to=jan&x=1", f"to={P}&x=1"),
        ("to=2024-01-01&x=1", "to=2024-01-01&x=1"),
        ("password=&x=1", "password=&x=1"),
    ],
)
def test_a_form(form: str, redacted: str) -> None:
    """Each field by its name, and by what it holds; what holds nothing stays as it was written."""
    assert redact_form(form, redact, Marks()) == redacted


@pytest.mark.parametrize(
    "text", ["a b=c", "a=b c", "=b", "[redacted:x]=b", "a=b&c d", "a=b&c/d=e", 'a="b"', "https://a.nl/?b=c"]
)
def test_what_is_no_form(text: str) -> None:
    """A text that no form looks like is left to the search for names."""
    assert redact_form(text, redact, Marks()) is None


def test_a_text_that_never_settles_goes_whole() -> None:
    """After so many rounds nothing of it stays."""

    class Restless(OwnKeys):
        def mask(self, text: str) -> str:
            return f"{text}x"

    assert Texts(Marks(Restless([]))).redact("a") == P
