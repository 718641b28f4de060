"""The catalogue against the generator's published pages."""

import pytest

from bot import models
from bot.models import CATALOGUE, Model

NARROW = {"1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9", "auto"}
WIDE = NARROW | {"1:4", "4:1", "1:8", "8:1"}
JPEG = {"png": "png", "jpg": "jpeg"}
JPG = {"png": "png", "jpg": "jpg"}
MB = 1_000_000

# id, prompt max, references field, min, max, bytes, ratios, default, credits, formats, default
PUBLISHED = [
    ("google/nano-banana", 5_000, None, 0, 0, 0, NARROW, "1:1", {"1k": 4}, JPEG, "png"),
    (
        *("google/nano-banana-edit", 5_000, "image_urls", 1, 10, 10 * MB),
        *(NARROW, "auto", {"1k": 4}, JPEG, "png"),
    ),
    (
        *("nano-banana-pro", 10_000, "image_input", 0, 8, 30 * MB),
        *(NARROW, "1:1", {"1k": 18, "2k": 18, "4k": 24}, JPG, "png"),
    ),
    (
        *("nano-banana-2", 20_000, "image_input", 0, 14, 30 * MB),
        *(WIDE, "auto", {"1k": 8, "2k": 12, "4k": 18}, JPG, "jpg"),
    ),
    (
        *("nano-banana-2-1", 20_000, "image_input", 0, 10, 30 * MB),
        *(WIDE, "auto", {"1k": 4, "2k": 6, "4k": 9}, JPG, "jpg"),
    ),
    (
        *("nano-banana-2-lite", 20_000, "image_urls", 0, 10, 30 * MB),
        *(WIDE, "auto", {"1k": 4}, {}, None),
    ),
]


def by_id(model_id: str) -> Model:
    return next(model for model in CATALOGUE.values() if model.id == model_id)


@pytest.mark.parametrize("published", PUBLISHED, ids=lambda row: row[0])
def test_a_model_is_as_its_page_says(published):
    model = by_id(published[0])
    assert published == (
        model.id,
        model.prompt_max,
        model.references_field,
        model.references_min,
        model.references_max,
        model.reference_bytes_max,
        set(model.ratios),
        model.default_ratio,
        dict(model.credits),
        dict(model.formats),
        model.default_format,
    )


def test_the_catalogue_holds_what_is_published_and_nothing_else():
    assert {model.id for model in CATALOGUE.values()} == {row[0] for row in PUBLISHED}


def test_only_models_with_a_choice_of_size_take_a_resolution():
    takers = {model.id for model in CATALOGUE.values() if model.takes_resolution}
    assert takers == {"nano-banana-pro", "nano-banana-2", "nano-banana-2-1"}


def test_a_size_that_is_not_named_is_the_cheapest():
    for model in CATALOGUE.values():
        assert model.sizes[0] == "1k"
        assert model.credits["1k"] == min(model.credits.values())


def test_every_key_leads_to_the_model_that_carries_it():
    assert all(model.key == key for key, model in CATALOGUE.items())
    assert models.DEFAULT_MODEL in CATALOGUE


def test_every_default_is_one_the_model_accepts():
    for model in CATALOGUE.values():
        assert model.default_ratio in model.ratios
        assert model.default_format in (model.formats or [None])
        assert len(set(model.ratios)) == len(model.ratios)


@pytest.mark.parametrize(
    ("key", "references", "chosen"),
    [
        ("banana", 0, "google/nano-banana"),
        ("banana", 1, "google/nano-banana-edit"),
        ("banana", 10, "google/nano-banana-edit"),
        ("edit", 0, "google/nano-banana-edit"),
        ("edit", 3, "google/nano-banana-edit"),
        ("pro", 0, "nano-banana-pro"),
        ("pro", 8, "nano-banana-pro"),
        ("2", 14, "nano-banana-2"),
        ("2.1", 1, "nano-banana-2-1"),
        ("lite", 1, "nano-banana-2-lite"),
    ],
)
def test_only_banana_hands_pictures_to_its_sibling(key, references, chosen):
    assert models.for_references(key, references).id == chosen


def test_a_key_nobody_knows_is_an_error():
    with pytest.raises(KeyError):
        models.for_references("mango", 0)


def test_the_overall_limits_are_those_of_the_most_generous_model():
    assert models.REFERENCES_MAX == 14
    assert models.PROMPT_MAX == 20_000
