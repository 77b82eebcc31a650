"""One image file: what it holds, and its pixels at the size that is trained on."""

from __future__ import annotations

import hashlib
import io
import warnings
from pathlib import Path

import numpy as np

from kerasnas.errors import first_line

_FORMATS = {".jpg": "JPEG", ".jpeg": "JPEG", ".png": "PNG"}
_BEGINNINGS = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG"}


class UnusableImageError(Exception):
    """An image cannot be used; its text says why in a few words."""


def content_digest(file: Path) -> bytes:
    """Return the SHA-256 of an image file's content.

    Raises:
        FileNotFoundError: there is no such file.
        UnusableImageError: it is empty, cannot be read, or is not what the ending of its name says.
    """
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:  # a name with a zero byte is a ValueError
        reason = error.strerror if isinstance(error, OSError) else error
        raise UnusableImageError(f"cannot be read ({reason})") from None
    if not content:
        raise UnusableImageError("empty")
    named = _FORMATS.get(file.suffix.lower())
    found = next((kind for beginning, kind in _BEGINNINGS.items() if content.startswith(beginning)), None)
    if found is None:
        raise UnusableImageError("neither JPEG nor PNG")
    if named is not None and named != found:
        raise UnusableImageError(f"{found} in spite of its name")
    return hashlib.sha256(content).digest()


def read_image(file: Path, height: int, width: int, channels: int = 3) -> np.ndarray:
    """Return the image as uint8 `(height, width, channels)`: resized as a whole, its aspect kept, with black around it.

    It is turned upright as its EXIF data says.

    Args:
        file: a JPEG or PNG.
        height, width: in pixels.
        channels: 3 for red, green and blue, 1 for grey.

    Raises:
        UnusableImageError: it is damaged, or no image.
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with warnings.catch_warnings(), Image.open(io.BytesIO(file.read_bytes())) as image:
            warnings.simplefilter("ignore")
            mode = "L" if channels == 1 else "RGB"
            image.draft(mode, (2 * width, 2 * height))  # a JPEG of many times the size is decoded at a part of it
            upright = ImageOps.exif_transpose(image).convert(mode)
            padded = ImageOps.pad(upright, (width, height), Image.Resampling.BILINEAR, color=0)
    except UnidentifiedImageError:  # whose text names an object in memory
        raise UnusableImageError("damaged (no image can be made out in it)") from None
    except Exception as error:  # Pillow raises all kinds of errors where a file is damaged
        raise UnusableImageError(f"damaged ({first_line(error)})" if file.exists() else "not there") from None
    return np.asarray(padded, np.uint8).reshape(height, width, channels)
