"""Lines to paste into a shell. Pure."""

import re

# Names that mean the same to every shell and to curl's own -F syntax.
PLAIN_NAME = re.compile(r"[\w][\w.-]{0,99}", re.ASCII)
KEY_TO_FILL_IN = "spocr_YOUR_KEY"


def parse_image(
    site_url: str, file_name: str, *, key: str = KEY_TO_FILL_IN, engine: int = 1, language: str = "eng", more: str = ""
) -> str:
    """The text of a file, by the Parse API; `more` are further fields as `-F name=value`."""
    return (
        f"curl {site_url}/parse/image \\\n"
        f"  -H 'apikey: {key}' \\\n"
        f"  -F file=@{plain_name(file_name)} \\\n"
        f"  -F language={language} -F OCREngine={engine} \\\n"
        f"  -F isOverlayRequired=true{more and ' ' + more}"
    )


def fields(site_url: str, file_name: str, template_id: str, *, key: str = KEY_TO_FILL_IN) -> str:
    """The fields of a file, by the Workspace API."""
    return (
        f'(printf \'{{"templateId": "{template_id}", \'\n'
        ' printf \'"imageType": "base64", "image": "\'\n'
        f" base64 < {plain_name(file_name)} | tr -d '\\n'\n"
        f" printf '\"}}') | curl {site_url}/ocr/fields \\\n"
        f"  -H 'Authorization: Bearer {key}' \\\n"
        "  -H 'Content-Type: application/json' \\\n"
        "  --data-binary @-"
    )


def plain_name(file_name: str) -> str:
    """The name itself, or one that needs no quoting, with the same ending."""
    if PLAIN_NAME.fullmatch(file_name):
        return file_name
    ending = re.search(r"\.[A-Za-z]{2,4}$", file_name)
    return "document" + (ending.group() if ending else "")
