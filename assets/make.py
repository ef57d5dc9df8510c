"""Makes the data of the two demos.

    python make.py digits OUT_FOLDER
    python make.py words WORDS.tsv VECTORS.npy OUT_FOLDER

Needs NumPy, Pillow and scikit-learn. `digits` takes scikit-learn's copy of the UCI digits. `words` takes a list of words, most
frequent first, one a line, and an array with the vector of each.
"""

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter
from sklearn.cluster import KMeans
from sklearn.datasets import load_digits
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS

THUMBNAIL = 32
WORDS = 2000
THEMES = 12

# What a list of frequent words holds beside words: names of people, parts of contractions and of foreign names, abbreviations, and
# words that a demo had better not show.
LEFT_OUT = set(
    """
    adam adams alan albert alex alexander alfred alice allen andrew andy ann anna anne anthony antonio arthur austin baker barbara barry ben benjamin
    bill billy bob bobby brian bruce bryan carl carlos carter charles charlie charlotte chris christopher claire clark cole cooper dan daniel
    danny dave david davis dean diego donald douglas drew eddie edward elizabeth emily emma eric ethan evans foster francis frank franklin fred
    frederick gabriel gary george gordon graham grant hamilton harris harry helen henry howard ian jack jackson jacob jake james jamie jan jane jason
    jay jean jeff jerry jesus jim jimmy joe john johnny johnson jon jonathan jones jordan jose joseph josh juan julia julian kate ken kelly
    kennedy kevin kim larry lawrence lee leo lewis lincoln logan louis lucas luis luke marcus margaret maria marie mark martin mary matt matthew max
    michael mike miller mitchell moore morgan morris murray nelson nicholas nick norman oliver oscar parker patrick paul peter phil philip
    pierre prince rachel ray richard rick rob robert robin robinson roger ross roy russell ryan sam samuel sarah scott sean sebastian simon smith
    stanley stephen steve steven stewart stuart sue susan taylor ted thomas thompson tim tom tony victor victoria vincent walker walter ward warren wayne
    william williams wilson wright ali khan singh wang christ charlie jean eric grace anderson alfred
    abc aka aren bbc ceo chris com couldn der des didn dna doesn don dvd etc feat ffa fifa gen gonna hadn hasn haven hey iii inc isbn isn kong las les los
    ltd max mrs nba ncaa nfl non okay online puerto rio san santa semi shouldn sub sri usa usc vol von wasn weren wouldn yeah del jean saint angeles haven
    mac mid mph jose ann lord grade pre anti est hong francisco diego
    ass bastard bitch breasts cock crap damn dick dying erotic fuck fucking gay hell kill killed killer killing kills naked nazi porn rape sex sexual shit
    suicide virgin whore murder killings
    """.split()
)


def words(words_file, vectors_file, out):
    """The first 2,000 words that mean something by themselves, in order of frequency, and what they are about."""
    listed = Path(words_file).read_text(encoding="utf-8").split("\n")
    vectors = np.load(vectors_file)
    chosen = [
        place
        for place, word in enumerate(listed[: len(vectors)])
        if len(word) > 2 and word not in ENGLISH_STOP_WORDS and word not in LEFT_OUT
    ][:WORDS]
    vectors = vectors[chosen]
    np.save(out / "words.npy", vectors)
    themes = name_themes([listed[place] for place in chosen], vectors.astype(np.float64))
    lines = ["word\trank\tlength\ttheme"]
    for place, theme in zip(chosen, themes):
        lines.append(f"{listed[place]}\t{place + 1}\t{len(listed[place])}\t{theme}")
    (out / "words.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def name_themes(names, vectors):
    """Clusters of the vectors, each called by the word nearest to its center among its 30 most frequent."""
    centered = vectors - vectors.mean(axis=0)
    centered /= np.linalg.norm(centered, axis=1, keepdims=True)
    clusters = KMeans(THEMES, n_init=20, random_state=0).fit(centered)
    distances = clusters.transform(centered)
    frequent = [np.flatnonzero(clusters.labels_ == label)[:30] for label in range(THEMES)]
    central = [members[distances[members, label].argmin()] for label, members in enumerate(frequent)]
    return [names[central[label]] for label in clusters.labels_]


def digits(out):
    """1,797 images of 8 x 8 pixels from 0 to 16, and a square sheet of them, enlarged."""
    data = load_digits()
    np.save(out / "digits.npy", data.data.astype(np.uint8))
    (out / "digits.tsv").write_text("\n".join(map(str, data.target)) + "\n", encoding="utf-8")
    side = int(np.ceil(np.sqrt(len(data.images))))
    sheet = Image.new("L", (side * THUMBNAIL, side * THUMBNAIL), 0)
    for row, image in enumerate(data.images):
        sheet.paste(enlarge(image), (row % side * THUMBNAIL, row // side * THUMBNAIL))
    palette(sheet).save(out / "digits.png", optimize=True)


def enlarge(image):
    """The image as a thumbnail, its steps smoothed away and its strokes given an edge again."""
    small = Image.fromarray(np.pad(image * 255 / 16, 1).astype(np.uint8))
    scale = (THUMBNAIL - 2) // 8 + 1
    large = small.resize((10 * scale * 2,) * 2, Image.Resampling.BICUBIC).filter(ImageFilter.GaussianBlur(scale * 0.5))
    value = np.asarray(large, dtype=np.float64) / 255
    stroke = np.clip((value - 0.22) / 0.68, 0, 1)
    stroke = stroke * stroke * (3 - 2 * stroke)
    whole = Image.fromarray((stroke * 255).astype(np.uint8))
    margin = (whole.width - THUMBNAIL * 2 - 8) // 2
    return whole.crop((margin, margin, whole.width - margin, whole.height - margin)).resize(
        (THUMBNAIL, THUMBNAIL), Image.Resampling.LANCZOS
    )


def palette(sheet):
    """Sixteen shades are enough for a thumbnail and make the file small."""
    return sheet.point(lambda value: round(value / 17) * 17)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["digits", folder]:
            digits(Path(folder))
        case ["words", words_file, vectors_file, folder]:
            words(words_file, vectors_file, Path(folder))
        case _:
            sys.exit(__doc__)
