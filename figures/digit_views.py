# %% [markdown]
# # What a net gets to see
#
# The digits of scikit-learn as they come, at random places of a larger canvas, turned by quarter
# turns, with hidden pixels, and in two random views. Targets of self-supervised tasks come from
# such changes.

# %%
import jax
import jax.numpy as jnp
import numpy as np

from dlfigs import Claim, Figure, summary
from dlfigs.dataset import dataset
from dlfigs.datasets import SIDE, place, raw_digits, raw_labels
from dlfigs.draws import generator, starts, tables, window
from dlfigs.experiments import pretext
from dlfigs.plot import grays, marks

BRIGHTEST = 16
TURNS = (0, 1, 2, 3, 2)  # of the pictures from left to right
MASKS = {"masked": "masked", "view_one": "first view", "view_two": "second view"}


# %%
@jax.jit
def changed(begin, noise, raw, x, turns, share):
    """Images turned, turned four times, and in two views; and which pixels are hidden, by mask."""
    back = raw
    for _ in range(pretext.TURNS):
        back = pretext.rotated(back, jnp.ones_like(turns))
    one, two = (pretext.view(pair, noise, x) for pair in begin[1:])
    shares = (share, pretext.MASKED, pretext.MASKED)
    masks = [window(noise.uniform, start, x.shape) for start in begin[:, 0]]
    hidden = [
        pretext.masked(mask, jnp.ones(x.shape), part) == 0 for mask, part in zip(masks, shares, strict=True)
    ]
    return pretext.rotated(raw, turns), back, one, two, jnp.stack(hidden)


def compute(key, *, shown=(2, 4, 6, 7, 8), side=14, share=0.5):
    """Pictures of some digits, dims (digit, pixel) or (digit, place), and what holds for all of them."""
    key_order, key_place, key_noise = jax.random.split(key, 3)
    raw, labels, rng = raw_digits(), raw_labels(), generator(key_order)
    order, turns = rng.permutation(len(raw)), rng.integers(0, pretext.TURNS, len(raw))
    drawn = np.array([order[labels[order] == digit][0] for digit in shown])
    mean = raw.mean(axis=0)
    scale = np.sqrt(((raw - mean) ** 2).mean())
    turns[drawn] = np.resize(TURNS, len(drawn))
    rng = generator(key_noise)
    random = starts(rng, 3, 2), tables(rng)
    parts = changed(*random, raw, (raw - mean) / scale, turns, share)
    turned, back, one, two, hidden = map(np.asarray, parts)
    placed = place(key_place, raw, side)
    unit_one, unit_two = (part / np.linalg.norm(part, axis=1, keepdims=True) for part in (one, two))
    same = (unit_one * unit_two).sum(axis=1)
    other = (unit_one * np.roll(unit_two, 1, axis=0)).sum(axis=1)
    dims, words = "digit pixel", "brightness, from 0 to 16"
    pictures = {"aligned": raw, "turned": turned, "masked": raw * ~hidden[0]}
    pictures |= {"view_one": scale * one + mean, "view_two": scale * two + mean}
    halves = turns == 2
    return dataset(
        {"digit": list(shown), "pixel": SIDE**2, "place": side**2, "image": len(raw), "mask": list(MASKS)},
        attrs={"share": share, "side": side},
        **{name: (dims, values[drawn], f"{name}: {words}") for name, values in pictures.items()},
        placed=("digit place", placed[drawn], f"on a canvas: {words}"),
        turn=("digit", turns[drawn], "quarter turns, counterclockwise"),
        hidden=("mask digit pixel", hidden[:, drawn], "whether the pixel is hidden"),
        hidden_share=("mask image", hidden.mean(axis=2), "share of hidden pixels"),
        ink_gap=("image", placed.sum(axis=1) - raw.sum(axis=1), "change of brightness by placing"),
        full_turn_gap=("", abs(back - raw).max(), "largest change by four quarter turns"),
        half_turn_gap=("", abs(turned - raw[:, ::-1])[halves].max(), "largest gap to reversed pixels"),
        same=("image", same, "cosine of two views of an image"),
        other=("image", other, "cosine of views of two images"),
    )


