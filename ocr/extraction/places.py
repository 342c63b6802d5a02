"""How much a text looks like part of an address, or like the name of a company."""

import re

_STREET = re.compile(
    r"\b(?:jalan|jln|lorong|taman|tmn|lot|blok|blk|block|level|unit|floor|flr|fl|ground|wisma|plaza|menara|mall|pt|batu|kg"
    r"|kampung|bandar|seksyen|section|kawasan|perindustrian|persiaran|lebuh|lebuhraya|medan|pusat|bangunan|kompleks"
    r"|street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|way|square|suite|ste|highway|hwy|building|bldg|court"
    r"|parkway|pkwy|park|place|p\.?o\.? ?box|centre|center|no|industrial|estate|complex|tower"
    r"|rue|chemin|avenue|bd|place|impasse|allée|quai|bp|calle|avda|avenida|plaza|paseo|camino|via|piazza|viale|corso|c/"
    r"|platz|allee|ring|weg|gasse|postfach|straat|laan|gracht|plein)\b"
    r"|(?:^|\b)(?:jalan|jln|lorong|taman|lot|level|kawasan|bandar)(?=[A-Z0-9])"
    r"|str\.(?=[\s\d]|$)|(?:stra(?:ß|ss)e|weg|allee|platz|gasse|ring|straat|gracht|laan|plein)\b",
    re.IGNORECASE,
)
_STREET_START = re.compile(
    r"\W*(?:no|lot|unit|level|block|blk|suite|g\.?\s?floor|ground|\d+(?:st|nd|rd|th) fl)\b[\s.:,]*[\w-]*\d"
    r"|\W*\d{1,5}[A-Z]?(?:\s?[-&/]\s?\d{1,4}[A-Z]?)?,?[\s-]+[A-Z][a-z A-Z]{2,}|.*\s\d{1,4}\s?[a-zA-Z]?,?$",
    re.IGNORECASE,
)
_POSTCODE = re.compile(
    r"(?<![\w-])(?:[A-Z]{1,2}-?)?\d{5}(?:-\d{4})?(?![\w/-])|^\W*\d{5}(?=[A-Z][A-Za-z]{3})|(?<!\d)\d{4}\s?[A-Z]{2}(?!\w)"
    r"|\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b|\b[A-Z]\d[A-Z]\s?\d[A-Z]\d\b|〒\s?\d{3}-?\d{4}|(?<!\d)\d{3}-\d{4}(?!\d)"
    r"|\b[A-Z]{2}\s+\d{5}\b"
)
_REGION = re.compile(
    r"selangor|kuala ?lumpur|petaling ?jaya|shah ?alam|darul ?ehsan"
    r"|\b(?:k\.?l|johor|bahru|penang|pulau pinang|perak|kedah|melaka|sabah|sarawak|pahang|kelantan"
    r"|negeri sembilan|terengganu|putrajaya|labuan|shah alam|petaling jaya|malaysia|singapore|d\.?e"
    r"|darul ehsan|w\.?p"
    r"|germany|deutschland|france|españa|spain|italia|nederland|usa|united states|canada|united kingdom"
    r"|england|u\.?k"
    r"|australia|india|japan|california|texas|florida|new york|ny|ca|wa|tx)\b",
    re.IGNORECASE,
)
_COUNTRY_CODE = re.compile(r"\s*[A-Z]{2}\s+(?=(?:\d{4,5}|[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2})\s+[^\W\d_]{3})")
_COUNTRY_LAST = re.compile(
    r"\s*[·•|∙]\s*(?:{0})\s*$|\s+[-–—]\s+(?:{0})\s*$".format(
        "germany|deutschland|france|frankreich|españa|spain|spanien|italia|italy|italien|nederland|netherlands"
        "|belgi(?:ë|que|um|en)|österreich|austria|schweiz|suisse|switzerland|united kingdom|england|usa|united states"
    ),
    re.IGNORECASE,
)
_ASIAN = re.compile(
    r"[都道府県市区町村]|[丁目番地号]|(?:省|市|區|区|路|街|號|号|巷|弄)|[가-힣]+(?:시|도|구|동|로|길|읍|면)\b"
)
# A town or district, and behind it a street or the number of a house.
_WIDE = re.compile(
    r"[\u4e00-\u9fff]{1,8}[省市县縣区區镇鎮乡鄉都道府県町村郡]\S{0,40}?(?:[路街巷弄段号號道]|丁目|番地?|\d[-−‐－ー]\d)"
    r"|[가-힣]{1,8}[시도군구]\s?(?:[가-힣]{1,8}\s){0,3}[가-힣\d]{1,12}(?:로|길|동|읍|면|리|가)\s?\d"
)
_WIDE_HEAD = re.compile(
    r"\W*(?!地\s?址|住\s?所|所在地|住居地|주\s?소|〒)[\u3040-\u9fff\uac00-\ud7a3][^:：\d]{0,12}[:：]"
)
_NEVER = re.compile(
    r"\b(?:tel|fax|te1)(?=\d)|\b(?:telephone|telefon|te1)\b|@|www\.|https?:|\.com\b|\b(?:tel|fax|phone|gst|vat|tax|email|e-mail|invoice|receipt|cash|date|time|cashier|bill|order)\b"
    r"|\b(?:reg|iban|bic|ust)\b|\d{1,2}:\d{2}|\$|€|(?<![\d.])\d+\.\d{2}(?![\d.])",
    re.IGNORECASE,
)
_LEGAL = re.compile(
    r"\b(?:sdn\.?\s*bhd|[s5]/[b8]|bhd|berhad|enterprises?|trading|ltd|limited|llc|llp|plt|inc|corp|corporation|co|company|gmbh"
    r"|mbh|ag|ohg|kg|e\.?k|ug|se|a\.g|sarl|sas|sa|s\.?a\.?r\.?l|s\.?l|s\.?a|s\.?r\.?l|s\.?p\.?a|b\.?v|n\.?v|oy|ab|as|pte|pty"
    r"|pvt|plc|holdings?|group|e\.?v)\b\.?|株式会社|有限会社|合同会社|[(（]\s?[株有주유]\s?[)）]|㈱|㈲|有限公司|公司|주식회사|유한회사|㈜",
    re.IGNORECASE,
)
_TRADE = re.compile(
    r"\b(?:restaurants?|restoran|cafe|kafe|coffee|bistro|bakery|bakeries|store|stores|shop|mart|market|supermarket|hypermarket"
    r"|hardware|stationery|book|books|bookstore|pharmacy|farmasi|motor|auto|hotel|kitchen|grill|bar|pub|boutique|electrical"
    r"|services?|station|kedai|syarikat|perniagaan|food|foods|seafood|house|centre|center|cuisine|pizza|burger|sushi"
    r"|supplies|supply|industries|machinery|technology|digital|gifts?|deco|home|niaga|petrol|express|optical|clinic|dental"
    r"|salon|fashion|studio|farm|apotheke|markt|bäckerei|boulangerie|pharmacie|tienda|farmacia)\b|店|商店|食堂|マート|ストア|점",
    re.IGNORECASE,
)
_NUMBER_FIRST = re.compile(r"^\W*\d{4,}\W*\s")
_BARE_NUMBER = re.compile(r"\s*(?:\d{5,}[-\sA-Z]{0,3}|\d{4,}\s?-\s?[A-Z0-9]|[A-Z]{2}\d{5,}\S*)\)?\s*$")
_REGISTERED = re.compile(
    r"\s*[(\[{（]\s*(?:co\.?|reg\.?|roc|no\.?|company|[\s.:])*[A-Z]{0,3}\d{4,}\s?-?\s?[A-Z0-9]?\s*[)\]}）]|\s*www\.",
    re.IGNORECASE,
)
_OPENS = re.compile(r"\W*(?:no|lot|unit|level|block|blk|suite|hq|[a-z]?\d+)\b", re.IGNORECASE)
_HEADED = re.compile(r"\W*(?!no\b|lot|hq|unit|address|alamat|〒)[a-z][a-z0-9. /]{1,18}\s?[:：]", re.IGNORECASE)
_ENDS_REGISTERED = re.compile(r"[(\[]\s*(?:co\W*)?(?:no\W*)?[A-Z]{0,3}\d{4,}\s?-?\s?[A-Z0-9]?\s*[)\]]", re.IGNORECASE)
_PHONE_ONLY = re.compile(r"[\s(+]*\d[\d\s()\-/]{6,}[,;.]?$")
_REGION_ONLY = re.compile(rf"(?:\W*(?:{_REGION.pattern})\W*)+$", re.IGNORECASE)
_REGISTRATION = re.compile(
    r"[\s(\[{（]*(?:co\.?|company|reg\.?|roc|business)?[\s.]*(?:reg\.?|no\.?|number)?[\s.:]*"
    r"(?:[A-Z]{0,3}\d{4,9}\s?-?\s?[A-Z0-9]?|\d{12}(?:\s?\([^)]*\))?)[\s)\]}）]*$",
    re.IGNORECASE,
)
_CLUTTER = re.compile(
    r"\b(?:welcome|thank|please|copy|invoice|receipt|licensee|member|owned by|formerly|company no"
    r"|reg|tel|fax|page|seite|table|order"
    r"|duplicate|reprint|cashier|original|date)\b|@|www|http",
    re.IGNORECASE,
)


