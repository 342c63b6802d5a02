"""Which languages a text is written in, from its characters and its commonest words. Pure."""

import unicodedata
from collections import Counter
from collections.abc import Iterable

# A language needs this share of a page's letters to be named.
LEAST_SHARE = 0.03
# Words that are common in one language and rare in the others of this table.
_COMMON_WORDS = {
    "eng": "the and of to is that for with this are be not have was you your from or has shall",
    "ger": "der die und das ist nicht von mit den auf für eine ein dem des sich auch wird oder werden zu",
    "fre": "le les des est et une pour dans que qui sur pas du avec sont aux au cette ou droit toute",
    "spa": "el los las y una por con para del que es su se como más o tiene derecho toda persona",
    "por": "os as uma não com para dos das pelo são mais ou tem pessoa toda direito ao seu em",
    "ita": "il di che gli una per del della sono con non dei ogni nel alla è diritto ha ed individuo",
    "dut": "de het een van en op te zijn niet voor dat aan met heeft ieder recht of door worden",
    "dan": "og af det til ikke med som på er den har ret enhver være eller skal hans ved frihed",
    "nor": "og av det til ikke med som på er den har rett enhver være eller skal hans ved frihet",
    "swe": "och av det till inte med som på är den har rätt var skall eller en att för frihet",
    "fin": "ja on ei oikeus jokaisella että tai hän se ovat kaikki kuin myös sekä olla mukaan hänen",
    "pol": "i w na do nie jest się że oraz prawo człowiek każdy lub przez jego ma dla wszystkich",
    "cze": "a v na se je že nebo pro má každý právo jsou svobody být jeho při jako které bez",
    "hun": "a az és minden nem van hogy egy joga vagy személynek szabad ember meg annak is ki",
    "hrv": "i u na je se da svatko ima pravo ili ne koje svoje bez prema osoba biti za nitko",
    "slv": "in v na je se da vsakdo ima pravico ali ne za do svoje pred kot ki človek nihče",
    "tur": "ve bir bu için ile her hakkı veya olan insan herkes vardır herkesin şahsın göre da",
    "ron": "și în de la cu nu este care pentru din orice sau are dreptul persoană sunt pe al drept",
    "ind": "dan yang di untuk dengan tidak dalam setiap orang atas ini berhak atau hak oleh pada",
    "vie": "và của các có được là mọi người quyền không cho với trong một hay bất đều như",
}
_WORDS = {code: frozenset(words.split()) for code, words in _COMMON_WORDS.items()}
# Letters that decide among the languages of a table.
_LETTERS = {
    "ger": "ßäöü", "fre": "œçêèàùûëï", "spa": "ñ¿¡", "por": "ãõ", "ita": "òìè", "dan": "æø", "nor": "æø",
    "swe": "åäö", "fin": "äö", "pol": "ąęłńśźż", "cze": "ěřůžčš", "hun": "őűáé", "hrv": "đćčžš", "slv": "čžš",
    "tur": "ğışİ", "ron": "șțăşţ", "vie": "ươđạảấầẩậắằẳặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ",
}  # fmt: skip
# Characters that only one of the two ways to write Chinese has.
_SIMPLIFIED = frozenset("这国时们说为来会对个发过动经产种实现关点后还业与应问间书东车长见觉视广马门义乡习")
_TRADITIONAL = frozenset("這國時們說為來會對個發過動經產種實現關點後還業與應問間書東車長見覺視廣馬門義鄉習")
# Letters of one language among those that share a script; the first is the usual one.
_CYRILLIC = (("ukr", "іїєґ"), ("rus", "ыэё"), ("bul", "ъ"))
_SCRIPTS = (
    ("HANGUL", "kor"), ("GREEK", "gre"), ("HEBREW", "heb"), ("DEVANAGARI", "hin"), ("KANNADA", "kan"),
    ("TELUGU", "tel"), ("TAMIL", "tam"), ("THAI", "tai"),
)  # fmt: skip
_PERSIAN = frozenset("پچژگکی")


def languages_of(texts: Iterable[str]) -> list[str]:
    """Codes of the languages in the texts, the most used first; [] for no letters."""
    whole = " ".join(texts)
    letters = Counter(script for character in whole if (script := _script(character)))
    total = sum(letters.values())
    shares: Counter[str] = Counter()
    for script, count in letters.items():
        if count >= LEAST_SHARE * total:
            shares[_language(script, whole)] += count
    return [code for code, _ in shares.most_common()]


def latin_language(text: str) -> str:
    """The language of a text in Latin letters; English where nothing speaks against it."""
    words = [word.strip(".,;:!?()«»\"'") for word in text.lower().split()]
    counts = {code: float(sum(word in common for word in words)) for code, common in _WORDS.items()}
    for code, letters in _LETTERS.items():
        counts[code] += 0.5 * sum(text.count(letter) for letter in letters)
    best, most = max(counts.items(), key=lambda pair: (pair[1], pair[0] == "eng"))
    return best if most > max(counts["eng"], 1.0) else "eng"


def _script(character: str) -> str:
    """A script by the first word of its Unicode names; "" for what is no letter."""
    if not character.isalpha():
        return ""
    name = unicodedata.name(character, "").split(" ")[0].split("-")[0]
    return "CJK" if name in ("HIRAGANA", "KATAKANA") else name


def _language(script: str, text: str) -> str:
    if script == "CJK":
        return _of_han(text)
    if script == "CYRILLIC":
        lower = text.lower()
        return max(_CYRILLIC, key=lambda pair: sum(lower.count(letter) for letter in pair[1]))[0]
    if script == "ARABIC":
        return "per" if sum(character in _PERSIAN for character in text) > 0.03 * len(text) else "ara"
    return dict(_SCRIPTS).get(script) or latin_language(text)


def _of_han(text: str) -> str:
    """Japanese has kana among its Han characters."""
    if any("\u3040" <= character <= "\u30ff" for character in text):
        return "jpn"
    simplified = sum(character in _SIMPLIFIED for character in text)
    return "cht" if sum(character in _TRADITIONAL for character in text) > simplified else "chs"
