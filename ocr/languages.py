"""The languages of the Parse API contract and what reads them. Pure."""

from dataclasses import dataclass

ALL_ENGINES = frozenset({1, 2, 3})
ENGINE_3 = frozenset({3})
LATIN_DATA = "eng"


@dataclass(frozen=True, slots=True)
class Language:
    """One language.

    Attributes:
        code: As on the wire of the Parse API.
        tesseract: Name of its Tesseract data.
        engines: Which engines take it.
        has_pp_ocr: The PP-OCR model knows its script; else Tesseract reads the lines that
            PP-OCR found.
        has_latin: Its Tesseract data knows Latin letters too.
        is_cjk: Written without spaces between words, or in square characters.
    """

    code: str
    name: str
    tesseract: str
    engines: frozenset[int] = ALL_ENGINES
    has_pp_ocr: bool = True
    has_latin: bool = True
    is_cjk: bool = False

    @property
    def data(self) -> str:
        """Tesseract's name of all that reads a page in it: names and brands stand in Latin letters anywhere."""
        return self.tesseract if self.has_latin else f"{self.tesseract}+{LATIN_DATA}"


_TABLE = (
    Language("ara", "Arabic", "ara", has_pp_ocr=False, has_latin=False),
    Language("bul", "Bulgarian", "bul", has_pp_ocr=False, has_latin=False),
    Language("chs", "Chinese (simplified)", "chi_sim", is_cjk=True),
    Language("cht", "Chinese (traditional)", "chi_tra", is_cjk=True),
    Language("hrv", "Croatian", "hrv"),
    Language("cze", "Czech", "ces"),
    Language("dan", "Danish", "dan"),
    Language("dut", "Dutch", "nld"),
    Language("eng", "English", "eng"),
    Language("fin", "Finnish", "fin"),
    Language("fre", "French", "fra"),
    Language("ger", "German", "deu"),
    Language("gre", "Greek", "ell", has_pp_ocr=False, has_latin=False),
    Language("hun", "Hungarian", "hun"),
    Language("kor", "Korean", "kor", has_pp_ocr=False, has_latin=False, is_cjk=True),
    Language("ita", "Italian", "ita"),
    Language("jpn", "Japanese", "jpn", is_cjk=True),
    Language("nor", "Norwegian", "nor"),
    Language("pol", "Polish", "pol"),
    Language("por", "Portuguese", "por"),
    Language("rus", "Russian", "rus", has_pp_ocr=False, has_latin=False),
    Language("slv", "Slovenian", "slv"),
    Language("spa", "Spanish", "spa"),
    Language("swe", "Swedish", "swe"),
    Language("tur", "Turkish", "tur"),
    Language("heb", "Hebrew", "heb", ENGINE_3, has_pp_ocr=False, has_latin=False),
    Language("hin", "Hindi", "hin", ENGINE_3, has_pp_ocr=False, has_latin=False),
    Language("kan", "Kannada", "kan", ENGINE_3, has_pp_ocr=False, has_latin=False),
    Language("per", "Persian", "fas", ENGINE_3, has_pp_ocr=False, has_latin=False),
    Language("tel", "Telugu", "tel", ENGINE_3, has_pp_ocr=False, has_latin=False),
    Language("tam", "Tamil", "tam", ENGINE_3, has_pp_ocr=False, has_latin=False),
    Language("tai", "Thai", "tha", ENGINE_3, has_pp_ocr=False, has_latin=False),
    Language("vie", "Vietnamese", "vie", ENGINE_3, has_pp_ocr=False),  # lacks half of its letters
    Language("ind", "Indonesian", "ind", ENGINE_3),
    Language("ukr", "Ukrainian", "ukr", ENGINE_3, has_pp_ocr=False, has_latin=False),
    Language("ron", "Romanian", "ron", ENGINE_3),
    # PP-OCR's one model reads Chinese, Japanese and Latin scripts without being told which.
    Language("auto", "Automatic", "eng", frozenset({2, 3})),
)
LANGUAGES = {language.code: language for language in _TABLE}

# Two-letter codes (ISO 639-1), as hints of the Workspace API name languages.
BY_TWO_LETTERS = {
    "ar": "ara", "bg": "bul", "zh": "chs", "hr": "hrv", "cs": "cze", "da": "dan", "nl": "dut", "en": "eng",
    "fi": "fin", "fr": "fre", "de": "ger", "el": "gre", "hu": "hun", "ko": "kor", "it": "ita", "ja": "jpn",
    "no": "nor", "nb": "nor", "pl": "pol", "pt": "por", "ru": "rus", "sl": "slv", "es": "spa", "sv": "swe",
    "tr": "tur",
}  # fmt: skip


def hinted(codes: list[str], engine: int) -> str:
    """The first hint that the engine can follow, else `auto`; zh-TW and zh-Hant are traditional."""
    for hint in codes:
        head, _, region = hint.lower().replace("_", "-").partition("-")
        code = "cht" if head == "zh" and region in ("tw", "hk", "hant") else BY_TWO_LETTERS.get(head, head)
        if code in LANGUAGES and engine in LANGUAGES[code].engines:
            return code
    return "auto"
