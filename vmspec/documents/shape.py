"""What a document is but for its texts, taken down by the walk that else makes the spec itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from vmspec.documents.xml.reader import GrammarMismatch, Maker, ReadText, made, walked
from vmspec.model.schema import Part, Values
from vmspec.model.spec import VirtualMachineSpec

if TYPE_CHECKING:
    from typing import Any

    from lxml.etree import _Element

Number = int
"""Of a thing that a document holds: from 0 on the values of its texts, and from -1 downwards what its steps
make, so that neither needs to know how many there are of the others."""

Step = tuple[type[Part], Values, list[tuple[str, Number]]] | list[Number]
"""How one thing is made: an object, or a tuple of things."""


class Shape:
    """What reads each text of a document, and what is made of them.

    It holds the attributes of the document and none of its texts, so it may be kept.
    """

    __slots__ = ("_reads", "_steps", "allowed")

    def __init__(self, reads: list[ReadText], steps: list[Step]) -> None:
        self._reads, self._steps = reads, steps
        self.allowed = False
        """Whether the XSD allowed a document of this shape, under libxml2."""

    def spec_of(self, texts: Sequence[str]) -> VirtualMachineSpec:
        """The spec of a document of this shape; raises Refused where a text stands for no value."""
        try:
            things: list[Any] = [read(text) for read, text in zip(self._reads, texts, strict=True)]
        except ValueError:
            raise GrammarMismatch from None
        things += [None] * len(self._steps)
        place = len(things)
        for step in self._steps:
            place -= 1
            if isinstance(step, list):
                things[place] = tuple([things[number] for number in step])
            else:
                cls, known, fields = step
                things[place] = made(cls, known, [(name, things[number]) for name, number in fields])
        spec: VirtualMachineSpec = things[place]
        return spec


def shape_of(root: _Element) -> tuple[Shape, list[str]]:
    """The shape of a tree, and its texts; raises Refused where the grammar does not allow it."""
    reads: list[ReadText] = []
    texts: list[str] = []
    steps: list[Step] = []

    def value(read_text: ReadText, text: str) -> Number:
        reads.append(read_text)
        texts.append(text)
        return len(texts) - 1

    def taken_down(step: Step) -> Number:
        steps.append(step)
        return -len(steps)

    walked(root, Maker(value, lambda cls, known, fields: taken_down((cls, known, fields)), taken_down))
    return Shape(reads, steps), texts
