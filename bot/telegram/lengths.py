"""How long a text is where Telegram counts UTF-16 units: in entities.

https://core.telegram.org/api/entities#entity-length
"""


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def cut(text: str, room: int) -> tuple[str, str]:
    """The beginning that fits into so many units, at a space if there is one near, and the rest."""
    if utf16_length(text) <= room:
        return text, ""
    end, units = 0, utf16_length(text[0])
    while units <= room:
        end += 1
        units += utf16_length(text[end])
    space = max(text.rfind(" ", 0, end), text.rfind("\n", 0, end))
    end = space if space > end // 2 else end
    return text[:end].rstrip(), text[end:].strip()