# %%
def summarize(data):
    return data[[*ROWS, "turn", "hidden"]]


# %%
ROWS = {
    "aligned": "as they come,\n8 by 8 pixels",
    "placed": "anywhere on\na canvas",
    "turned": "turned",
    "masked": "masked",
    "view_one": "one view:\nmask and noise",
    "view_two": "another view",
}


def draw(fig, data):
    ax = fig.subplots()
    ax.set_axis_off()
    side, gap = data.attrs["side"], 3
    pitch, top, ink, hidden = side + 1, 0.0, [], []
    for name, label in ROWS.items():
        size = side if name == "placed" else SIDE
        label += f",\n{data.attrs['share']:.0%} hidden" * (name == "masked")
        ax.text(-2, top - size / 2, label, ha="right", va="center", fontsize=9)
        for column in range(data.sizes["digit"]):
            one = data.isel(digit=column)
            left = column * pitch + (side - size) / 2
            pixels = one[name].values.reshape(size, size) / BRIGHTEST
            if name in MASKS:
                mask = one.hidden.sel(mask=name).values.reshape(size, size)
                pixels = np.where(mask, 0, pixels)
                hidden.append((left, top, mask))
            ink.append((left, top, pixels))
            if name == "turned":
                marks.note(
                    ax, left + size / 2, top - size - 0.4, f"{90 * int(one.turn)}°", ha="center", va="top"
                )
        top -= size + gap + (2.5 if name == "turned" else 0)
    grays.areas(ax, hidden, "C1", 0.45)
    grays.pictures(ax, ink)
    ax.set(xlim=(-23, data.sizes["digit"] * pitch), ylim=(top + gap - 0.3, 0.3), aspect="equal")


# %%
def claims(data):
    ink = abs(data.ink_gap).max()
    for name, text, measured in (
        ("four_turns", "Four quarter turns: largest change of a pixel", data.full_turn_gap),
        (
            "half_turn",
            "A half turn reverses the order of the pixels: largest difference",
            data.half_turn_gap,
        ),
        ("ink", "Placing: largest change of an image's total brightness", ink),
    ):
        yield Claim(name, text, measured=measured, high=0)
    for name, words in MASKS.items():
        share = data.attrs["share"] if name == "masked" else pretext.MASKED
        hidden = data.hidden_share.sel(mask=name)
        error = np.sqrt(share * (1 - share) / (hidden.size * SIDE**2))  # pixels are hidden independently
        limits = {"expected": share, "tolerance": 4 * error, "standard_error": error}
        yield Claim(f"{name}_share", f"Share of hidden pixels, {words}", measured=hidden.mean(), **limits)
    for name, text, limits in (
        ("same", "Two views of one image: mean cosine", {"low": 0.5}),
        ("other", "Views of two images: mean cosine", {"low": -0.1, "high": 0.1}),
    ):
        error = summary.standard_error(data[name], "image")
        yield Claim(name, text, measured=data[name].mean(), standard_error=error, **limits)


# %%
figure = Figure(
    title="What a net gets to see",
    caption="Handwritten digits as they come; at a random place of a {{ side }} by {{ side }} canvas; turned "
    "counterclockwise; with {{ share:.0%}} of the pixels hidden (orange); and two random views of each: hidden pixels "
    "and noise. Hidden pixels get the mean over all images.",
    alt="Rows of small gray pictures of five handwritten digits. First as they come, then each somewhere on a larger "
    "empty canvas, then turned by 0, 90, 180, 270 and 180 degrees, then with {{ share:.0%}} of the pixels covered in orange, and "
    "last in two noisy views with other pixels covered in each. The digits can still be read in most.",
    sources=("gidaris2018", "vincent2008", "chen2020"),
    questions=(13, 14, 15),
    ranges={"shown": (0, 9), "side": (8, 24), "share": (0.0, 1.0)},
    compute=compute,
    summarize=summarize,
    draw=draw,
    claims=claims,
    height=4.2,
)
figure
