"""Shows the examples in docstrings as code: the generator of the reference takes them for quotations otherwise.

An example is a paragraph that begins with `>>>`; it gets a fence around it.
"""

from typing import Any

from griffe import Extension, Object


class Doctests(Extension):
    """Fences the examples of everything that has a docstring."""

    def on_object(self, *, obj: Object, **_: Any) -> None:
        """Change the docstring of *obj*, as far as the pages are concerned."""
        if obj.docstring is not None:
            obj.docstring.value = fenced(obj.docstring.value)


def fenced(text: str) -> str:
    r"""Return *text* with a fence around each example.

    >>> fenced("Add.\n\n>>> 1 + 1\n2").splitlines()
    ['Add.', '', '```pycon', '>>> 1 + 1', '2', '```']
    """
    return "\n\n".join(f"```pycon\n{part}\n```" if part.startswith(">>>") else part for part in text.split("\n\n"))
