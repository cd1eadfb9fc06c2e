"""Which names make a value secret: of JSON keys, headers, query parameters, form fields and XML elements.

A name is cut into words (``billing[firstName]``, ``_billing_first-name`` and ``FIRST NAME`` all end in *first name*)
and judged by its last words, so a prefix that a shop invents changes nothing. Dutch, German and French names are
known beside the English ones: plug-ins of webshops use them. Pure: no input, no output, no clock.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

from integration_logs.redaction.marks import CARD, CREDENTIAL, EMAIL, IBAN, MARKER, PERSONAL, PHONE
from integration_logs.redaction.words import word_set

_LONGEST_NAME = 120  # characters of a name that are looked at, counted from its end


# Names are compared without their separators: "api_key", "apiKey" and "api-key" are all "apikey".
_CREDENTIAL_ENDS = word_set("""
    token tokens accesstoken refreshtoken idtoken authtoken jwt bearer csrf xsrf nonce csrfmiddlewaretoken
    key keys apikey appkey accesskey secretkey privatekey publickey consumerkey passkey pass passwort
    auth authentication authorization basicauth oauth signature sig sign hmac credential credentials
    session sessionid sessid phpsessid jsessionid sid otp totp pin pincode passcode verificationcode authcode
    authorizationcode securitycode cvc cvv wachtwoord motdepasse sharedaccesssignature xhash
    kennwort contrasena senha haslo losenord adgangskode
""")
_CREDENTIAL_ANYWHERE = word_set("""
    password passwords passwd pwd passphrase secret secrets authorization cookie cookies credential credentials hmac
    apikey accesstoken oauth
""")
# "token_type" and "secret_expires_at" describe a secret without being one; "value" and its like are part of the secret.
_DESCRIPTIONS = word_set("""
    type types expires expiry expiration expired at in on ttl length count limit url uri endpoint status state
    valid required error errors exception missing invalid name field version scope scopes policy enabled method
    methods algorithm id
""")
_FILLERS = word_set(
    "value values hash string text raw plain new old current confirm confirmation repeat encoded base sha"
)
# What may stand before "key" without making it a credential. All other keys ("license_key", "X-Shop-Key") are secret.
_PLAIN_KEYS = word_set("meta sort primary foreign translation partition display parent attribute option lookup group")
_HARMLESS_KEYS = word_set("cache idempotency")

_EMAIL_ENDS = word_set("email emails mail emailaddress mailaddress courriel replyto correo correoelectronico")
_PHONE_ENDS = word_set("""
    phone phones telephone tel mobile fax msisdn phonenumber telephonenumber mobilenumber faxnumber phoneno
    telefoon telefoonnummer mobiel mobielnummer gsm telefon telefonnummer handy handynummer mobiltelefon whatsapp
    cellphone telefono telefone movil telemovel celular cellulare numerodetelephone
""")
_IBAN_ENDS = word_set("iban accountnumber bankaccount rekeningnummer kontonummer bic swift")
_CARD_ENDS = word_set("cardnumber creditcard creditcardnumber ccnumber pan")
_PERSONAL_ENDS = word_set("""
    firstname lastname fullname middlename surname familyname givenname maidenname displayname nickname username
    userlogin login initials companyname company companies salutation attention contactperson
    customername billingname shippingname recipientname receivername sendername contactname toname fromname
    accountholder accountname cardholder creditcardname cardname nameoncard rekeninghouder kontoinhaber holdername
    buyername consigneename ownername personname authorname
    address addresses addressline addressdata addressee street streetname streetaddress streetline streetnumber
    housenumber housenr houseno housenumberaddition houseext housenumbersuffix apartment building
    postalcode postcode zip zipcode postnumber city town locality suburb cityname latitude longitude lat lng
    vat vatnumber vatid vatno taxid taxnumber taxvat eori eorinumber coc cocnumber kvk kvknumber companyregistration
    bsn ssn passport passportnumber nationalid socialsecuritynumber idnumber identitynumber driverslicense
    ip ipaddress remoteaddr clientip remoteip xforwardedfor forwardedfor forwarded realip connectingip
    birth birthdate birthday dateofbirth dob birthplace gender customeruseragent customernote customermessage
    naam voornaam achternaam tussenvoegsel volledigenaam bedrijfsnaam bedrijf adres straat straatnaam huisnummer
    toevoeging woonplaats plaats stad geboortedatum btwnummer btw
    vorname nachname strasse hausnummer plz ort firma geburtsdatum prenom nom adresse rue ville
    codepostal nomdefamille addressshippingnumber addressshippingextension addressbillingnumber addressbillingextension
    apellido apellidos direccion codigopostal dni nif nie
    nome cognome indirizzo citta codicefiscale partitaiva nomecompleto morada
    imie nazwisko ulica kodpocztowy miasto pesel
    fornavn efternavn fornamn efternamn gatuadress postnummer
""")
# These ends of a name are secret only when nothing stands before them: "shop_name" is not a person.
_PERSONAL_ALONE = word_set("name names nombre user customer recipient receiver buyer sender contact person")
# A name written in one run ("billingfirstname") has no words to cut; these endings are long enough to be sure.
_RUN_ENDS: Final = (
    (("password", "passwd", "secret", "apikey", "accesstoken", "authtoken", "consumerkey", "sessionid"), CREDENTIAL),
    (("emailaddress", "email"), EMAIL),
    (("telephone", "phonenumber"), PHONE),
    (("firstname", "lastname", "fullname", "postalcode", "postcode", "housenumber", "companyname"), PERSONAL),
)
# Only a query string or a form makes these a secret: in JSON "code" is the error code, and "key" names a setting.
_QUERY_CREDENTIALS = word_set("code key")

# In running text these words are followed by "=" or ":" for other reasons (HTML attributes, "address: 10.0.0.1").
_LOOSE_PROSE = word_set("""
    name names address addresses city company key keys user login mail mobile contact customer sender recipient receiver
    person ip pass sign pin session auth authentication street zip building attention town plaats stad ort nom tel pan
    forwarded birth vat lat bic swift buyer oauth nonce locality salutation gender apartment bearer coc gsm handy
    accountname nome nombre citta
