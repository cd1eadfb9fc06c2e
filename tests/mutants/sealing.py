"""Mutants of DuckDB's seal, and of what is done about archive objects that are odd."""

from __future__ import annotations

from tests.mutants.mutant import Mutant

FOLDER = "functions/archive_logs/merging"
DATABASE, COLUMNS, MERGE, SQL = (f"{FOLDER}/{name}.py" for name in ("database", "columns", "merge", "sql"))
TESTS = "tests/unit/archive_logs/merging"
SEALED, ODD = f"{TESTS}/test_database.py", f"{TESTS}/test_odd_objects.py"
REFUSED, CONFIGURED = f"{SEALED}::test_what_is_refused", f"{SEALED}::test_how_it_is_configured"

SEALING = (
    Mutant(
        "duckdb-installs-what-it-lacks",
        DATABASE,
        (('"autoinstall_known_extensions": False', '"autoinstall_known_extensions": True'),),
        (f"{CONFIGURED}[merging-autoinstall_known_extensions-False]",),
    ),
    Mutant(
        "duckdb-loads-what-it-lacks",
        DATABASE,
        (('"autoload_known_extensions": False', '"autoload_known_extensions": True'),),
        (f"{CONFIGURED}[reading-autoload_known_extensions-False]",),
    ),
    Mutant(
        "duckdb-may-read-anything",
        DATABASE,
        (('    database.execute("SET GLOBAL enable_external_access = false")\n', ""),),
        (
            f"{REFUSED}[merging-a file elsewhere]",
            f"{REFUSED}[reading-loading]",
            f"{REFUSED}[merging-writing elsewhere]",
        ),
    ),
    Mutant(
        "duckdb-may-read-what-is-beside-its-folder",
        DATABASE,
        (("[{quoted(folder)}]", "[{quoted(folder.parent)}]"),),
        (f"{REFUSED}[merging-writing elsewhere]",),
    ),
    Mutant(
        "duckdb-may-read-nothing",
        DATABASE,
        (("[{quoted(folder)}]", "[]"),),
        (f"{SEALED}::test_what_it_is_for[merging]", f"{SEALED}::test_what_it_is_for[reading]"),
    ),
    Mutant(
        "duckdb-can-be-unsealed",
        DATABASE,
        (('    database.execute("SET GLOBAL lock_configuration = true")\n', ""),),
        (f"{REFUSED}[merging-a setting]", f"{REFUSED}[reading-another zone]"),
    ),
    Mutant(
        "an-odd-object-is-a-bug",
        DATABASE,
        (("(duckdb.Error, ValueError)", "(duckdb.DataError, duckdb.InvalidInputException, ValueError)"),),
        (f"{ODD}::test_an_object_that_is_none_of_ours[a name of the reader]", f"{ODD}::test_a_footer_that_is_broken"),
    ),
    Mutant(
        "want-of-memory-is-the-objects-fault",
        DATABASE,
        (("    except _out_of_resources():\n        raise\n", ""),),
        (f"{TESTS}/test_merge.py::test_a_full_disk_is_no_fault_of_the_data",),
    ),
    Mutant(
        "a-quote-ends-a-name",
        SQL,
        (("""name.replace('"', '""')""", "name"),),
        (f"{ODD}::test_a_name_that_is_odd[quotes]", f"{ODD}::test_a_name_that_is_odd[an end of a statement]"),
    ),
    Mutant(
        "a-column-may-be-of-any-type",
        COLUMNS,
        (("if kind != _KINDS.get(name, kind):", "if False:"),),
        (f"{ODD}::test_an_object_that_is_none_of_ours[a number as text]",),
    ),
    Mutant(
        "a-column-may-be-called-like-one-of-ours",
        COLUMNS,
        (("if name not in _KINDS and name.lower() in _TAKEN:", "if False:"),),
        (
            f"{ODD}::test_an_object_that_is_none_of_ours[a name in another case]",
            f"{ODD}::test_an_object_that_is_none_of_ours[a name of the merge]",
        ),
    ),
    Mutant(
        "a-reader-takes-unknown-columns-for-its-own",
        COLUMNS,
        (("if whole and name not in _KINDS]", "if name not in _KINDS]"),),
        (f"{ODD}::test_a_name_of_a_reader_is_no_column_of_its_rows",),
    ),
    Mutant(
        "an-object-that-cannot-be-read-is-a-bug",
        "layers/shared/integration_logs/answers/routing.py",
        (("if isinstance(error, ObjectUnreadable):", "if not isinstance(error, IntegrationLogsError):"),),
        (f"{ODD}::test_an_object_that_is_none_of_ours[an id as bytes]",),
    ),
)
