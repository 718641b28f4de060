"""The catalogue of Nano Banana models: fields, ratios, sizes, limits, price.

Every difference between the models is data in this file. The published pages are
https://docs.kie.ai/market/google/nano-banana and its siblings; a ratio, size or format is
written here as people write it, and spelt as each model wants it in `formats` and `sizes`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

MEGABYTE = 1_000_000
CREDIT_USD = 0.005

RATIOS = ("1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9", "auto")
WIDE_RATIOS = (*RATIOS[:-1], "1:4", "4:1", "1:8", "8:1", "auto")
SIZES = ("1k", "2k", "4k")
FORMATS = ("png", "jpg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One Nano Banana model as the generator sells it.

    `key` is what people write after `--model`, `id` what the generator wants. `credits` maps
    each size to the generator's credits for one picture (one credit is 0.005 USD); a model
    without a choice of size has the single size `1k`. `formats` maps our words to the
    model's spelling and is empty where the model does not let us choose.
    """

    key: str
    id: str
    label: str
    prompt_max: int
    references_field: str | None
    references_max: int
    reference_bytes_max: int
    references_min: int = 0
    ratios: tuple[str, ...] = RATIOS
    default_ratio: str = "1:1"
    credits: Mapping[str, float]
    formats: Mapping[str, str] = field(default_factory=dict)
    default_format: str | None = None
    edits_with: str | None = None

    @property
    def sizes(self) -> tuple[str, ...]:
        return tuple(self.credits)

    @property
    def takes_resolution(self) -> bool:
        return len(self.credits) > 1


_JPEG = MappingProxyType({"png": "png", "jpg": "jpeg"})
_JPG = MappingProxyType({"png": "png", "jpg": "jpg"})

CATALOGUE: Mapping[str, Model] = MappingProxyType(
    {
        model.key: model
        for model in (
            Model(
                key="banana",
                id="google/nano-banana",
                label="Nano Banana",
                prompt_max=5_000,
                references_field=None,
                references_max=0,
                reference_bytes_max=0,
                credits={"1k": 4},
                formats=_JPEG,
                default_format="png",
                edits_with="edit",
            ),
            Model(
                key="edit",
                id="google/nano-banana-edit",
                label="Nano Banana Edit",
                prompt_max=5_000,
                references_field="image_urls",
                references_min=1,
                references_max=10,
                reference_bytes_max=10 * MEGABYTE,
                default_ratio="auto",
                credits={"1k": 4},
                formats=_JPEG,
                default_format="png",
            ),
            Model(
                key="pro",
                id="nano-banana-pro",
                label="Nano Banana Pro",
                prompt_max=10_000,
                references_field="image_input",
                references_max=8,
                reference_bytes_max=30 * MEGABYTE,
                credits={"1k": 18, "2k": 18, "4k": 24},
                formats=_JPG,
                default_format="png",
            ),
            Model(
                key="2",
                id="nano-banana-2",
                label="Nano Banana 2",
                prompt_max=20_000,
                references_field="image_input",
                references_max=14,
                reference_bytes_max=30 * MEGABYTE,
                ratios=WIDE_RATIOS,
                default_ratio="auto",
                credits={"1k": 8, "2k": 12, "4k": 18},
                formats=_JPG,
                default_format="jpg",
            ),
            Model(
                key="2.1",
                id="nano-banana-2-1",
                label="Nano Banana 2.1",
                prompt_max=20_000,
                references_field="image_input",
                # The prose of the documentation says 10, its schema 14: 10 is safe.
                references_max=10,
                reference_bytes_max=30 * MEGABYTE,
                ratios=WIDE_RATIOS,
                default_ratio="auto",
                credits={"1k": 4, "2k": 6, "4k": 9},
                formats=_JPG,
                default_format="jpg",
            ),
            Model(
                key="lite",
                id="nano-banana-2-lite",
                label="Nano Banana 2 Lite",
                prompt_max=20_000,
                references_field="image_urls",
                references_max=10,
                reference_bytes_max=30 * MEGABYTE,
                ratios=WIDE_RATIOS,
                default_ratio="auto",
                credits={"1k": 4},
            ),
        )
    }
)

DEFAULT_MODEL = "banana"

# The largest number of references any model takes: a task never holds more.
REFERENCES_MAX = max(model.references_max for model in CATALOGUE.values())
PROMPT_MAX = max(model.prompt_max for model in CATALOGUE.values())


def for_references(key: str, references: int) -> Model:
    """The model that does what was asked: `banana` cannot see pictures, its sibling `edit` can.

    Raises KeyError for a key that is not in the catalogue.
    """
    model = CATALOGUE[key]
    if references and model.edits_with:
        return CATALOGUE[model.edits_with]
    return model
