"""The words that fill slots: everyday words, names, things that can be counted, and invented words of any letters."""

import string
import zlib
from functools import lru_cache
from random import Random

WORDS = tuple(
    """
    apple river stone cloud bridge garden window candle planet silver forest castle butter pepper ginger lemon orange
    banana cherry grape melon peach plum berry mango kiwi olive onion carrot potato tomato lettuce celery radish spinach
    bread cheese honey sugar salt pasta noodle rice soup salad pizza burger sandwich cookie muffin waffle pancake
    chocolate vanilla caramel cinnamon strawberry blueberry raspberry pineapple coconut avocado broccoli cucumber
    pumpkin mushroom zucchini dog cat horse tiger lion zebra monkey rabbit turtle eagle falcon parrot penguin dolphin
    whale shark salmon spider beetle butterfly dragonfly elephant giraffe kangaroo crocodile squirrel hedgehog hamster
    lizard snake frog mouse goat sheep cow pig duck goose chicken turkey otter badger beaver fox wolf bear moose
    mountain valley ocean island desert jungle meadow canyon glacier volcano thunder lightning rainbow sunset sunrise
    winter summer autumn spring morning evening midnight shadow mirror ladder hammer needle thread button pocket jacket
    blanket pillow curtain carpet table chair drawer shelf bottle basket bucket kettle teapot saucer spoon fork knife
    plate napkin lantern lamp torch battery engine rocket tractor bicycle scooter airplane helicopter submarine
    keyboard monitor printer laptop computer network internet python program function variable algorithm database
    library museum theater stadium hospital factory station airport harbor market bakery pharmacy school college
    teacher doctor farmer painter writer singer dancer pilot sailor soldier lawyer baker butcher plumber engineer
    scientist music guitar violin piano trumpet flute drum melody rhythm concert orchestra picture poem novel
    story chapter letter paper pencil eraser ruler compass triangle circle square diamond pyramid cylinder
    red green blue yellow purple violet indigo turquoise crimson scarlet golden copper bronze iron steel
    happy gentle brave clever quiet noisy hungry thirsty sleepy lucky angry proud jolly fancy fuzzy
    level radar madam civic kayak rotor refer noon racecar deified tenet stats solos redder wow
    silent listen earth heart stressed desserts evil live tea eat dusty study night thing
    mississippi bookkeeper committee balloon coffee pepperoni address success possess accommodate
    rhythm queue jazz quartz sphinx zephyr oxygen xylophone yacht wizard hotel motel tunnel funnel kernel colonel
    knowledge friendship adventure discovery imagination celebration communication responsibility extraordinary
    university philosophy photography architecture refrigerator encyclopedia characteristic international
    sun moon star sky sea sand wind rain snow ice fire tree leaf root seed moss fern rose lily iris
    bell book ball cup hat key map pen pin pot rope ring sail shoe sock tent toy van bus car train boat ship
    hello world coding puzzle magic dream secret treasure pirate dragon knight princess kingdom crown sword shield
    football tennis hockey soccer cricket baseball swimming running cycling hiking climbing skating
    abacus zero hero echo gala nova tango salsa opera cello sonar vivid cabin civil robot cactus comet
    """.split()
)
WORDS = tuple(dict.fromkeys(WORDS))

NAMES = tuple(
    """
    Anna Tom Maria Ben Julia Max Sara Leo Emma Paul Lena Jack Nina Sam Eva Oliver Mia Lucas Zoe Peter Laura David Alice
    Bob Carol Frank Grace Henry Irene James Kate Liam Nora Oscar Rosa Simon Tina Victor Wendy Yusuf Aisha Carlos Diego
    Elif Farid Hanna Ivan Jun Kofi Lin Mehmet Noah Olga Priya Quinn Ravi Sofia Tariq Uma Vera Wei Ximena Yara Zara Ali
    Amir Bella Chloe Daniel Ella Felix Georg Hugo Ida Jonas Kim Lola Marco Nadia Omar Petra Raj Sven Tara Ursula Vlad
    Marta Pierre Claire Bruno Dana Erik Fiona Gina Hassan Ingrid Joe Karl Luis Megan Nick Pam Rita Steve Ted Ulf
    """.split()
)

THINGS = tuple(
    """
    apples marbles stickers books pencils cookies candies cards coins balloons eggs oranges toys shells stamps flowers
    bananas buttons chocolates crayons cupcakes grapes keys lemons muffins notebooks oranges peaches pears pens plums
    ribbons roses sandwiches stones tickets tomatoes bottles magnets puzzles postcards badges beads pebbles photos
    """.split()
)
THINGS = tuple(dict.fromkeys(THINGS))

_VOWELS, _CONSONANTS = "aeiou", "bcdfghjklmnpqrstvwxyz"
_SHORT = tuple(word for word in WORDS if len(word) <= 5)


@lru_cache(maxsize=200_000)
def is_held_out(word: str) -> bool:
    """Whether a data word is never trained: one word in ten, by a hash that never changes."""
    return zlib.crc32(word.lower().encode()) % 10 == 7


def data_word(rng: Random, *, tiny: bool = False, held_out: bool = False) -> str:
    """A lower-case word for a slot: a known word, a pronounceable invention or random letters."""
    while True:
        word = _short_word(rng) if tiny else _any_word(rng)
        if is_held_out(word) is held_out:
            return word


def _short_word(rng: Random) -> str:
    if rng.random() < 0.4:
        return rng.choice(_SHORT)
    return "".join(rng.choices(string.ascii_lowercase, k=rng.choice((3, 3, 4, 4, 5))))


def _any_word(rng: Random) -> str:
    draw = rng.random()
    if draw < 0.5:
        return rng.choice(WORDS)
    if draw < 0.8:
        return _pronounceable(rng, rng.choice((3, 4, 5, 5, 6, 6, 7, 8, 9, 10, 12)))
    length = rng.randint(3, 9) if rng.random() < 0.7 else rng.randint(10, 20)
    return "".join(rng.choices(string.ascii_lowercase, k=length))


def _pronounceable(rng: Random, length: int) -> str:
    letters: list[str] = []
    vowel = rng.random() < 0.3
    while len(letters) < length:
        letters.append(rng.choice(_VOWELS if vowel else _CONSONANTS))
        if rng.random() < 0.85:
            vowel = not vowel
    return "".join(letters)
