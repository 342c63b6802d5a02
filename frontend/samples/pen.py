"""What all sample documents are drawn with."""

from PIL import Image, ImageDraw, ImageFont

REGULAR, BOLD, MONO = "DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSansMono.ttf"
WIDE, WIDE_BOLD = "NotoSansCJK-Regular.ttc", "NotoSansCJK-Bold.ttc"
INK, GREY, PAPER, DESK = 20, 105, 255, 205


class Pen:
    """Writes on a picture, positions in pixels of the top left corner of the text."""

    def __init__(self, image: Image.Image) -> None:
        self._draw = ImageDraw.Draw(image)

    def write(self, x: int, y: int, text: str, size: int, font: str = REGULAR, shade: int = INK) -> None:
        self._draw.text((x, y), text, fill=shade, font=ImageFont.truetype(font, size))

    def write_to(self, right: int, y: int, text: str, size: int, font: str = REGULAR) -> None:
        """Text that ends at `right`."""
        self._draw.text((right, y), text, fill=INK, font=ImageFont.truetype(font, size), anchor="ra")

    def rule(self, left: int, right: int, y: int, width: int = 2) -> None:
        self._draw.line([(left, y), (right, y)], fill=GREY, width=width)

    def frame(self, left: int, top: int, right: int, bottom: int, shade: int = GREY) -> None:
        self._draw.rectangle([left, top, right, bottom], outline=shade, width=3)

    def portrait(self, left: int, top: int, width: int) -> None:
        """The outline of a head and shoulders, where cards show their holder."""
        height = width * 5 // 4
        self._draw.rectangle([left, top, left + width, top + height], fill=232)
        middle, radius = left + width // 2, width // 5
        self._draw.ellipse(
            [middle - radius, top + height // 5, middle + radius, top + height // 5 + 2 * radius], fill=190
        )
        self._draw.pieslice(
            [left + width // 8, top + height * 3 // 5, left + width * 7 // 8, top + height * 3 // 2], 180, 360, fill=190
        )


def sheet(width: int, height: int) -> tuple[Image.Image, Pen]:
    """An empty picture and a pen for it."""
    image = Image.new("L", (width, height), PAPER)
    return image, Pen(image)


def askew(image: Image.Image, *, degrees: float, margin: int) -> Image.Image:
    """The picture on a desk, turned a little."""
    desk = Image.new("L", (image.width + 2 * margin, image.height + 2 * margin), DESK)
    desk.paste(image, (margin, margin))
    return desk.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=DESK)


def centered(width: int, text: str, size: int, font: str = MONO) -> int:
    """Where a text begins that stands in the middle."""
    return (width - round(ImageFont.truetype(font, size).getlength(text))) // 2


def money(cents: int, sign: str = "", *, comma: bool = False) -> str:
    """Cents as printed: "1,234.50", or with `comma` "1.234,50"."""
    text = f"{cents // 100:,}.{cents % 100:02}"
    return sign + (text.translate(str.maketrans(",.", ".,")) if comma else text)