def address_score(text: str) -> float:
    """Points for a row as part of an address; below zero it ends one."""
    if _NEVER.search(text) or _REGISTRATION.match(text) or _PHONE_ONLY.match(text):
        return -3.0
    score = -0.5
    score -= 3.0 if _HEADED.match(text) or _WIDE_HEAD.match(text) else 0.0
    score -= 1.5 if len(text) > 75 else 0.0
    score -= 2.0 if _ENDS_REGISTERED.search(text, 3) else 0.0
    score -= 1.2 if text.startswith("(") and text.endswith(")") else 0.0
    score += 0.8 if _REGION_ONLY.match(text) else 0.0
    score += min(len(_STREET.findall(text)), 3) * 0.8
    score += 1.3 if _POSTCODE.search(text) else 0.0
    score += 1.0 if _STREET_START.match(text) else 0.0
    score += 0.9 if _REGION.search(text) else 0.0
    score += _wide_points(text)
    score += 0.5 if text.rstrip().endswith((",", ",.")) else 0.0
    score += 0.2 * min(text.count(","), 3)
    score -= 1.2 if _LEGAL.search(text) else 0.0
    return min(score, 3.0)


def _wide_points(text: str) -> float:
    if not any(map(str.isdigit, text)):
        return 0.0
    return 2.0 if is_wide_address(text) else 1.2 if _ASIAN.search(text) else 0.0


