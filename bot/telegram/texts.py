"""Languages: gettext catalogues beside this file, compiled in memory at first use.

The English text is the key; `locales/<language>.po` holds the others. Adding a language is
adding a file.
"""

import gettext
from functools import cache
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

Texts = gettext.NullTranslations

_LOCALES = files("bot.telegram") / "locales"


@cache
def languages() -> tuple[str, ...]:
    """Every language we speak, English first."""
    found = sorted(
        one.name.removesuffix(".po") for one in _LOCALES.iterdir() if one.name.endswith(".po")
    )
    return ("en", *found)


def choose(language_code: str | None) -> str:
    """The language of ours that fits a client's code best (`zh-hans`, `pt-br`, None, ...)."""
    primary = _primary(language_code or "")
    return next((one for one in languages() if _primary(one) == primary), "en")


def _primary(language_code: str) -> str:
    return language_code.replace("_", "-").casefold().partition("-")[0]


def texts(language_code: str | None) -> Texts:
    return _load(choose(language_code))


def language_of(t: Texts) -> str:
    """The language of ours these texts are in."""
    # English is the key of the catalogues and has none itself.
    return str(t.info().get("language", "en"))


@cache
def _load(language: str) -> Texts:
    if language == "en":
        return gettext.NullTranslations()
    with (_LOCALES / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
