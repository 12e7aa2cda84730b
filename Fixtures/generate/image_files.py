"""Pictures of every kind a dataset may hold."""

import io
import struct
import zlib

import numpy as np
from PIL import Image


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


PASSES = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def pack(row: np.ndarray, depth: int) -> bytes:
    """One scanline [width, samples] as PNG packs it."""
    if depth == 16:
        return row.astype(">u2").tobytes()
    if depth == 8:
        return row.astype(np.uint8).tobytes()
    bits = ((row.reshape(-1, 1) >> np.arange(depth - 1, -1, -1)) & 1).astype(np.uint8).reshape(-1)
    return np.packbits(bits).tobytes()


def filtered(rows: list[bytes], back: int, kinds) -> bytes:
    """Scanlines with PNG's filters applied, one kind after the other."""
    out, up = b"", bytes(len(rows[0]))
    for y, row in enumerate(rows):
        kind, line = kinds[y % len(kinds)], bytearray()
        for i, value in enumerate(row):
            left = row[i - back] if i >= back else 0
            corner = up[i - back] if i >= back else 0
            p = left + up[i] - corner
            paeth = min((abs(p - left), 0, left), (abs(p - up[i]), 1, up[i]), (abs(p - corner), 2, corner))[2]
            line.append((value - [0, left, up[i], (left + up[i]) // 2, paeth][kind]) % 256)
        out, up = out + bytes([kind]) + bytes(line), row
    return out


def png(samples: np.ndarray, colour: int, depth: int, interlace=False, extra=b"", late=b"") -> bytes:
    """A PNG of samples [height, width, samples], written by hand so that every kind occurs."""
    height, width, count = samples.shape
    back = max(1, count * depth // 8)
    data = b""
    for x, y, dx, dy in PASSES if interlace else [(0, 0, 1, 1)]:
        part = samples[y::dy, x::dx]
        if part.size:
            data += filtered([pack(row, depth) for row in part], back, [4, 1, 3, 2, 0])
    packed = zlib.compress(data)
    half = len(packed) // 2
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, int(interlace)))
        + extra
        + chunk(b"IDAT", packed[:half])
        + chunk(b"IDAT", packed[half:])
        + late
        + chunk(b"IEND", b"")
    )


def exif(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags


def saved(image: Image.Image, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, **options)
    return buffer.getvalue()


def pictures(seed: int):
    """(name, the file's bytes, the bug it would catch)."""
    random = np.random.default_rng(seed)

    def noise(height, width, count, depth):
        return random.integers(0, 2**depth, (height, width, count))

    for colour, depth, count in [
        (0, 1, 1), (0, 2, 1), (0, 4, 1), (0, 8, 1), (0, 16, 1), (2, 8, 3), (2, 16, 3),
        (4, 8, 2), (4, 16, 2), (6, 8, 4), (6, 16, 4),
    ]:  # fmt: skip
        for interlace in (False, True):
            name = f"png colour {colour} depth {depth}" + (" interlaced" if interlace else "")
            samples = noise(9, 13, count, depth)
            if (colour, depth) == (0, 16):
                samples[:4] %= 300
            yield name, png(samples, colour, depth, interlace), "narrowing or dropping samples otherwise than Pillow"
    for depth in (1, 2, 4, 8):
        table = random.integers(0, 256, 3 * 2**depth).astype(np.uint8).tobytes()
        yield (
            f"png palette depth {depth}",
            png(noise(9, 13, 1, depth), 3, depth, depth == 2, chunk(b"PLTE", table)),
            "bits of a byte read in the wrong order",
        )
    yield (
        "png palette cut short",
        png(noise(9, 13, 1, 8), 3, 8, False, chunk(b"PLTE", bytes(range(30))) + chunk(b"tRNS", b"\0\xff")),
        "indices beyond the palette read past its end, or transparency changes a colour",
    )
    yield (
        "png transparent colour",
        png(noise(5, 6, 3, 8), 2, 8, False, chunk(b"tRNS", bytes(6))),
        "the transparent colour treated as alpha",
    )
    yield "png one pixel interlaced", png(noise(1, 1, 3, 8), 2, 8, True), "empty passes given a filter byte"
    yield (
        "png turned",
        png(noise(5, 7, 3, 8), 2, 8, False, b"", chunk(b"eXIf", exif(6).tobytes()[6:])),
        "EXIF after the image data ignored",
    )
    y, x = np.mgrid[0:21, 0:27]
    smooth = np.stack([9 * x, 11 * y, 255 - 5 * (x + y)], -1).clip(0, 255).astype(np.uint8)
    picture = Image.fromarray(smooth)
    for subsampling in (0, 1, 2):
        yield (
            f"jpeg subsampling {subsampling}",
            saved(picture, format="JPEG", quality=80, subsampling=subsampling),
            "another DCT or chroma upsampling than Pillow's",
        )
    yield "jpeg progressive", saved(picture, format="JPEG", progressive=True), "progressive scans"
    yield "jpeg grey", saved(picture.convert("L"), format="JPEG"), "one component read as three"
    ink = Image.fromarray(np.concatenate([smooth, smooth[..., :1] // 2], -1), "CMYK")
    yield "jpeg cmyk", saved(ink, format="JPEG"), "ink taken as light, or not inverted as Adobe stores it"
    for orientation in range(1, 9):
        yield (
            f"jpeg orientation {orientation}",
            saved(picture, format="JPEG", exif=exif(orientation)),
            "a turn in the wrong sense",
        )
    padded = saved(picture, format="JPEG") + bytes(100)
    yield "jpeg padded with zeros", padded, "ALOHA's padding taken for damage"
