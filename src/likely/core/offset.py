"""The offset that hides a blind parameter; no JAX, so that a study can tell it too."""

import hashlib

# 53 bits make a double between 0 and 1 exactly.
_BITS = 53


def blind_offset(key: str, name: str, scale: float) -> float:
    r"""Return $\Delta = s\,(2h - 1)$, the same for one key and name everywhere.

    $h$ is the number between 0 and 1 that the first 53 bits of the SHA-256 of key and
    name spell.

    Args:
        key: Any text.
        name: Of the parameter.
        scale: $s$, the largest offset, in the unit of the parameter.
    """
    # The length keeps `ab` and `c` apart from `a` and `bc`.
    text = f"{len(key)}:{key}{name}"
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    fraction = (int.from_bytes(digest[:8], "big") >> (64 - _BITS)) / 2.0**_BITS
    return scale * (2.0 * fraction - 1.0)
