"""The plan: what a class says of its fields, and the one check that rests on it."""

from typing import Annotated, Literal

import pytest
from attrs import field, frozen

from vmspec.errors import SpecError
from vmspec.model.scalars import Boolean, Choice, Integer, String
from vmspec.model.schema import (
    Attribute,
    Element,
    Field,
    Lookup,
    Part,
    Repeated,
    Text,
    Wrapped,
    fields_of,
    lookup_keys,
)


@frozen(slots=False, repr=False)
class Shelf(Lookup):
    by: Literal["id", "name"] = "id"


@frozen(kw_only=True, slots=False, repr=False)
class Page(Part):
    words: Annotated[str, Text()] = field(default="", repr=False)


@frozen(kw_only=True, slots=False, repr=False)
class Book(Part):
    exclusive = ("shelf", "price")

    title: Annotated[str, Element("Title")]
    shelf: Annotated[Shelf | None, Element("Shelf")] = None
    price: Annotated[Annotated[int, Integer(0, "pence")] | None, Attribute("price")] = None
    lent: Annotated[bool | None, Attribute("lent")] = None
    size: Annotated[Literal["A4", "A5"] | None, Element("Size")] = None
    pages: Annotated[tuple[Page, ...], Repeated("Page")] = ()
    authors: Annotated[tuple[str, ...], Wrapped("Authors", "Author")] = ()


def test_plan_says_what_each_field_is_in_order() -> None:
    none = {"many": False, "optional": True, "required": False, "default": None, "secret": False}
    assert fields_of(Book) == (
        Field("title", Element("Title"), String(), False, False, True, fields_of(Book)[0].default, False),
        Field("shelf", Element("Shelf"), Shelf, **none),
        Field("price", Attribute("price"), Integer(0, "pence"), **none),
        Field("lent", Attribute("lent"), Boolean(), **none),
        Field("size", Element("Size"), Choice(("A4", "A5")), **none),
        Field("pages", Repeated("Page"), Page, True, False, False, (), False),
        Field("authors", Wrapped("Authors", "Author"), String(), True, False, False, (), False),
    )
    assert fields_of(Page) == (Field("words", Text(), String(), False, False, False, "", True),)


def test_a_field_is_a_leaf_a_lookup_or_a_part() -> None:
    kinds = {field.name: (field.scalar, field.lookup, field.part) for field in fields_of(Book)}
    assert kinds["title"] == (String(), None, None)
    assert kinds["shelf"] == (None, Shelf, None)
    assert kinds["pages"] == (None, None, Page)


def test_plan_is_worked_out_once() -> None:
    assert fields_of(Book) is fields_of(Book)


def test_bys_come_from_the_annotation() -> None:
    assert lookup_keys(Shelf) == ("id", "name")


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(SpecError) as caught:
        Book(title="a\x00", price=-1, lent="no", size="A6", pages=[Page()], authors=("a", 5))  # type: ignore[arg-type]
    assert str(caught.value).split("; Book") == [
        "Book.title holds the character U+0000, which XML cannot hold",
        ".price is -1; it is at least 0 pence",
        ".lent is 'no', neither True nor False",
        ".size is 'A6'; it is A4 or A5",
        ".pages is of type list, not a tuple",
        ".authors[1] is of type int, not text",
    ]


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"title": None}, "Book.title is missing"),
        ({"title": "a", "pages": None}, "Book.pages is missing"),
        ({"title": "a", "pages": (Page(), "b")}, "Book.pages[1] is of type str, not Page"),
        ({"title": "a", "shelf": "s"}, "Book.shelf is of type str, not Shelf"),
        (
            {"title": "a", "shelf": Shelf("s"), "price": 0},
            "Book has both shelf and price; only one is possible",
        ),
    ],
)
def test_a_wrong_value_is_refused_when_it_is_made(values: dict[str, object], problem: str) -> None:
    with pytest.raises(SpecError) as caught:
        Book(**values)  # type: ignore[arg-type]
    assert str(caught.value) == problem


def test_repr_shows_what_is_set_and_no_secret() -> None:
    book = Book(title="a", pages=(Page(words="hidden"),), lent=False)
    assert repr(book) == "Book(title='a', lent=False, pages=(Page(),))"


def test_a_type_that_no_document_holds_is_refused() -> None:
    @frozen(kw_only=True, slots=False)
    class Odd(Part):
        weight: Annotated[float | None, Element("Weight")] = None

    with pytest.raises(TypeError, match="float"):
        fields_of(Odd)
