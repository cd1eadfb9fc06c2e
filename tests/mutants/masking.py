"""Mutants of what redaction finds: by a value's form, its name, the markup around it, and what an object's keys say."""

from __future__ import annotations

from tests.mutants.mutant import SHARED, Mutant

REDACTION, TESTS = f"{SHARED}/redaction", "tests/unit/integration_logs/redaction"


def within(part: str, test: str, name: str, *edits: tuple[str, str]) -> Mutant:
    """A mutant of one part of redaction, and the test of its own that fails."""
    return Mutant(name, f"{REDACTION}/{part}.py", edits, (f"{TESTS}/test_{test}",))


FORMS = tuple(
    within("forms", f"forms.py::{test}", name, edit)
    for test, name, edit in (
        ("test_credentials", "escaped-slashes-hide-a-password", (r"(?P<slashes>//|\\/\\/)", "(?P<slashes>//)")),
        ("test_credentials", "a-password-ends-at-its-first-at-sign", (r"<>?#\\]*@" '"\n', r"<>?#\\@]*@" '"\n')),
        ("test_credentials", "a-private-key-has-an-end", (r"-----|\Z)", "-----)")),
        ("test_credentials", "basic-credentials-are-long", ('return b":" in', "return False and")),
        ("test_credentials", "a-webhooks-secret-shows-by-no-sign", ("|(?<=hsec_|thub_)", "|(?<=thub_)")),
        ("test_credentials", "a-dashed-key-shows-by-no-sign", ('    ("sk-", _DASHED_KEY),\n', "")),
        ("test_credentials", "a-token-without-dots-is-none", (r"|[\w+/-]{8,}+(?:[.=]++[\w+/-]*+)*+)", ")")),
        ("test_credentials", "a-command-lines-password-stays", ('if "-u" in text:', 'if "--u" in text:')),
        ("test_personal_data", "a-display-name-stays", ("""if '" <' in text and""", """if '"<' in text and""")),
        ("test_personal_data", "a-phone-has-no-zero-in-brackets", (r"[1-9](?:[ ().\-/\u00a0]{0,2}", "[1-9](?:[ -]?")),
        ("test_personal_data", "an-account-is-in-capitals", ("found[:2].upper()", 'found[:2] or "NL"')),
        ("test_personal_data", "a-card-has-sixteen-digits", ("_CARD_LENGTHS = (19, 16, 15)", "_CARD_LENGTHS = (16,)")),
        ("test_what_only_looks_like_one", "a-picture-is-a-mailbox", (r"(?!\dx\.(?:png|jpe?g|gif|webp|svg|avif))", "")),
        ("test_what_only_looks_like_one", "prose-is-a-token", ("word in _SCHEME_PROSE or not", "not")),
        (
            "test_what_only_looks_like_one",
            "any-long-number-is-a-card",
            ("            and _has_valid_luhn(digits[:count])\n", ""),
        ),
        ("test_what_only_looks_like_one", "a-card-goes-on", ("if not found[end : end + 1].isdigit():", "if end:")),
        ("test_what_only_looks_like_one", "any-account-is-one", (" % 97 == 1", " % 97 >= 0")),
        ("test_what_only_looks_like_one", "an-account-goes-on", (" and not found[end : end + 1].isalnum()", "")),
        ("test_a_kept_kind_stays", "a-kept-mailbox-is-masked", ("if EMAIL in marks.kept else", "if False else")),
        ("test_numbers", "a-number-is-no-card", ("return 10**14 <= number < 10**19 and", "return number > 10**19 and")),
    )
)

