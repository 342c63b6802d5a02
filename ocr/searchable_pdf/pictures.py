"""An image as a page of a PDF, without loss: its own compressed bytes where PDF can hold them.

JPEG goes in as it is, PNG as the stream inside its chunks, a fax-coded TIFF as its strip.
What PDF has no filter for is packed again without loss; only lossy WebP becomes a fine JPEG.
"""

import io
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from mmap import mmap

from pikepdf import Array, Dictionary, Name, Object, Pdf, String
from PIL import Image, TiffImagePlugin

PNG_CHANNELS = {0: 1, 2: 3, 3: 1}  # grey, RGB, palette; the others have transparency
LOSSY_WEBP_QUALITY = 92
LONGEST_PAGE_POINTS = 14_400  # ISO 32000, annex C
A4_LONG_INCHES = 11.69
SCREEN_DPI = 72
POINTS_AN_INCH = 72
ORIENTATION = 0x0112  # EXIF
COMPRESSION, FILL_ORDER, PHOTOMETRIC, STRIPS, STRIP_SIZES = 259, 266, 262, 273, 279
GROUP_4 = 4


@dataclass(frozen=True, slots=True)
class Stream:
    """Compressed pixels with what a PDF must know to unpack them."""

    data: bytes
    width: int
    height: int
    bits: int
    color_space: object
    filter: str
    parameters: Mapping[str, object] | None = None
    decode: tuple[int, ...] = ()


def embed(pdf: Pdf, image: Image.Image, data: mmap, *, in_rgb: bool = False) -> Object:
    """The present frame of an open image as an image object of `pdf`.

    Args:
        image: Opened, not decoded.
        data: The file that it was opened from.
        in_rgb: Colours for print (CMYK) are converted.

    Raises:
        Whatever Pillow raises for a damaged frame.
    """
    stream = _stream(image, data, in_rgb=in_rgb)
    picture = pdf.make_stream(stream.data)
    picture.Type, picture.Subtype = Name.XObject, Name.Image
    picture.Width, picture.Height, picture.BitsPerComponent = stream.width, stream.height, stream.bits
    picture.ColorSpace = _color_space(pdf, stream.color_space, image)
    picture.Filter = Name(stream.filter)
    if stream.parameters:
        picture.DecodeParms = Dictionary({f"/{name}": value for name, value in stream.parameters.items()})
    if stream.decode:
        picture.Decode = Array(list(stream.decode))
    if (opacity := _opacity(image)) is not None:
        picture.SMask = _mask(pdf, opacity)
    return pdf.make_indirect(picture)


def page_size(width: int, height: int, dpi: int) -> tuple[float, float]:
    """Points of a page that shows so many pixels; without a resolution, no longer than A4."""
    longest = max(width, height)
    dots = dpi or max(SCREEN_DPI, longest / A4_LONG_INCHES)
    dots = max(dots, longest * POINTS_AN_INCH / LONGEST_PAGE_POINTS)
    return width * POINTS_AN_INCH / dots, height * POINTS_AN_INCH / dots


def placement(orientation: int, rotation: int) -> tuple[float, float, float, float, float, float]:
    """How the stored picture lies on its upright page, both 1 wide and high, as a matrix of PDF.

    Args:
        orientation: EXIF, 1 to 8.
        rotation: By which the upright picture was turned clockwise after that.
    """
    origin, right, top = (_upright(corner, orientation, rotation) for corner in ((0, 1), (1, 1), (0, 0)))
    (x0, y0), (x1, y1), (x2, y2) = ((x, 1 - y) for x, y in (origin, right, top))
    return (x1 - x0, y1 - y0, x2 - x0, y2 - y0, x0, y0)


