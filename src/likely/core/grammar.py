"""The grammar of expressions: a text becomes a checked syntax tree, or one sentence.

Two sieves: a lexer that lets through numbers, names and operators only (no dot, quote,
brace or assignment ever reaches Python's parser), then a whitelist of syntax nodes.
"""

import ast
import math
import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from .errors import LikelyError, nearest
from .special import SPECIAL

MAX_LENGTH = 10_000  # characters
MAX_DEPTH = 100  # nested operations: far below the recursion limit of Python
MAX_DIGITS = 40  # of one number
CONSTANTS = {"pi": math.pi}

_MANY = 1000
_ONE_ARGUMENT = """
    sqrt exp log log10 log2 log1p expm1 sin cos tan arcsin arccos arctan sinh cosh tanh
    arcsinh arccosh arctanh absolute sign floor ceil isfinite isnan degrees radians
"""
_TWO_ARGUMENTS = "arctan2 minimum maximum hypot power mod fmod"
_ALIASES = {
    "abs": "absolute",
    "fabs": "absolute",
    "pow": "power",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "atan2": "arctan2",
    "asinh": "arcsinh",
    "acosh": "arccosh",
    "atanh": "arctanh",
    "lgamma": "gammaln",
    "sigmoid": "expit",
}


@dataclass(frozen=True)
class Function:
    """A function of the grammar: its name in NumPy or SciPy, and how many arguments."""

    numpy: str
    fewest: int
    most: int


FUNCTIONS = (
    {name: Function(name, 1, 1) for name in (*_ONE_ARGUMENT.split(), *SPECIAL)}
    | {name: Function(name, 2, 2) for name in _TWO_ARGUMENTS.split()}
    | {"where": Function("where", 3, 3), "clip": Function("clip", 3, 3)}
    | {"min": Function("minimum", 2, _MANY), "max": Function("maximum", 2, _MANY)}
    # NumPy's `round` calls a method of its argument, which a parameter does not have.
    | {"round": Function("rint", 1, 1)}
)
FUNCTIONS |= {alias: FUNCTIONS[name] for alias, name in _ALIASES.items()}

_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<symbol>\*\*|//|<=|>=|==|!=|&&|\|\||[-+*/%<>&|!~(),\[\]])"
)
_SPELLING = {"&": "and", "&&": "and", "|": "or", "||": "or", "!": "not", "~": "not"}
_HINTS = {
    "=": "write `==` to compare",
    "^": "write `**` for a power",
    "?": "write `a if condition else b`",
    ":": "write a function by its plain name, and `a if condition else b`",
    ".": "write a function by its plain name (`sqrt(x)`), there are no attributes",
    "'": "text is not possible, only numbers and columns",
    '"': "text is not possible, only numbers and columns",
}

_CONDITIONS = (ast.BoolOp, ast.Compare, ast.IfExp)
_ALLOWED = (
    *(ast.Constant, ast.Name, ast.UnaryOp, ast.BinOp, ast.Call, *_CONDITIONS),
    *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow),
    *(ast.UAdd, ast.USub, ast.Not, ast.And, ast.Or, ast.Load),
    *(ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq, ast.In, ast.NotIn),
)


@dataclass(frozen=True)
class _Token:
    text: str
    column: int  # of the user's text, from 0
    place: int  # in the Python text, from 0
    python: str


@dataclass(frozen=True)
class _Source:
    """The user's text and its tokens, to say where something is wrong."""

    text: str
    tokens: tuple[_Token, ...] = ()

    def error(self, place: int, reason: str) -> LikelyError:
        """Return the sentence for what stands at `place` of the Python text."""
        after = bisect_right([token.place for token in self.tokens], place)
        token = self.tokens[max(after - 1, 0)]
        return self.error_at(token.column, token.text, reason)

    def error_at(self, column: int, shown: str, reason: str) -> LikelyError:
        end = "" if reason.endswith("?") else "."
        return LikelyError(
            f"the expression `{shorten(self.text)}` cannot be read at column "
            f"{column + 1}, `{shorten(shown, 20)}`: {reason}{end}"
        )