KEYS = tuple(
    within("keys", f"keys.py::{test}", name, edit)
    for test, name, edit in (
        (
            "test_what_is_secret",
            "capitals-begin-no-word",
            (r're.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")', 're.compile("(?!)")'),
        ),
        ("test_what_is_secret", "accents-make-another-name", ("if not name.isascii():", "if False:")),
        ("test_what_is_secret", "a-hash-of-it-is-none", ('and words[:-1] != ["x"]', "and False")),
        ("test_what_is_secret", "a-headers-key-may-be-plain", ('words[0] != "x" and ', "")),
        ("test_what_is_secret", "a-name-is-one-word", ("range(max(0, len(words) - 4)", "range(max(0, len(words) - 1)")),
        ("test_what_is_secret", "names-have-gaps", ("if words[-1].endswith(endings):", "if words[-1] in endings:")),
        ("test_what_is_secret", "a-reset-is-no-password", ("not _CREDENTIAL_ANYWHERE.isdisjoint(words)", "False")),
        ("test_what_is_not", "a-tokens-type-is-a-token", ("last not in _DESCRIPTIONS and", "True and")),
        ("test_what_is_not", "every-key-is-a-credential", ("(len(words) == 1 or _is_plain_key(words))", "False")),
        ("test_what_is_not", "a-shop-is-a-person", ("len(words) == 1 and words[0] in _PERS", "words[-1] in _PERS")),
        ("test_what_is_not", "a-carrier-is-a-customer", ("        (_HARMLESS_ENDS, None),\n", "")),
        (
            "test_long_names_are_read_from_their_end",
            "a-long-names-beginning-decides",
            (
                "return _judge(name if len(name) <= _LONGEST_NAME else name[-_LONGEST_NAME:])",
                "return _judge(name[:_LONGEST_NAME])",
            ),
        ),
        ("test_a_marker_in_a_name_says_nothing", "a-marker-is-a-name", ('    name = _MARK.sub(" ", name)\n', "")),
        ("test_only_a_parameter", "a-code-in-a-query-stays", ("words[0] in _QUERY_CREDENTIALS", "False")),
        ("test_everyday_words", "prose-is-full-of-secrets", ("in _LOOSE_PROSE else kind", "in () else kind")),
        ("test_what_stays_of_a_person", "a-national-id-stays", (' and "national" not in words', "")),
    )
)

NAMED = tuple(
    within("named", f"named.py::{test}", name, edit)
    for test, name, edit in (
        (
            "test_a_value_goes",
            "an-ampersand-written-out-is-none",
            ('found.before == ";" and text.endswith(("&amp;", "&#38;"), 0, found.start)', "False"),
        ),
        ("test_a_value_goes", "an-encoded-bracket-is-no-name", ("        name = unquote(name)\n", "        pass\n")),
        ("test_a_value_goes", "an-encoded-equals-is-none", (r"(?<=%)(?<![\w%-].)3[AaDd]|", "")),
        ("test_a_value_goes", "a-headers-line-does-not-go-on", (r"(?:\r?\n[ \t]+[^\r\n]*+)*+", "")),
        (
            "test_a_value_goes",
            "a-line-of-several-is-prose",
            (r'in "\r\n" if position else "\n" in text', 'in "" if 1 else 0'),
        ),
        (
            "test_a_value_goes",
            "an-escaped-quote-ends-a-value",
            (r'[^\"\\]|\\.)*+", re.DOTALL),' + '\n    "', r'[^\"])*+"),' + '\n    "'),
        ),
        (
            "test_a_value_goes",
            "quotes-are-not-escaped",
            (r'_OPENING_QUOTE = re.compile(r"\\*', '_OPENING_QUOTE = re.compile(r"'),
        ),
        ("test_a_value_goes", "a-list-is-no-value", ("elif found.close and (listed", "elif False and (listed")),
        ("test_a_value_goes", "php-assigns-by-equals-alone", ("(?<==)>?|", "(?<==)|")),
        ("test_a_value_goes", "php-serialises-nothing", (r"|(?<=;)s:\d{1,9}:", "")),
        (
            "test_a_value_goes",
            "a-pair-has-no-name",
            ("return CREDENTIAL if close and", "return CREDENTIAL if not close and"),
        ),
        ("test_what_stays", "a-scheme-is-a-name", ("(?<=:)(?!//)", "(?<=:)")),
        (
            "test_what_stays",
            "every-pair-is-secret",
            ("and kind_of(name) == CREDENTIAL else None", "and kind_of(name) else None"),
        ),
        ("test_a_kept_kind_stays", "a-kept-name-is-masked", (" and kind not in marks.kept:", ":")),
    )
)

TEXT = tuple(
    within("text", f"text.py::{test}", name, edit)
    for test, name, edit in (
        ("test_a_text", "percent-signs-hide", ('if "%" in text and', 'if "%%" in text and')),
        ("test_a_text", "percent-signs-twice-hide", (r'"%(?:25)++(?=[0-9A-Fa-f]{2})"', '"(?!)"')),
        ("test_a_text", "character-references-hide", ('if "&" in text and ";" in text:', 'if "&&" in text:')),
        ("test_a_text", "markup-hides", ('if "<" in text or "&lt;/" in text or', "if")),
        ("test_a_text", "own-keys-stay-in-texts", ("    text = marks.own.mask(text)\n", "")),
        ("test_a_text", "pairs-hide", ("""or "'," in text or '",' in text:""", ":")),
        (
            "test_a_form",
            "a-fields-name-says-nothing",
            ("if kind is not None and kind not in marks.kept and value:", "if kind and not value:"),
        ),
        ("test_a_form", "whom-a-form-goes-to-stays", ("""if name == "to" and""", """if name == "two" and""")),
        ("test_a_form", "a-fields-name-holds-nothing", ('f"{_encoded(name, redact)}{equals}', 'f"{name}{equals}')),
        (
            "test_a_form",
            "a-field-is-written-anew",
            ("return text if redacted == plain else quote_plus(", "return quote_plus("),
        ),
        ("test_what_is_no_form", "any-text-is-a-form", ("_FORM_NAME.fullmatch(name)", "True")),
        (
            "test_a_text_that_never_settles_goes_whole",
            "what-never-settles-stays",
            ("return text if found == text else self._marks.mark(PERSONAL, text)", "return text"),
        ),
    )
)

