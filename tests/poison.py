"""Hostile and odd inputs, made by code: `CASES` to be refused or survived, `GOOD` to be read.

Each function returns the bytes of one file in well under two seconds and in little memory,
also where the file unpacks to hundreds of megabytes. Every input in `GOOD` shows `TEXT`.
"""

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from functools import cache, partial

from PIL import Image, ImageDraw, ImageFont

TEXT = "INVOICE 12345"
PASSWORD = "secret"
MEGABYTE = 1_000_000

# Names under which a client may send any of these.
HOSTILE_NAMES = (
    "../../etc/cron.d/job.png",
    "..\\..\\boot.png",
    "/etc/hostname",
    "a" * 251 + ".png",
    "name\x00.png",
    "name\r\nX-Header: y.png",
    "invoice.pdf.exe",
    "-rf.png",
    "",
)


# Compressed streams


def deflated(chunk: bytes, times: int, rest: bytes = b"") -> bytes:
    """A zlib stream that unpacks to `times` copies of `chunk`, then `rest`; quick to make.

    A full flush makes a block independent and byte-aligned, so that it can be repeated.
    """
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = compressor.compress(chunk) + compressor.flush(zlib.Z_FULL_FLUSH)
    end = compressor.compress(rest) + compressor.flush()
    checksum = 1
    for _ in range(times):
        checksum = zlib.adler32(chunk, checksum)
    return b"\x78\xda" + block * times + end + struct.pack(">I", zlib.adler32(rest, checksum))


def deflated_zeros(size_bytes: int) -> bytes:
    """A zlib stream of zeros."""
    times, rest = divmod(size_bytes, MEGABYTE)
    return deflated(bytes(MEGABYTE), times, bytes(rest))


# PNG


def png(width: int, height: int, *, depth_bits: int = 8, color_type: int = 0, rows: int | None = None) -> bytes:
    """A black PNG; `rows` fewer than the height leave its data short.

    Args:
        color_type: 0 grey, 2 RGB.
    """
    row_bytes = 1 + (width * depth_bits * (3 if color_type == 2 else 1) + 7) // 8
    header = struct.pack(">IIBBBBB", width, height, depth_bits, color_type, 0, 0, 0)
    data = deflated_zeros(row_bytes * (height if rows is None else rows))
    chunks = ((b"IHDR", header), (b"IDAT", data), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_png_chunk(kind, body) for kind, body in chunks)


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    checksum = zlib.crc32(kind + body)
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", checksum)


# PDF


