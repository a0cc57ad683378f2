"""The tables whose rows change on their way: a pure function each, named as its table. All others go as they are.

A function takes some of the table's rows as a ``pyarrow.Table`` and returns as many, in the same order. Whole numbers
are int64 or uint64, bytes are binary, and everything else is the text that MySQL prints of it, so that nothing is lost;
what it returns may be typed: decimals, dates, timestamps. A text in the column ``_reject`` sends a row to the
quarantine, for that reason. Columns that are added, renamed or retyped need a contract (``contracts`` of the job).

Examples
--------
>>> def customers(rows: pa.Table) -> pa.Table:
...     email = pc.utf8_lower(rows["email"])
...     unknown = pc.if_else(pc.match_substring(email, "@"), None, pa.scalar("no e-mail address"))
...     return rows.set_column(rows.column_names.index("email"), "email", email).append_column("_reject", unknown)
"""