def is_wide_address(text: str) -> bool:
    """It holds a town and a street with a number as in China, Japan and Korea, where postcodes may be left out."""
    return bool(_WIDE.search(text)) and any(map(str.isdigit, text))


def is_company(text: str) -> bool:
    """It holds a legal form such as GmbH, Ltd, Sdn Bhd, 株式会社."""
    return bool(_LEGAL.search(text))


def is_legal_form(text: str) -> bool:
    """It holds little more than a legal form: the end of a name that ran over its line."""
    rest = _REGISTRATION.sub("", _LEGAL.sub("", text))
    return is_company(text) and sum(char.isalpha() for char in rest) < 4


_FORMAL = re.compile(
    r"\b(?:sdn\.?\s*bhd|[s5]/[b8]|bhd|berhad|ltd|limited|llc|inc|gmbh|ag|sarl|sas|s\.?l|s\.?r\.?l|b\.?v|n\.?v|plt|pte|plc)\b",
    re.IGNORECASE,
)
_CONTINUES = re.compile(
    r"\W*(?:enterprise|trading|hardware|restaurant|stationery|electrical|services|industries|supplies|co\.|company|holdings"
    r"|resources|corporation|marketing|sdn|bhd)\b",
    re.IGNORECASE,
)


def is_complete_name(text: str) -> bool:
    """It holds a legal form that ends a company's name."""
    return bool(_FORMAL.search(text))


def continues_name(text: str) -> bool:
    """It begins with a word that follows a name rather than begins one."""
    return bool(_CONTINUES.match(text)) or is_legal_form(text)


def name_score(text: str) -> float:
    """Points for a row as the name of a shop or company."""
    letters = sum(char.isalpha() for char in text)
    digits = sum(char.isdigit() for char in text)
    if letters < 3 and not is_company(text):
        return -2.0
    score = 1.6 if is_company(text) else 0.0
    score += 0.7 if _TRADE.search(text) else 0.0
    score += 1.2 if _ENDS_REGISTERED.search(text) and letters > 8 and text[0] != "(" else 0.0
    score -= 2.0 * digits / (letters + digits)
    score -= 1.5 if _CLUTTER.search(text) else 0.0
    score -= 1.0 if text.startswith("(") else 0.0
    address = address_score(text)
    return score - (1.2 if address > 0.8 else 0.0)


def name_range(text: str) -> tuple[int, int]:
    """Where the name stands in its row: without numbers before it, registrations after it."""
    start = len(text) - len(_NUMBER_FIRST.sub("", text))
    match = _REGISTERED.search(text, start + 3) or _BARE_NUMBER.search(text, start + 3)
    return start, match.start() if match else len(text)


def opens_address(text: str) -> bool:
    """It begins as an address does: with the number of a house, lot or unit."""
    return bool(_OPENS.match(text))


def has_postcode(text: str) -> bool:
    """It holds a postcode of some country."""
    return bool(_POSTCODE.search(text))


def is_postcode(text: str) -> bool:
    """It is a postcode and nothing else."""
    return bool(re.fullmatch(r"\s*\d{5}(?:-\d{4})?\s*", text))


def postcode_start(text: str) -> int:
    """Where a line of postcode and town begins without the code of a country before them: "DE 80333 München"."""
    match = _COUNTRY_CODE.match(text)
    return match.end() if match else 0


def street_end(text: str) -> int:
    """Where an address in one line ends without a country set apart behind it: "… 80333 München · Deutschland"."""
    match = _COUNTRY_LAST.search(text)
    return match.start() if match else len(text)


def is_region(text: str) -> bool:
    """It is the name of a country or region, or a short line of letters as such names are."""
    return bool(_REGION_ONLY.match(text)) or (text.isalpha() and len(text) < 16)