def shorten(text: str, length: int = 120) -> str:
    """Return `text` on one line of at most `length` characters, for a message."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 4] + " ..."


def checked_tree(text: str) -> ast.expr:
    """Return the syntax tree of `text`, every node of which is on the whitelist.

    Raises:
        LikelyError: If `text` is not an expression of the grammar.
    """
    if not isinstance(text, str) or not text.strip():
        raise LikelyError(
            "an expression must be a text such as `sqrt(x**2 + y**2)`; got "
            f"{shorten(repr(text))}."
        )
    if len(text) > MAX_LENGTH:
        raise LikelyError(
            f"an expression may have {MAX_LENGTH} characters, got {len(text)}; define "
            "its parts as columns of their own."
        )
    source = _Source(text, tuple(_tokens(text)))
    try:
        # Spaces between the tokens: `1if` and `0x1for` would warn or read as others.
        tree = ast.parse(" ".join(token.python for token in source.tokens), mode="eval")
    except SyntaxError as error:
        if not error.offset:  # Python's parser expects more behind the last token
            last = source.tokens[-1]
            reason = "something is missing behind it"
            raise source.error_at(last.column, last.text, reason) from None
        reason = "syntax error" if error.msg == "invalid syntax" else error.msg
        raise source.error(error.offset - 1, reason) from None
    except (RecursionError, MemoryError):
        raise _too_deep(text) from None
    _check(tree.body, source, 0)
    return tree.body


def _tokens(text: str) -> Iterator[_Token]:
    column = place = 0
    while column < len(text):
        match = _TOKEN.match(text, column)
        if match is None:
            hint = _HINTS.get(
                text[column], "only numbers, names and operators may stand"
            )
            raise _Source(text).error_at(column, text[column], hint)
        token = match.group()
        if match.lastgroup == "number":
            _check_number(token, column, text)
        if match.lastgroup != "space":
            python = _SPELLING.get(token, token)
            yield _Token(token, column, place, python)
            place += len(python) + 1
        column = match.end()


def _check_number(token: str, column: int, text: str) -> None:
    if sum(character.isdigit() for character in token) > MAX_DIGITS:
        reason = f"a number may have {MAX_DIGITS} digits"
    elif math.isinf(float(token)):
        reason = "the number is too large"
    else:
        return
    raise _Source(text).error_at(column, token, reason)


def _too_deep(text: str) -> LikelyError:
    return LikelyError(
        f"the expression `{shorten(text)}` nests more than {MAX_DEPTH} operations; "
        "define its parts as columns of their own."
    )


def _check(node: ast.AST, source: _Source, depth: int) -> None:
    if depth > MAX_DEPTH and isinstance(node, ast.expr):
        raise _too_deep(source.text)
    place = getattr(node, "col_offset", 0)
    if not isinstance(node, _ALLOWED):
        raise source.error(place, _why_not(node))
    if isinstance(node, ast.Constant) and not isinstance(node.value, int | float):
        raise source.error(place, "only numbers, `True` and `False` are constants")
    if isinstance(node, ast.UnaryOp | ast.BoolOp):
        _check_condition(node, source)
    for child in _children(node, source):
        _check(child, source, depth + 1)


def _children(node: ast.AST, source: _Source) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call):
        _check_call(node, source)
        yield from node.args
    elif isinstance(node, ast.Compare):
        yield node.left
        for operation, right in zip(node.ops, node.comparators, strict=True):
            yield operation
            yield from _members(right, source) if is_list_of(operation) else [right]
    else:
        yield from ast.iter_child_nodes(node)


def is_list_of(operation: ast.cmpop) -> bool:
    """Return whether what follows is a list: `x in (1, 2)`, `x not in [1, 2]`."""
    return isinstance(operation, ast.In | ast.NotIn)


def _members(node: ast.expr, source: _Source) -> list[ast.expr]:
    if isinstance(node, ast.Tuple | ast.List) and node.elts:
        return node.elts
    raise source.error(node.col_offset, "`in` takes a list, as in `x in (1, 2)`")


def _check_call(node: ast.Call, source: _Source) -> None:
    if not isinstance(node.func, ast.Name):
        raise source.error(node.col_offset, "only a function by its name can be called")
    name = node.func.id
    if name not in FUNCTIONS:
        hint = nearest(name, FUNCTIONS)
        raise source.error(node.col_offset, f"there is no function `{name}`; {hint}")
    fewest, most = FUNCTIONS[name].fewest, FUNCTIONS[name].most
    if not fewest <= len(node.args) <= most:
        wanted = f"{fewest}" if fewest == most else f"at least {fewest}"
        reason = f"`{name}` takes {wanted} argument(s), got {len(node.args)}"
        raise source.error(node.col_offset, reason)
    if node.keywords:  # unreachable while the lexer stops `=`
        raise source.error(node.col_offset, f"`{name}` takes no keywords")


def _check_condition(node: ast.UnaryOp | ast.BoolOp, source: _Source) -> None:
    """Refuse what C++ and this grammar would read differently."""
    if isinstance(node, ast.BoolOp):
        for value in node.values:
            if isinstance(value, ast.Constant) and not isinstance(value.value, bool):
                reason = "`and`, `or`, `&`, `|` join conditions, they mask no bits"
                raise source.error(value.col_offset, reason)
    elif isinstance(node.op, ast.Not) and isinstance(
        node.operand, ast.Compare | ast.BinOp
    ):
        # The node of `not (a == b)` starts behind the parenthesis, `not a == b` at it.
        bare = node.operand.col_offset == node.col_offset + len("not ")
        token = source.tokens[
            bisect_right([t.place for t in source.tokens], node.col_offset) - 1
        ]
        if bare and token.text != "not":
            reason = f"put parentheses around what `{token.text}` negates"
            raise source.error(node.col_offset, reason)


def _why_not(node: ast.AST) -> str:
    if isinstance(node, ast.Subscript):
        return (
            "an element of a list cannot be taken; write a column with one number an "
            "event into the file"
        )
    if isinstance(node, ast.Tuple | ast.List):
        return "a list may only follow `in`"
    return f"`{type(node).__name__}` is not part of the grammar"