MARKUP = tuple(
    within("markup", f"markup.py::{test}", name, edit)
    for test, name, edit in (
        ("test_a_value_goes", "a-namespace-hides", ('.rpartition(":")[2]', "")),
        ("test_a_value_goes", "cdata-hides", (r"|<!\[CDATA\[[^\]]*+\]\]>", "")),
        ("test_a_value_goes", "escaped-markup-hides", ('if "&lt;/" in text:', 'if "&lt;//" in text:')),
        (
            "test_a_value_goes",
            "a-tables-label-says-nothing",
            ("            text = _LABELLED.sub(lambda found: _mask_labelled(found, marks), text)\n", ""),
        ),
        (
            "test_a_value_goes",
            "an-inputs-value-has-quotes",
            (r"|[^\s\"'<>]++)" + '", re.IGNORECASE\n', ')", re.IGNORECASE\n'),
        ),
        (
            "test_a_value_goes",
            "a-part-is-no-parameter",
            ('kind = kind_of_parameter(match["name"])', 'kind = kind_of(match["name"])'),
        ),
        (
            "test_a_value_goes",
            "a-part-has-one-line",
            (r"(?P<value>.*?)(?=\r?\n--|\Z)", r"(?P<value>[^\n]*+)(?=\r?\n--|\Z)"),
        ),
        ("test_a_value_goes", "columns-are-parted-by-commas", ('_DELIMITERS = ";\\t,|"', '_DELIMITERS = ","')),
        (
            "test_a_value_goes",
            "a-row-loses-its-quotes",
            (" if delimiter in cell or '\"' in cell else cell", " if False else cell"),
        ),
        ("test_what_stays", "an-inputs-everyday-name-counts", ("kind_in_prose(name[1]) if", "kind_of(name[1]) if")),
        ("test_what_stays", "two-columns-are-a-table", ("head.count(each) > 1", "head.count(each) > 0")),
        ("test_what_stays", "prose-is-a-table", ("if not all(map(_COLUMN.fullmatch, names)):", "if False:")),
        ("test_what_stays", "a-short-row-is-masked", ("    if len(cells) != columns:\n        return line\n", "")),
        (
            "test_a_kept_kind_stays",
            "a-kept-column-is-masked",
            ("if kind is not None and kind not in marks.kept}", "if kind is not None}"),
        ),
    )
)

SHAPES = tuple(
    within("shapes", f"shapes.py::{test}", name, edit)
    for test, name, edit in (
        ("test_a_thing_has_a_name", "a-sku-makes-no-thing", (" or not THING_SIGNS.isdisjoint(keys)", "")),
        ("test_a_thing_has_a_name", "a-thing-has-no-person", ("(is_thing and is_name_only(name))", "is_thing")),
        (
            "test_a_thing_has_a_name",
            "a-person-is-remembered-as-a-thing",
            ("self._known[is_thing]", "self._known[True]"),
        ),
        ("test_a_kept_kind_is_none", "a-kept-member-is-masked", ("kind in self._kept or", "")),
        (
            "test_names_without_secrets_are_kept_apart",
            "keys-are-taken-as-they-are",
            ("name = self._clean(key)", "name = key"),
        ),
        (
            "test_names_without_secrets_are_kept_apart",
            "equal-keys-fall-together",
            ("            name = numbered(name, fields)\n", ""),
        ),
        (
            "test_a_number_that_is_taken_is_passed_over",
            "a-number-is-never-taken",
            ('while (free := f"{key} {number}") in taken:', 'while not (free := f"{key} {number}"):'),
        ),
        (
            "test_what_is_remembered_is_bounded",
            "shapes-are-kept-for-good",
            ("                    known.clear()\n", "                    pass\n"),
        ),
    )
)

MASKING = FORMS + KEYS + NAMED + TEXT + MARKUP + SHAPES
