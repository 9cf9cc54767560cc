"""A hook of mkdocs: the formulas of a page become MathML, which needs no script.

Browsers draw MathML themselves, so the pages load nothing from the network.
"""

import html
import re
from typing import Any

from math_core import LatexError, LatexToMathML
from mkdocs.exceptions import PluginError

# What the extension arithmatex, in its generic form, makes of $...$ and $$...$$.
FORMULA = re.compile(
    r'<(?P<tag>span|div) class="arithmatex">\s*'
    r"\\[(\[](?P<tex>.*?)\\[)\]]\s*</(?P=tag)>",
    re.DOTALL,
)


def on_page_content(content: str, /, *, page: Any, **_: Any) -> str:
    """Return the page with every formula as MathML.

    Raises:
        PluginError: If a formula has a command that is not known.
    """
    converter = LatexToMathML()

    def converted(match: re.Match[str]) -> str:
        tex = html.unescape(match["tex"])
        display = match["tag"] == "div"
        try:
            return converter.convert_with_local_state(tex, displaystyle=display)
        except LatexError as error:
            raise PluginError(f"{page.file.src_uri}: `{tex}`: {error}") from None

    return FORMULA.sub(converted, content)
