"""The schema of fields, and the check of their values when an object is created."""

from typing import Annotated, Any, Literal

import pytest
from attrs import field, frozen

from vmspec.errors import SpecError
from vmspec.model.scalars import Boolean, Choice, Integer, String
from vmspec.model.schema import (
    Attribute,
    Binding,
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


def schema(name: str, binding: Binding, **values: Any) -> Field:
    """Return the schema of an optional field, unless the values say otherwise."""
    usual = {"part": None, "lookup": None, "scalar": None, "many": False, "optional": True, "required": False}
    return Field(name, binding, **{**usual, "default": None, "secret": False, **values})


def reprs(*fields: Field) -> list[str]:
    """Return the representation of fields, which shows all their attributes."""
    return [repr(field) for field in fields]


def test_fields_follow_from_the_annotations() -> None:
    required = {"optional": False, "required": True, "default": fields_of(Book)[0].default}
    repeated = {"many": True, "optional": False, "default": ()}
    assert reprs(*fields_of(Book)) == reprs(
        schema("title", Element("Title"), scalar=String(), **required),
        schema("shelf", Element("Shelf"), lookup=Shelf),
        schema("price", Attribute("price"), scalar=Integer(0, "pence")),
        schema("lent", Attribute("lent"), scalar=Boolean()),
        schema("size", Element("Size"), scalar=Choice(("A4", "A5"))),
        schema("pages", Repeated("Page"), part=Page, **repeated),
        schema("authors", Wrapped("Authors", "Author"), scalar=String(), **repeated),
    )
    secret = {"optional": False, "default": "", "secret": True}
    assert reprs(*fields_of(Page)) == reprs(schema("words", Text(), scalar=String(), **secret))


def test_fields_are_computed_once() -> None:
    assert fields_of(Book) is fields_of(Book)


def test_lookup_keys_follow_from_the_annotation() -> None:
    assert lookup_keys(Shelf) == ("id", "name")


def test_error_lists_every_wrong_field() -> None:
    with pytest.raises(SpecError) as caught:
        Book(title="a\x00", price=-1, lent="no", size="A6", pages=[Page()], authors=("a", 5))  # type: ignore[arg-type]
    assert str(caught.value).split("; Book") == [
        "Book.title contains the character U+0000, which XML does not allow",
        ".price is -1; it is at least 0 pence",
        ".lent is 'no'; it is True or False",
        ".size is 'A6'; it is A4 or A5",
        ".pages is of type list, not tuple",
        ".authors[1] is of type int, not str",
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
            "Book has both shelf and price; only one is allowed",
        ),
    ],
)
def test_wrong_value_is_rejected(values: dict[str, object], problem: str) -> None:
    with pytest.raises(SpecError) as caught:
        Book(**values)  # type: ignore[arg-type]
    assert str(caught.value) == problem


def test_repr_shows_the_fields_that_are_set_and_no_secret() -> None:
    book = Book(title="a", pages=(Page(words="hidden"),), lent=False)
    assert repr(book) == "Book(title='a', lent=False, pages=(Page(),))"


def test_field_of_an_unsupported_type_is_rejected() -> None:
    @frozen(kw_only=True, slots=False)
    class Odd(Part):
        weight: Annotated[float | None, Element("Weight")] = None

    with pytest.raises(TypeError, match="float"):
        fields_of(Odd)