""")
# What operators need of an address that is otherwise blanked out.
_KEPT_IN_PERSONAL = word_set("""
    id country countrycode countryiso countryiso2 countryiso3 countryid province provincecode state statecode region
    regioncode regionid type kind currency status isdefault default language languagecode locale
""")
# What makes, brings or pays for something is no customer's company.
_HARMLESS_ENDS = word_set("trackingcompany shippingcompany carriercompany creditcardcompany cardcompany")
# A "name" below these belongs to a thing, not to a person.
_THINGS = word_set("""
    lineitems lineitem items item parcelitems orderitems products product orderlines lines shippinglines shippingmethod
    shippingmethods shippingoption taxlines couponlines feelines status carrier carriers country countries store
    shop currency method paymentmethod categories category attributes warehouse integration service services plugin
    plugins theme
    customsdocuments documents variant variants tags channel shipment courier contract brand gateway
""")
THING_SIGNS: Final = frozenset(
    {"sku", "quantity", "price", "product_id", "productId", "slug", "variant_id", "item_id", "debug"}
)

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_WORD = re.compile(r"[^\W\d_]+")
_MARK = re.compile(rf"{MARKER}|redacted:credential@")


@lru_cache(maxsize=8192)
def _split(name: str) -> tuple[str, ...]:
    name = _MARK.sub(" ", name)
    if not name.isupper():
        name = _BOUNDARY.sub(" ", name)
    name = name.casefold()
    if not name.isascii():  # without accents: "prénom" is "prenom"
        name = unicodedata.normalize("NFKD", name)
        name = "".join(character for character in name if not unicodedata.combining(character))
    words = _WORD.findall(name)
    while len(words) > 1 and words[-1] in _FILLERS and words[:-1] != ["x"]:
        words.pop()
    return tuple(words)


def _is_credential(words: tuple[str, ...], ends: list[str]) -> bool:
    last = words[-1]
    if last in {"key", "keys"} and (len(words) == 1 or _is_plain_key(words)):
        return False
    if not _CREDENTIAL_ENDS.isdisjoint(ends):
        return True
    return last not in _DESCRIPTIONS and (
        not _CREDENTIAL_ANYWHERE.isdisjoint(words) or not _CREDENTIAL_ANYWHERE.isdisjoint(ends)
    )


def _is_plain_key(words: tuple[str, ...]) -> bool:
    return words[-2] in _HARMLESS_KEYS or (words[0] != "x" and words[-2] in _PLAIN_KEYS and words[-1] == "key")


@lru_cache(maxsize=8192)
def _judge(name: str) -> str | None:
    words = _split(name)
    if not words:
        return None
    ends = ["".join(words[start:]) for start in range(max(0, len(words) - 4), len(words))]
    if _is_credential(words, ends):
        return CREDENTIAL
    for known, kind in (
        (_HARMLESS_ENDS, None),
        (_EMAIL_ENDS, EMAIL),
        (_PHONE_ENDS, PHONE),
        (_IBAN_ENDS, IBAN),
        (_CARD_ENDS, CARD),
        (_PERSONAL_ENDS, PERSONAL),
    ):
        if not known.isdisjoint(ends):
            return kind
    if len(words) == 1 and words[0] in _PERSONAL_ALONE:
        return PERSONAL
    for endings, kind in _RUN_ENDS:
        if words[-1].endswith(endings):
            return kind
    return None


@lru_cache(maxsize=8192)
def _judge_parameter(name: str) -> str | None:
    kind = _judge(name)
    if kind is None:
        words = _split(name)
        if len(words) == 1 and words[0] in _QUERY_CREDENTIALS:
            return CREDENTIAL
    return kind


def kind_of(name: str) -> str | None:
    """The kind of secret that a JSON key, header or XML element of this name holds, or ``None`` where it holds none."""
    return _judge(name if len(name) <= _LONGEST_NAME else name[-_LONGEST_NAME:])


def kind_of_parameter(name: str) -> str | None:
    """As ``kind_of``, for a query parameter or a form field, where also ``code`` and ``key`` are credentials."""
    return _judge_parameter(name if len(name) <= _LONGEST_NAME else name[-_LONGEST_NAME:])


def kind_in_prose(name: str) -> str | None:
    """As ``kind_of``, for a bare word before ``=`` or ``:`` in running text: everyday words do not count."""
    kind = kind_of(name)
    return None if kind is not None and name.lower().strip("_-") in _LOOSE_PROSE else kind


@lru_cache(maxsize=1024)
def is_kept_in_personal(name: str) -> bool:
    """Whether a member of an address or a person stays legible: country, region, ids, types."""
    words = _split(name[-_LONGEST_NAME:])
    return "".join(words) in _KEPT_IN_PERSONAL or (len(words) > 1 and words[-1] == "id" and "national" not in words)


@lru_cache(maxsize=1024)
def is_name_only(name: str) -> bool:
    """Whether the key is exactly ``name``, which names a person or a thing depending on what surrounds it."""
    return _split(name[-_LONGEST_NAME:]) == ("name",)


@lru_cache(maxsize=1024)
def names_things(parent: str) -> bool:
    """Whether what stands below this key are things (order lines, carriers, countries) and not people."""
    return "".join(_split(parent[-_LONGEST_NAME:])) in _THINGS
