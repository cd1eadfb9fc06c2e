"""Customers' orders and shops' secrets: everything that a record may carry and an archive must never keep.

Every name, street, address and key here holds one of the strings of `canaries()`, which occur nowhere else in a record:
whoever finds one of them downstream has found a leak.
"""

import json
from random import Random
from typing import Protocol
from urllib.parse import urlencode

from sandbox.upstreams.messages import Json

FIRST_NAMES = ("Sanne", "Daan", "Fleur", "Bram", "Noor", "Thijs", "Anouk", "Jürgen", "Élodie", "Zoë")
SURNAMES = (
    "Zwanenburgh",
    "Quintelier",
    "Vossenberghe",
    "Okkerse",
    "Wiegmänns",
    "Dobbelsteyn",
    "Achterkamp",
    "van der Lindqvist",
)
STREETS = ("Kanariepietlaan", "Oude Vuurtorenweg", "Klompenmakersgaarde", "Rue du Moulin-Bleu", "Bergziegenstraße")
PLACES = (("1012 WX", "Amsterdam", "NL"), ("9000", "Gent", "BE"), ("50667", "Köln", "DE"), ("75011", "Paris", "FR"))
PRODUCTS = ("Fietsbel messing", "Leeslamp", "Hortensia wit", "Eau de toilette 50 ml", "Puzzel 1000 stukjes")
MAIL_DOMAIN = "klant.example"
PHONE_PREFIX = "+3165550"
KEY_MARK = "c0ffee"


def canaries() -> list[str]:
    """Strings that mark personal data and credentials in the sandbox's records, for a search after leaks.

    JSON or URL escapes may stand for the accented letters, so these are the unaccented ones.
    """
    names = [name.removeprefix("van der ") for name in (*SURNAMES, *STREETS) if name.isascii()]
    keys = [f"{prefix}{KEY_MARK}" for prefix in ("ck_", "cs_", "shpat_", "tok_", "ws_", "session_", "bearer_")]
    return [*names, f"@{MAIL_DOMAIN}", PHONE_PREFIX, *keys]


def secret(rng: Random, prefix: str, digits: int = 40) -> str:
    """A fake credential of the given prefix and so many hexadecimal digits, the mark included."""
    return f"{prefix}{KEY_MARK}{rng.getrandbits(4 * digits):0{digits}x}"[: len(prefix) + digits]


class Customer:
    """One customer, drawn from the generator."""

    def __init__(self, rng: Random) -> None:
        self.first = rng.choice(FIRST_NAMES)
        self.last = rng.choice(SURNAMES)
        self.street = f"{rng.choice(STREETS)} {rng.randint(1, 240)}{rng.choice(('', '', '', 'A', ' bis'))}"
        self.postcode, self.city, self.country = rng.choice(PLACES)
        local = f"{self.first}.{self.last}".lower().replace(" ", "")
        self.email = f"{local.encode('ascii', 'ignore').decode()}{rng.randint(1, 99)}@{MAIL_DOMAIN}"
        self.phone = f"{PHONE_PREFIX}{rng.randint(0, 9999):04d}"

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"


class _Shape(Protocol):
    def __call__(self, rng: Random, order: int, buyer: Customer, /) -> Json | str: ...


def _lines(rng: Random) -> list[Json]:
    return [
        {"sku": f"SKU-{rng.randint(100, 999)}", "name": rng.choice(PRODUCTS), "quantity": rng.randint(1, 3)}
        for _ in range(rng.randint(1, 3))
    ]


def _woocommerce(rng: Random, order: int, buyer: Customer) -> Json:
    address: Json = {
        "first_name": buyer.first,
        "last_name": buyer.last,
        "address_1": buyer.street,
        "postcode": buyer.postcode,
        "city": buyer.city,
        "country": buyer.country,
    }
    return {
        "id": order,
        "status": "completed",
        "billing": {**address, "email": buyer.email, "phone": buyer.phone},
        "shipping": address,
        "line_items": _lines(rng),
        "customer_note": f"Graag bezorgen bij {buyer.name}, bel {buyer.phone}",
    }


def _shopify(rng: Random, order: int, buyer: Customer) -> Json:
    return {
        "order": {
            "id": order,
            "email": buyer.email,
            "customer": {"first_name": buyer.first, "last_name": buyer.last, "phone": buyer.phone},
            "shipping_address": {
                "name": buyer.name,
                "address1": buyer.street,
                "zip": buyer.postcode,
                "city": buyer.city,
            },
            "line_items": _lines(rng),
        }
    }


def _magento(rng: Random, order: int, buyer: Customer) -> Json:
    return {
        "entity": {
            "entity_id": order,
            "customer_email": buyer.email,
            "billing_address": {
                "firstname": buyer.first,
                "lastname": buyer.last,
                "street": [buyer.street],
                "postcode": buyer.postcode,
                "telephone": buyer.phone,
            },
            "items": _lines(rng),
        },
        "notify": True,
    }


def _prestashop(_rng: Random, order: int, buyer: Customer) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><prestashop><order><id>{order}</id><current_state>4</current_state>'
        f"<customer><firstname>{buyer.first}</firstname><lastname>{buyer.last}</lastname><email>{buyer.email}</email>"
        f"<phone>{buyer.phone}</phone></customer><address1>{buyer.street}</address1></order></prestashop>"
    )


def _lightspeed(rng: Random, order: int, buyer: Customer) -> Json:
    return {
        "order": {
            "number": f"ORD{order}",
            "firstname": buyer.first,
            "lastname": buyer.last,
            "email": buyer.email,
            "mobile": buyer.phone,
            "addressShippingStreet": buyer.street,
            "addressShippingZipcode": buyer.postcode,
            "products": _lines(rng),
        }
    }


def _form(_rng: Random, order: int, buyer: Customer) -> str:
    return urlencode(
        {"order": order, "name": buyer.name, "email": buyer.email, "phone": buyer.phone, "to": buyer.street}
    )


_SHAPES: dict[str, _Shape] = {
    "woocommerce": _woocommerce,
    "shopify": _shopify,
    "magento2": _magento,
    "prestashop": _prestashop,
    "lightspeed": _lightspeed,
    "api": _form,
}


def order_payload(rng: Random, platform: str, order: int) -> Json | str:
    """The order in the platform's form: an object, or text (XML, form-encoded, JSON in a string)."""
    roll = rng.random()
    if roll < 0.15:
        return {"order_note": {"note": "Success"}}
    payload = _SHAPES[platform](rng, order, Customer(rng))
    return json.dumps(payload) if roll < 0.25 and not isinstance(payload, str) else payload
