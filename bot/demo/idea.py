"""What a prompt asks for, as far as the painter understands it: a place, a light, a colour, a figure."""

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot.demo.canvas import Colour, hsv, turned
from bot.demo.figures import FIGURES


@dataclass(frozen=True, slots=True)
class Light:
    """The colours of an hour and a weather."""

    sky: tuple[Colour, Colour, Colour]  # zenith, middle, horizon
    lamp: Colour  # sun or moon
    far: Colour  # land in the distance, which takes the air's colour
    near: Colour
    dark: bool = False


@dataclass(frozen=True, slots=True)
class Idea:
    """What a prompt asks for, as far as it is understood."""

    scene: str
    light: Light
    accent: Colour
    figure: str | None


_LIGHTS: Mapping[str, Light] = {
    "day": Light(((52, 128, 200), (128, 192, 230), (228, 242, 238)), (255, 250, 220), (136, 176, 196), (34, 84, 72)),
    "golden": Light(((88, 104, 160), (244, 168, 120), (255, 224, 160)), (255, 246, 205), (206, 142, 128), (84, 46, 66)),
    "sunset": Light(((44, 34, 94), (176, 76, 130), (255, 158, 104)), (255, 214, 150), (138, 76, 132), (36, 22, 56)),
    "night": Light(((7, 11, 36), (22, 38, 92), (70, 96, 150)), (244, 242, 224), (44, 60, 112), (8, 14, 34), dark=True),
    "dawn": Light(((112, 150, 214), (246, 190, 196), (255, 234, 204)), (255, 250, 232), (168, 152, 190), (62, 64, 104)),
    "mist": Light(((146, 176, 184), (192, 210, 208), (236, 240, 230)), (255, 254, 240), (164, 186, 186), (44, 70, 76)),
    "storm": Light(((38, 46, 62), (86, 98, 112), (158, 164, 160)), (226, 226, 210), (96, 108, 118), (28, 36, 42)),
}
_LIGHT_WORDS: Mapping[str, str] = {
    "day": "day noon sunny bright summer morning spring",
    "golden": "golden gold autumn fall warm amber afternoon honey",
    "sunset": "sunset dusk evening twilight neon",
    "night": "night midnight moon moonlit star starry dark galaxy space lantern cosmic planet",
    "dawn": "dawn sunrise pastel blossom cherry dream dreamy",
    "mist": "mist misty fog foggy rain rainy haze",
    "storm": "storm stormy thunder lightning tempest gloomy",
}
_SCENE_WORDS: Mapping[str, str] = {
    "sea": "sea ocean beach lake river island boat ship sailboat lighthouse wave harbour harbor fish water coast",
    "city": "city town street skyline building tokyo york tower robot car cyberpunk metropolis neon",
    "forest": "forest wood tree pine fox bear wolf deer jungle cabin mushroom panda",
    "mountain": "mountain alp peak cliff valley dragon snow snowy winter ice glacier castle",
    "desert": "desert dune sand sahara pyramid camel cactus mars canyon",
    "space": "space planet galaxy rocket astronaut cosmic nebula spaceship",
    "abstract": "abstract geometric pattern logo icon shape cubist bauhaus poster",
    "meadow": "meadow hill field flower garden house cottage farm grass dog puppy rabbit cat kitten sheep balloon",
}
_HUES: Mapping[str, float] = {
    "red": 0.0, "orange": 0.07, "gold": 0.12, "golden": 0.12, "yellow": 0.14, "green": 0.36, "emerald": 0.4,
    "teal": 0.48, "turquoise": 0.48, "cyan": 0.5, "blue": 0.6, "purple": 0.76, "violet": 0.76, "pink": 0.92,
}  # fmt: skip


def imagine(prompt: str, rng: random.Random) -> Idea:
    """Read a prompt: its first known words choose, and chance chooses what it leaves open."""
    written = re.findall(r"[^\W\d_]+", prompt.lower())
    words = [form for word in written for form in (word, word.removesuffix("s"), word.removesuffix("es"))]

    def first(vocabulary: Mapping[str, str], otherwise: Sequence[str]) -> str:
        known = {word: name for name, listed in vocabulary.items() for word in listed.split()}
        return next((known[word] for word in words if word in known), rng.choice(otherwise))

    scene = first(_SCENE_WORDS, ("meadow", "mountain", "sea", "abstract", "forest"))
    light = _LIGHTS[first(_LIGHT_WORDS, ("night",) if scene == "space" else ("day", "golden", "sunset", "dawn"))]
    turn = rng.uniform(-0.025, 0.025)
    zenith, middle, horizon = (turned(each, turn) for each in light.sky)
    light = replace(light, sky=(zenith, middle, horizon), far=turned(light.far, turn), near=turned(light.near, turn))
    hue = next((_HUES[word] for word in words if word in _HUES), rng.choice((0.01, 0.06, 0.11, 0.47, 0.58, 0.93)))
    return Idea(scene, light, hsv(hue, 0.68, 0.9), next((word for word in words if word in FIGURES), None))
