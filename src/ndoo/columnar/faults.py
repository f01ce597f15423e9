"""What the library of Arrow raises, as sentences. A foreign message may hold a value, so none is shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from ndoo.domain.errors import UnfitData
from ndoo.domain.machine_faults import explained


@contextmanager
def faults() -> Iterator[None]:
    """Use it around every call into the library that reads a file."""
    try:
        yield
    except (pa.ArrowNotImplementedError, RecursionError):
        raise UnfitData(
            "input-unsupported",
            "The input uses a feature of Parquet or Arrow that is not read here. Write it again with the usual settings.",
        ) from None
    except MemoryError:
        raise UnfitData(
            "input-memory", "The input says that it holds more than this machine has room for: it may be damaged."
        ) from None
    except OSError as error:
        if error.errno is not None:
            raise explained(error, "the input") from None
        raise (encrypted() if "crypt" in str(error) else damaged()) from None
    except (pa.ArrowException, ValueError, LookupError, OverflowError):
        raise damaged() from None


def damaged() -> UnfitData:
    return UnfitData("input-damaged", "The input is damaged or cut off: it cannot be read to its end.")


def encrypted() -> UnfitData:
    return UnfitData(
        "input-encrypted", "The input is encrypted Parquet. Decrypt it first, in the place that holds its key."
    )
