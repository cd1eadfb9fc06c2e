"""How a name is read: what kind of secret stands under it."""

from __future__ import annotations

import pytest

from integration_logs.redaction.keys import (
    is_kept_in_personal,
    is_name_only,
    kind_in_prose,
    kind_of,
    kind_of_parameter,
    names_things,
)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("apiKey", "credential"),
        ("XMLApiKey", "credential"),
        ("X-Meta-Key", "credential"),
        ("license_key", "credential"),
        ("secret_1", "credential"),
        ("passwordReset", "credential"),
        ("contraseña", "credential"),
        ("access_token_value", "credential"),
        ("_billing_email", "email"),
        ("emailHash", "email"),
        ("phone_number", "phone"),
        ("rekeningnummer", "iban"),
        ("credit_card_number", "card"),
        ("house_number_addition", "personal"),
        ("Prénom", "personal"),
        ("BILLING_CITY", "personal"),
        ("name", "personal"),
        ("billingfirstname", "personal"),
        ("billingtelephone", "phone"),
        ("ip_address", "personal"),
    ],
)
def test_what_is_secret(name: str, kind: str) -> None:
    """The last words of a name say what stands under it, in every style."""
    assert kind_of(name) == kind


@pytest.mark.parametrize(
    "name",
    [
        "token_type",
        "tokenExpiresAt",
        "password_status",
        "key",
        "sort_key",
        "idempotency_key",
        "shop_name",
        "shipping_company",
        "keyboard",
        "capacity",
        "code",
        "redacted:credential@",
        "",
        "12",
    ],
)
def test_what_is_not(name: str) -> None:
    """What describes a secret is none, and what names a thing no person."""
    assert kind_of(name) is None


def test_long_names_are_read_from_their_end() -> None:
    """What a name ends in decides, however long it is."""
    assert kind_of("a_" * 100 + "password") == "credential"
    assert kind_of_parameter("a_" * 100 + "code_password") == "credential"
    assert kind_of("password_" + "a_" * 100) is None


def test_a_marker_in_a_name_says_nothing() -> None:
    """A name from which a secret was taken is judged by what is left of it."""
    assert kind_of("[redacted:email]") is None
    assert kind_of("[redacted:email:c2c4e1a7b0] city") == "personal"


def test_only_a_parameter() -> None:
    """``code`` and ``key`` are secret in a query or a form alone."""
    assert (kind_of_parameter("code"), kind_of_parameter("Key")) == ("credential", "credential")
    assert (kind_of_parameter("error_code"), kind_of_parameter("page")) == (None, None)


def test_everyday_words() -> None:
    """In prose a name that is an everyday word does not count; one that is none does."""
    assert (kind_in_prose("name"), kind_in_prose("_Address")) == (None, None)
    assert (kind_in_prose("lastname"), kind_in_prose("password")) == ("personal", "credential")


@pytest.mark.parametrize(
    ("name", "kept"), [("countryCode", True), ("customer_id", True), ("national_id", False), ("zz", False)]
)
def test_what_stays_of_a_person(name: str, kept: bool) -> None:
    """Country, region and ids of a person stay legible; a national id does not."""
    assert is_kept_in_personal(name) is kept


def test_things() -> None:
    """What stands below these keys are things, and ``name`` alone is what they may say of them."""
    assert (names_things("line_items"), names_things("lineItems"), names_things("customers")) == (True, True, False)
    assert (is_name_only("Name"), is_name_only("first_name")) == (True, False)