def pdf(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of these objects, numbered from 1; the first is the catalog."""
    out = bytearray(b"%PDF-1.7\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (len(objects) + 1, trailer)
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % start


def pdf_stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries, data)


def pdf_text(extra: str = "") -> bytes:
    """Content that shows `TEXT`, and `extra` below it, on a Letter page with the font /F."""
    lines = f"BT /F 60 Tf 70 600 Td ({TEXT}) Tj 0 -120 Td ({extra}) Tj ET"
    return lines.encode("ascii")


def one_page(
    content: bytes,
    *,
    catalog: bytes = b"",
    kids: bytes = b"3 0 R",
    count: int = 1,
    resources: bytes = b"",
) -> list[bytes]:
    """The objects of a document: 1 catalog, 2 page tree, 3 page, 4 content, 5 font.

    Args:
        content: A whole stream object, as `pdf_stream` makes it.
        catalog, resources: Further entries; objects from 6 on are the caller's.
    """
    return [
        b"<< /Type /Catalog /Pages 2 0 R %s >>" % catalog,
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, count),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R "
        b"/Resources << /Font << /F 5 0 R >> %s >> >>" % resources,
        content,
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]


def pdf_huge_page() -> bytes:
    """A page of 200 inches squared: 3.6 gigapixels at 300 dpi."""
    return pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 14400 14400] >>",
        ]
    )


def pdf_double_flate_500mb() -> bytes:
    """A content stream of 500 MB of spaces, compressed twice."""
    data = zlib.compress(deflated(b" " * MEGABYTE, 500), 9)
    return pdf(one_page(pdf_stream(data, b"/Filter [/FlateDecode /FlateDecode]")))


def pdf_900mpx_image() -> bytes:
    """A 1-bit image of 30,000 x 30,000 pixels on a Letter page."""
    image = pdf_stream(
        deflated_zeros(30_000 * 3_750),
        b"/Type /XObject /Subtype /Image /Width 30000 /Height 30000 /BitsPerComponent 1 "
        b"/ColorSpace /DeviceGray /Filter /FlateDecode",
    )
    content = pdf_stream(b"q 612 0 0 792 0 0 cm /I Do Q")
    return pdf([*one_page(content, resources=b"/XObject << /I 6 0 R >>"), image])


def pdf_same_page_100000_times() -> bytes:
    kids = b"3 0 R " * 100_000
    return pdf(one_page(pdf_stream(pdf_text()), kids=kids, count=100_000))


def pdf_two_million_q() -> bytes:
    """Two million saved graphics states, none restored."""
    data = deflated(b"q " * 500_000, 4)
    return pdf(one_page(pdf_stream(data, b"/Filter /FlateDecode")))


def pdf_truncated(percent: int) -> bytes:
    """The first part of a two-page document."""
    whole = pdf_two_pages()
    return whole[: len(whole) * percent // 100]


def pdf_xref_loop() -> bytes:
    """A cross-reference table whose predecessor is itself."""
    objects = one_page(pdf_stream(pdf_text()))
    # Fixed width, so that the entry does not move what it points at.
    start = pdf(objects, b"/Prev 0000000000").rindex(b"xref\n0 ")
    return pdf(objects, b"/Prev %010d" % start)


def pdf_count_lie() -> bytes:
    """One page that claims to be two thousand million."""
    return pdf(one_page(pdf_stream(pdf_text()), count=2_000_000_000))


def pdf_cyclic_page_tree() -> bytes:
    """A page tree that holds itself."""
    return pdf(one_page(pdf_stream(pdf_text()), kids=b"2 0 R 3 0 R 2 0 R", count=3))


def pdf_javascript() -> bytes:
    action = b"/OpenAction << /S /JavaScript /JS (while \\(true\\) app.alert\\('x'\\);) >>"
    return pdf(one_page(pdf_stream(pdf_text()), catalog=action))


def pdf_embedded_file() -> bytes:
    names = b"/Names << /EmbeddedFiles << /Names [(x.exe) 6 0 R] >> >>"
    objects = one_page(pdf_stream(pdf_text()), catalog=names)
    specification = b"<< /Type /Filespec /F (x.exe) /EF << /F 7 0 R >> >>"
    return pdf([*objects, specification, pdf_stream(b"MZ" + bytes(64), b"/Type /EmbeddedFile")])


def pdf_1000_layers() -> bytes:
    """The text once in each of a thousand optional content groups."""
    numbers = range(6, 1_006)
    everything = b" ".join(b"%d 0 R" % number for number in numbers)
    content = b"\n".join(b"/OC /L%d BDC %s EMC" % (number, pdf_text()) for number in numbers)
    catalog = b"/OCProperties << /OCGs [%s] /D << /Order [%s] >> >>" % (everything, everything)
    properties = b" ".join(b"/L%d %d 0 R" % (number, number) for number in numbers)
    objects = one_page(pdf_stream(content), catalog=catalog, resources=b"/Properties << %s >>" % properties)
    return pdf(objects + [b"<< /Type /OCG /Name (%d) >>" % number for number in numbers])


def pdf_encrypted() -> bytes:
    """A document that opens only with `PASSWORD`.

    The standard security handler, revision 2 (RC4, 40 bits): ISO 32000-1, 7.6.3.
    """
    permissions, identity = struct.pack("<i", -4), bytes(range(16))
    owner = rc4(_md5(_padded(b"owner"))[:5], _padded(PASSWORD.encode()))
    key = _md5(_padded(PASSWORD.encode()) + owner + permissions + identity)[:5]
    user = rc4(key, _padded(b""))
    content_key = _md5(key + b"\x04\x00\x00" + b"\x00\x00")[:10]  # of object 4, generation 0
    objects = one_page(pdf_stream(rc4(content_key, pdf_text())))
    encryption = b"<< /Filter /Standard /V 1 /R 2 /P -4 /O <%s> /U <%s> >>" % (
        owner.hex().encode(),
        user.hex().encode(),
    )
    mark = identity.hex().encode()
    return pdf([*objects, encryption], b"/Encrypt 6 0 R /ID [<%s> <%s>]" % (mark, mark))


def rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out = bytearray()
    i = j = 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def _md5(data: bytes) -> bytes:
    return hashlib.md5(data, usedforsecurity=False).digest()


def _padded(password: bytes) -> bytes:
    padding = "28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A"
    return (password + bytes.fromhex(padding))[:32]


# TIFF


def tiff(directories: int, *, strips: int = 1, strip_bytes: int = 1, loops: bool = False) -> bytes:
    """A chain of one-pixel grey pages.

    Args:
        strips, strip_bytes: In how many pieces of which size each page claims its data to lie.
        loops: The last directory points at the first.
    """
    entries = 8
    size = 2 + 12 * entries + 4
    out = bytearray(b"II*\x00" + struct.pack("<I", 8))
    for index in range(directories):
        start = len(out)
        last = index == directories - 1
        following = (8 if loops else 0) if last else start + size
        tags = (  # tag, type (3 short, 4 long), count, value
            (256, 3, 1, 1),  # width
            (257, 3, 1, 1),  # height
            (258, 3, 1, 8),  # bits
            (259, 3, 1, 1),  # no compression
            (262, 3, 1, 1),  # 0 is black
            (273, 4, strips, 8),  # where the strip starts
            (278, 3, 1, 1),  # rows in a strip
            (279, 4, strips, strip_bytes),
        )
        out += struct.pack("<H", entries)
        out += b"".join(struct.pack("<HHII", *tag) for tag in tags)
        out += struct.pack("<I", following)
    return bytes(out)


# JPEG and GIF


def jpeg_300_scans() -> bytes:
    """A progressive image of 4,000 x 4,000 pixels that repeats its last scan 300 times."""
    data = encoded(Image.new("L", (4_000, 4_000), 128), "JPEG", progressive=True)
    end = len(data) - 2  # the end-of-image marker
    return data[:end] + data[data.rindex(b"\xff\xda") : end] * 300 + data[end:]


def gif_20000_frames() -> bytes:
    """One-pixel frames on a canvas of 5,000 x 5,000 pixels."""
    head = b"GIF89a" + struct.pack("<HHBBB", 5_000, 5_000, 0x80, 0, 0) + b"\x00\x00\x00\xff\xff\xff"
    control = b"\x21\xf9\x04\x00\x01\x00\x00\x00"
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return head + (control + frame) * 20_000 + b"\x3b"


# Not images


def text_file_list(path: str = "another-upload.png") -> bytes:
    """What Tesseract would take for a list of images to read."""
    return f"{path}\n{path}\n".encode()


def svg_script() -> bytes:
    return (
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
        b'<script>alert(1)</script><image href="file:///etc/hostname"/></svg>'
    )


def zip_file() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../invoice.txt", TEXT)
    return buffer.getvalue()


def polyglot_pdf_html() -> bytes:
    """HTML in front of a PDF's first line: a browser shows one, a PDF reader the other."""
    return b"<html><script>alert(1)</script><!--\n" + pdf(one_page(pdf_stream(pdf_text())))


# Good inputs


@cache
def drawing(extra: str = "") -> Image.Image:
    """`TEXT`, and `extra` below it, black on white, 1000 x 400 pixels, grey. Not to be changed."""
    image = Image.new("L", (1_000, 400), 255)
    draw = ImageDraw.Draw(image)
    draw.text((80, 60), TEXT, fill=0, font=ImageFont.load_default(size=110))
    draw.text((80, 230), extra, fill=0, font=ImageFont.load_default(size=110))
    return image


def encoded(image: Image.Image, file_format: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, file_format, **options)
    return buffer.getvalue()


def converted(mode: str, file_format: str, **options: object) -> bytes:
    """The drawing in one of Pillow's modes and formats."""
    return encoded(drawing().convert(mode), file_format, **options)


def transparent_png(mode: str) -> bytes:
    """Black ink on nothing: unreadable where the transparent ground is taken for black."""
    image = Image.new(mode, drawing().size)
    image.putalpha(drawing().point(lambda level: 255 - level))
    return encoded(image, "PNG")


def png_16_bit_grey() -> bytes:
    """Ink at 20,000 of 65,535: a cut to 8 bits instead of a scale turns all of it white."""
    image = drawing().point(lambda level: 20_000 if level < 128 else 65_535, "I").convert("I;16")
    return encoded(image, "PNG")


def jpeg_exif_rotated_6() -> bytes:
    """Stored on its side; EXIF says to turn it a quarter clockwise."""
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = drawing().convert("RGB").transpose(Image.Transpose.ROTATE_90)
    return encoded(turned, "JPEG", exif=exif)


def tiff_two_pages() -> bytes:
    pages = [drawing("PAGE ONE"), drawing("PAGE TWO")]
    return encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])


