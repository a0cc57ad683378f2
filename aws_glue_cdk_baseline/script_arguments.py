"""Which arguments a job script asks for, read from its text without running it."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Arguments:
    """The arguments that a script asks for, by `glue_job(...)` or `getResolvedOptions(sys.argv, [...])`."""

    required: frozenset[str]
    optional: frozenset[str]


def script_arguments(script: Path) -> Arguments | None:
    """Read from a script's text which arguments it asks for.

    Returns
    -------
    Arguments or None
        None if the script does not say it in a way that can be read (names that are computed, another library).

    Raises
    ------
    SyntaxError
        If the script is not valid Python.
    """
    required: set[str] = set()
    optional: set[str] = set()
    readable = False
    for call in (node for node in ast.walk(_parse(script)) if isinstance(node, ast.Call)):
        function = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if function == "glue_job":
            names: Iterable[ast.expr] = call.args
            optional |= {keyword.arg for keyword in call.keywords if keyword.arg}
            whole = all(keyword.arg for keyword in call.keywords)
        elif (
            function == "getResolvedOptions" and len(call.args) == 2 and isinstance(call.args[1], ast.List | ast.Tuple)
        ):
            names, whole = call.args[1].elts, True
        else:
            continue
        literal = {node.value for node in names if isinstance(node, ast.Constant) and isinstance(node.value, str)}
        if not whole or len(literal) != len(list(names)):
            return None
        required |= literal
        readable = True
    return Arguments(frozenset(required), frozenset(optional)) if readable else None


def _parse(script: Path) -> ast.Module:
    try:
        return ast.parse(script.read_bytes(), script.name)
    except ValueError as error:  # so said Python 3.11 of a null byte until 3.11.4
        raise SyntaxError(str(error)) from None
    except (RecursionError, MemoryError):
        raise SyntaxError("it is nested too deeply") from None