def _upright(corner: tuple[float, float], orientation: int, rotation: int) -> tuple[float, float]:
    """Where a point of the stored picture comes to lie; both with y down."""
    x, y = corner
    x, y = {2: (1 - x, y), 3: (1 - x, 1 - y), 4: (x, 1 - y), 5: (y, x), 6: (1 - y, x), 7: (1 - y, 1 - x),
            8: (y, 1 - x)}.get(orientation, (x, y))  # fmt: skip
    for _ in range(rotation // 90):
        x, y = 1 - y, x
    return x, y


def _stream(image: Image.Image, data: mmap, *, in_rgb: bool) -> Stream:
    if image.format == "JPEG" and not (in_rgb and image.mode == "CMYK") and (jpeg := _jpeg(image, data[:])):
        return jpeg
    if image.format == "PNG" and (png := _png(bytes(data))):
        return png
    if image.format == "TIFF" and image.mode == "1" and (fax := _single_strip(image, data)):
        return fax
    return _packed(image, is_lossy=image.format == "WEBP" and b"VP8L" not in data[:64], in_rgb=in_rgb)


def _jpeg(image: Image.Image, data: bytes) -> Stream | None:
    space = {"L": Name.DeviceGray, "RGB": Name.DeviceRGB, "CMYK": Name.DeviceCMYK}.get(image.mode)
    if space is None:
        return None
    # Adobe's programs store CMYK inverted and say so by their marker.
    inverted = (1, 0) * 4 if image.mode == "CMYK" and "adobe" in image.info else ()
    return Stream(data, *image.size, 8, space, "/DCTDecode", decode=inverted)


def _png(data: bytes) -> Stream | None:
    """The stream of a PNG, whose rows a PDF reads with the same predictors; None where it cannot."""
    chunks = list(_chunks(data))
    if not chunks or chunks[0][0] != b"IHDR":
        return None
    width, height, bits, kind, _, _, interlaced = struct.unpack(">IIBBBBB", chunks[0][1][:13])
    if kind not in PNG_CHANNELS or interlaced or any(name == b"tRNS" for name, _ in chunks):
        return None
    space: object = Name.DeviceGray if kind == 0 else Name.DeviceRGB
    if kind == 3:
        palette = next((body for name, body in chunks if name == b"PLTE"), b"")
        space = Array([Name.Indexed, Name.DeviceRGB, len(palette) // 3 - 1, String(palette)])
    body = b"".join(body for name, body in chunks if name == b"IDAT")
    parameters = {"Predictor": 15, "Colors": PNG_CHANNELS[kind], "BitsPerComponent": bits, "Columns": width}
    return Stream(body, width, height, bits, space, "/FlateDecode", parameters)


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length


def _single_strip(image: Image.Image, data: mmap | bytes) -> Stream | None:
    """The one fax-coded strip of a frame, or None where there are several or none."""
    tags = image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}
    strips, sizes = tags.get(STRIPS, ()), tags.get(STRIP_SIZES, ())
    if tags.get(COMPRESSION) != GROUP_4 or len(strips) != 1 or len(sizes) != 1 or tags.get(FILL_ORDER, 1) != 1:
        return None
    return _fax(data[strips[0] : strips[0] + sizes[0]], image.size, white_is_zero=tags.get(PHOTOMETRIC) == 0)


def _fax(data: bytes, size: tuple[int, int], *, white_is_zero: bool) -> Stream:
    """Group 4 code; where white is zero, what is coded as black is black."""
    parameters = {"K": -1, "Columns": size[0], "Rows": size[1], "BlackIs1": not white_is_zero}
    return Stream(data, *size, 1, Name.DeviceGray, "/CCITTFaxDecode", parameters)


def _packed(image: Image.Image, *, is_lossy: bool, in_rgb: bool) -> Stream:
    """The pixels packed anew without loss; lossy WebP as a fine JPEG, which no filter without loss keeps small."""
    image.load()
    flat = _without_opacity(image)
    if flat.mode == "1":
        return _packed_fax(flat)
    out = io.BytesIO()
    if is_lossy:
        flat.convert("RGB").save(out, "JPEG", quality=LOSSY_WEBP_QUALITY, subsampling=0)
        return Stream(out.getvalue(), *flat.size, 8, Name.DeviceRGB, "/DCTDecode")
    if flat.mode == "CMYK" and not in_rgb:
        return Stream(zlib.compress(flat.tobytes()), *flat.size, 8, Name.DeviceCMYK, "/FlateDecode")
    (flat.convert("RGB") if flat.mode == "CMYK" else flat).save(out, "PNG")
    return _surely(_png(out.getvalue()))


def _packed_fax(image: Image.Image) -> Stream:
    out = io.BytesIO()
    image.save(out, "TIFF", compression="group4", strip_size=1 << 30)
    written = Image.open(out)
    return _surely(_single_strip(written, out.getvalue()))


def _surely(stream: Stream | None) -> Stream:
    """What we wrote ourselves is of the kind that PDF can hold: not interlaced, opaque, in one strip."""
    if stream is None:
        raise ValueError("Pillow wrote a picture that a PDF cannot hold.")
    return stream


def _without_opacity(image: Image.Image) -> Image.Image:
    if image.mode in ("1", "L", "RGB", "CMYK") and "transparency" not in image.info:
        return image
    if image.mode == "P" and "transparency" not in image.info:
        return image
    if image.mode.startswith("I;16"):
        return image
    if image.mode in ("LA", "La"):
        return image.convert("LA").getchannel("L")
    return image.convert("L") if image.mode in ("I", "F") else image.convert("RGBA").convert("RGB")


def _opacity(image: Image.Image) -> Image.Image | None:
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        return image.convert("RGBA").getchannel("A")
    return None


def _mask(pdf: Pdf, opacity: Image.Image) -> Object:
    mask = pdf.make_stream(zlib.compress(opacity.tobytes()))
    mask.Type, mask.Subtype, mask.ColorSpace = Name.XObject, Name.Image, Name.DeviceGray
    mask.Width, mask.Height, mask.BitsPerComponent = *opacity.size, 8
    mask.Filter = Name.FlateDecode
    return pdf.make_indirect(mask)


def _color_space(pdf: Pdf, plain: object, image: Image.Image) -> object:
    """The picture's own colour profile where it has one that fits, else the plain colours."""
    profile = image.info.get("icc_profile") or b""
    channels = {Name.DeviceGray: (1, b"GRAY"), Name.DeviceRGB: (3, b"RGB "), Name.DeviceCMYK: (4, b"CMYK")}
    if not isinstance(plain, Name) or len(profile) < 128 or profile[16:20] != channels[plain][1]:
        return plain
    stream = pdf.make_stream(profile)
    stream.N, stream.Alternate = channels[plain][0], plain
    return Array([Name.ICCBased, pdf.make_indirect(stream)])
