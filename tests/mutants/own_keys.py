"""Mutants of the encodings in which this stack's own keys are masked, of markers, and of keys that come twice."""

from __future__ import annotations

from tests.mutants.masking import within

ENCODINGS = tuple(
    within("marks", "own_keys.py::test_a_key_goes_in_every_usual_encoding", f"own-keys-{name}", edit)
    for name, edit in (
        ("in-one-case-alone", (", re.IGNORECASE)", ")")),
        (
            "not-in-base64url",
            ('spellings |= {code, code.replace("+", "-").replace("/", "_")}', "spellings.add(code)"),
        ),
        ("not-in-base64", ("spellings |= {code, code.replace(", "spellings |= {code.replace(")),
        ("not-in-hexadecimal", ('        spellings.add(key.encode(errors="replace").hex())\n', "")),
        ("not-in-urls", ('quote(key, safe="", errors="replace"), quote_plus(', "quote_plus(")),
        ("not-in-forms", (', quote_plus(key, errors="replace")}', "}")),
        ("not-in-json", ("{json.dumps(key)[1:-1], ", "{")),
        (
            "not-with-escaped-slashes",
            (r'    spellings |= {spelling.replace("/", "\\/") for spelling in spellings}' "\n", ""),
        ),
        (
            "not-as-basic-credentials",
            ('[*keys, *(f"{user}:{password}" for user in keys for password in keys)]', "keys"),
        ),
    )
)

MARKS = tuple(
    within("marks", test, name, edit)
    for test, name, edit in (
        (
            "own_keys.py::test_of_two_keys_the_longer_goes_whole",
            "the-shorter-key-goes-first",
            ("(-len(spelling), spelling)", "(len(spelling), spelling)"),
        ),
        (
            "own_keys.py::test_what_is_too_short_is_no_key",
            "a-word-is-a-key",
            ("_SHORTEST_KEY = 4", "_SHORTEST_KEY = 3"),
        ),
        ("marks.py::test_what_has_none", "credentials-have-pseudonyms", ("KINDS - {CREDENTIAL}", "KINDS")),
        (
            "marks.py::test_another_key_gives_other_pseudonyms",
            "pseudonyms-have-no-key",
            (", key=hashlib.sha256(self._ask().encode()).digest())", ")"),
        ),
        ("marks.py::test_spellings_of_one_value", "phones-are-compared-as-written", ('.replace("(0)", "")', "")),
        ("marks.py::test_markers_pass", "markers-are-masked-again", ('if "redacted" in value and', "if False and")),
        (
            "marks.py::test_a_likeness_of_a_marker_is_no_marker",
            "brackets-hide-a-name",
            ("_WHOLE_MARKER.fullmatch(", "_WHOLE_MARKER.match("),
        ),
    )
)

DOCUMENTS = tuple(
    within("redactor", "redactor.py::test_the_first_of_two_equal_keys_is_kept", name, edit)
    for name, edit in (
        (
            "the-last-of-two-equal-keys-is-kept",
            ("            if len(unique) != len(pairs):\n", "            if False:\n"),
        ),
        ("a-repeated-key-is-written-over", ("unique[numbered(key, unique)] = value", "unique[key] = value")),
    )
)

OWN_KEYS = ENCODINGS + MARKS + DOCUMENTS
