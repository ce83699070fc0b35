"""
The quality metric once more, in numpy, as section 5 of the paper describes it: Laplacian pyramid, neighbourhoods of 7x7
pixels normalised per channel, distances along random directions. It writes the fixtures that `tests/quality` compares
with; pictures, corners and directions are part of them.

    python -m venv venv && venv/bin/pip install numpy
    venv/bin/python tests/oracle/slicedWasserstein.py
"""
import json
import pathlib

import numpy as np

FIXTURES = pathlib.Path(__file__).parent / "quality"
KERNEL = np.array([1, 4, 6, 4, 1]) / 16
SIDE = 7


def smooth(pictures):
    """Both directions of [n, h, w, c] with the kernel, mirrored at the edges."""
    for axis in (1, 2):
        pad = [(2, 2) if i == axis else (0, 0) for i in range(4)]
        padded = np.pad(pictures, pad, mode="reflect")
        size = pictures.shape[axis]
        shifted = [np.take(padded, range(k, k + size), axis=axis) for k in range(5)]
        pictures = sum(weight * part for weight, part in zip(KERNEL, shifted))
    return pictures


def smaller(pictures):
    return smooth(pictures)[:, ::2, ::2]


def larger(pictures):
    n, h, w, c = pictures.shape
    spread = np.zeros((n, 2 * h, 2 * w, c))
    spread[:, ::2, ::2] = pictures
    return 4 * smooth(spread)


def pyramid(pictures):
    while pictures.shape[1] < 16:
        pictures = pictures.repeat(2, axis=1).repeat(2, axis=2)
    levels = []
    while pictures.shape[1] > 16:
        low = smaller(pictures)
        levels.append(pictures - larger(low))
        pictures = low
    return levels + [pictures]


def descriptors(level, corners):
    cut = [
        picture[y : y + SIDE, x : x + SIDE]
        for picture, own in zip(level, corners)
        for x, y in own
    ]
    cut = np.stack(cut)
    cut = (cut - cut.mean(axis=(0, 1, 2))) / cut.std(axis=(0, 1, 2))
    return cut.reshape(len(cut), -1)


def distance(reals, fakes, corners, directions):
    per_level = []
    for real, fake, own, vectors in zip(pyramid(reals), pyramid(fakes), corners, directions):
        a, b = (np.sort(descriptors(level, own) @ vectors.T, axis=0) for level in (real, fake))
        per_level.append(np.abs(a - b).mean())
    return np.mean(per_level), per_level


def case(random, resolution, channels, pictures, each, vectors):
    def some(blur, shift):
        noise = random.normal(size=(pictures, resolution, resolution, channels))
        for _ in range(blur):
            noise = (noise + np.roll(noise, 1, axis=1) + np.roll(noise, 1, axis=2)) / 3
        noise = 0.4 * noise / noise.std() + shift * random.normal(size=(pictures, 1, 1, 1))
        return np.clip(np.round((noise + 1) * 127.5), 0, 255).astype(np.uint8)

    reals, fakes = some(3, 0.2), some(1, 0.1)
    sides = [16]
    while sides[0] < resolution:
        sides = [2 * sides[0]] + sides
    corners = [random.integers(0, side - SIDE + 1, (pictures, each, 2)) for side in sides]
    normals = [random.normal(size=(vectors, SIDE * SIDE * channels)) for _ in sides]
    normals = [one.astype(np.float32) for one in normals]
    directions = [
        one / np.linalg.norm(one, axis=1, keepdims=True) for one in (n.astype(float) for n in normals)
    ]
    floats = [pixels / 127.5 - 1 for pixels in (reals, fakes)]
    mean, levels = distance(*floats, corners, directions)
    print(f"{resolution} px, {channels} channels: {1000 * mean:.3f}")
    name = f"{resolution}px-{channels}ch"
    about = dict(
        resolution=resolution, channels=channels, pictures=pictures, each=each, vectors=vectors,
        sides=sides, distance=mean, levels=levels,
    )
    (FIXTURES / f"{name}.json").write_text(json.dumps(about) + "\n")
    (FIXTURES / f"{name}.u8").write_bytes(reals.tobytes() + fakes.tobytes())
    (FIXTURES / f"{name}.u16").write_bytes(b"".join(c.astype("<u2").tobytes() for c in corners))
    (FIXTURES / f"{name}.f32").write_bytes(b"".join(n.astype("<f4").tobytes() for n in normals))


if __name__ == "__main__":
    numbers = np.random.default_rng(5)
    case(numbers, 64, 3, 4, 12, 18)
    case(numbers, 16, 1, 24, 8, 32)
    case(numbers, 8, 4, 24, 6, 16)
    case(numbers, 4, 3, 24, 6, 16)
