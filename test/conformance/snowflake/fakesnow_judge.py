"""Runs cases in fakesnow, an imitation of Snowflake that others wrote: JSON of cases on stdin, JSON of answers on stdout.

A case is {"setup": [statement, ...], "sql": statement}; an answer {"rows": [...], "columns": [...]} or {"error": [...]}.
"""

import datetime
import decimal
import json
import sys
import warnings

import fakesnow
import snowflake.connector

warnings.filterwarnings("ignore")

# The connector's type codes, in the words of the Node.js driver.
TYPES = [
    "fixed", "real", "text", "date", "timestamp", "variant", "timestamp_ltz", "timestamp_tz", "timestamp_ntz",
    "object", "array", "binary", "time", "boolean",
]
SEMI_STRUCTURED = {"variant", "object", "array"}


def plain(value, type_name):
    """A value as JSON holds it: numbers as text, moments in ISO form, what VARIANT holds by its own type."""
    if value is None:
        return None
    if type_name in SEMI_STRUCTURED and isinstance(value, str):
        return json.loads(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, (int, decimal.Decimal)):
        return format(value, "f") if isinstance(value, decimal.Decimal) else str(value)
    if isinstance(value, datetime.datetime):
        text = value.strftime("%Y-%m-%d %H:%M:%S")
        return f"{text}.{value.microsecond:06d}".rstrip("0") if value.microsecond else text
    if isinstance(value, datetime.time):
        return value.strftime("%H:%M:%S")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray)):
        return bytes(value).hex().upper()
    return value


def answer(cursor, case):
    try:
        for statement in [*case["setup"], case["sql"]]:
            cursor.execute(statement)
        types = [TYPES[column.type_code] for column in cursor.description]
        rows = [[plain(value, name) for value, name in zip(row, types)] for row in cursor.fetchall()]
        return {"rows": rows, "columns": [f"{c.name} {t}" for c, t in zip(cursor.description, types)]}
    except snowflake.connector.errors.Error as error:
        return {"error": [f"{error.errno:06d}", error.sqlstate or ""]}
    except Exception as error:  # fakesnow raises what DuckDB and sqlglot raise
        return {"error": [type(error).__name__, str(error)[:200]]}


def leaves_nothing(case, given):
    """Whether the next case may run in the same fakesnow: starting one takes longer than any case."""
    return not case["setup"] and case["sql"].startswith("SELECT") and "error" not in given


def judge(cases):
    answers = []
    while len(answers) < len(cases):
        with fakesnow.patch():
            cursor = snowflake.connector.connect(database="CONFORMANCE", schema="TEST").cursor()
            for case in cases[len(answers) :]:
                if case["setup"] and cursor.sfqid:
                    break
                answers.append(answer(cursor, case))
                if not leaves_nothing(case, answers[-1]):
                    break
    return answers


json.dump(judge(json.load(sys.stdin)), sys.stdout)