def pdf_two_pages() -> bytes:
    """Letter pages of real text."""
    objects = one_page(pdf_stream(pdf_text("PAGE ONE")), kids=b"3 0 R 6 0 R", count=2)
    second = objects[2].replace(b"4 0 R", b"7 0 R")
    return pdf([*objects, second, pdf_stream(pdf_text("PAGE TWO"))])


def pdf_scan() -> bytes:
    """A page that is one JPEG."""
    image = pdf_stream(
        converted("L", "JPEG"),
        b"/Type /XObject /Subtype /Image /Width 1000 /Height 400 /BitsPerComponent 8 "
        b"/ColorSpace /DeviceGray /Filter /DCTDecode",
    )
    content = pdf_stream(b"q 500 0 0 200 56 500 cm /I Do Q")
    return pdf([*one_page(content, resources=b"/XObject << /I 6 0 R >>"), image])


def half(whole: Callable[[], bytes]) -> bytes:
    data = whole()
    return data[: len(data) // 2]


GOOD: dict[str, Callable[[], bytes]] = {
    "png_rgb": partial(converted, "RGB", "PNG"),
    "png_rgba_transparent": partial(transparent_png, "RGBA"),
    "png_grey_alpha": partial(transparent_png, "LA"),
    "png_1bit": partial(converted, "1", "PNG"),
    "png_palette": partial(converted, "P", "PNG"),
    "png_16bit_grey": png_16_bit_grey,
    "jpeg_rgb": partial(converted, "RGB", "JPEG"),
    "jpeg_cmyk": partial(converted, "CMYK", "JPEG"),
    "jpeg_exif_rotated_6": jpeg_exif_rotated_6,
    "gif": partial(converted, "P", "GIF"),
    "bmp": partial(converted, "RGB", "BMP"),
    "webp": partial(converted, "RGB", "WEBP"),
    "tiff_two_pages": tiff_two_pages,
    "tiff_1bit_g4": partial(converted, "1", "TIFF", compression="group4"),
    "pdf_two_pages": pdf_two_pages,
    "pdf_scan": pdf_scan,
}

CASES: dict[str, Callable[[], bytes]] = {
    "png_20000x20000": partial(png, 20_000, 20_000),
    "png_13000x13000": partial(png, 13_000, 13_000),
    "png_50000x50000_1bit": partial(png, 50_000, 50_000, depth_bits=1),
    "png_60000x60000_few_kb": partial(png, 60_000, 60_000, color_type=2, rows=10),
    "pdf_huge_page": pdf_huge_page,
    "pdf_double_flate_500mb": pdf_double_flate_500mb,
    "pdf_900mpx_image": pdf_900mpx_image,
    "pdf_same_page_100000_times": pdf_same_page_100000_times,
    "pdf_two_million_q": pdf_two_million_q,
    **{f"pdf_truncated_{tenth}0": partial(pdf_truncated, tenth * 10) for tenth in range(1, 10)},
    "pdf_xref_loop": pdf_xref_loop,
    "pdf_count_lie": pdf_count_lie,
    "pdf_cyclic_page_tree": pdf_cyclic_page_tree,
    "pdf_encrypted": pdf_encrypted,
    "pdf_javascript": pdf_javascript,
    "pdf_embedded_file": pdf_embedded_file,
    "pdf_1000_layers": pdf_1000_layers,
    "tiff_20000_ifds": partial(tiff, 20_000),
    "tiff_ifd_loop": partial(tiff, 3, loops=True),
    "tiff_2gb_strip": partial(tiff, 1, strip_bytes=2**31),
    "tiff_2gb_strip_count": partial(tiff, 1, strips=2**29),
    "jpeg_300_scans": jpeg_300_scans,
    "gif_20000_frames": gif_20000_frames,
    "text_file_list": text_file_list,
    "text_url": lambda: b"http://127.0.0.1/other.png\n",
    "html": lambda: b"<!doctype html><script>alert(1)</script><p>not an image</p>",
    "svg_script": svg_script,
    "eps": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) run\nshowpage\n",
    "zip_file": zip_file,
    "polyglot_pdf_html": polyglot_pdf_html,
    "zero_bytes": lambda: b"",
    "one_byte": lambda: b"\x89",
    "truncated_jpeg": partial(half, GOOD["jpeg_rgb"]),
    "truncated_png": partial(half, GOOD["png_rgb"]),
    "truncated_tiff": partial(half, partial(converted, "L", "TIFF")),
}
