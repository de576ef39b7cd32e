"""Write letters.txt.gz, the text of lesson 13: small sentences from lists of words.

    python -m lessons.data.make_letters

The words and the patterns are written by hand, and a generator with a fixed seed puts
them together. So the text is this project's own, under its licence (MIT), and can be
made again: the same letters, with any version of Python.
"""

import gzip
import random
import re
import string
from pathlib import Path

LETTERS = 150_000
SEED = 13
FILE = Path(__file__).parent / "letters.txt.gz"

# A pattern is filled from the inside: each word in capitals by one of its lines.
GRAMMAR = {
    "SENTENCE": """
        WHO DID WHAT
        WHO DID WHAT PLACE
        WHEN WHO DID WHAT
        WHO DID WHAT and WHO DID WHAT
        WHO WENT PLACE because IT
        WHEN WHO WENT PLACE
        WHO WENT PLACE and DID WHAT
        NAME said that IT
        NAME thought that WHO DID WHAT
        nobody knew why WHO DID WHAT
        if IT then WHO will COME PLACE
        IT and WHO DID WHAT
        how MANY THINGS did NAME COME with
        there were MANY THINGS PLACE
        WHAT was LIKE but WHAT was LIKE
        WHO could not FIND WHAT PLACE
        NAME asked WHO for MANY THINGS
        do not FIND WHAT before WHO has COME home
        a good JOB needs MANY THINGS and a little luck
        WHEN there was music PLACE
        whoever DID WHAT had never seen WHAT
        MUSING
    """,
    "MUSING": """
        every question has an answer but not every answer has a question
        a map is never as large as the country that it shows
        the shortest way is seldom the quickest
        one never reads the same book twice
        it takes a whole village to lose a key
        numbers do not care who counts them
        luck is what is left when the work is done
        an honest guess is worth more than a proud one
        even a stopped clock is right twice a day
        you can hear the sea in any empty cup
        what is written on water must be read quickly
    """,
    "WHO": """
        NAME
        NAME
        the JOB
        the JOB
        a KIND JOB
        the KIND JOB from TOWN
        NAME the JOB
        my RELATIVE
        your KIND RELATIVE
        our RELATIVE in TOWN
        the ANIMAL
        a KIND ANIMAL
        two JOBs
    """,
    "WHAT": """
        the THING
        a KIND THING
        the LOOK THING
        the LOOK THING of the JOB
        MANY THINGS
        MANY LOOK THINGS
        an old THING
        a THING and a THING
        the ANIMAL
        her FIRST THING
        his LOOK THING
    """,
    "THINGS": """
        THINGs
        THINGs and THINGs
    """,
    "PLACE": """
        in the ROOM
        in TOWN
        behind the ROOM
        near the WATER
        under the THING
        on the WATER
        at the edge of the WATER
        beside the LOOK THING
        between the ROOM and the WATER
        all the way to TOWN
        over the WATER
    """,
    "WHEN": """
        DAY
        DAY
        late on DAY
        in MONTH
        one KIND evening in MONTH
        after the storm
        before breakfast
        at midnight
        once upon a time
        MANY years ago
        when IT
        while IT
        as soon as IT
        from then on
        every MONTH
    """,
    "IT": """
        it was raining in TOWN
        the WATER was frozen
        the moon was LIKE
        the wind blew over the WATER
        the ROOM was LIKE
        the THING was broken
        snow fell on TOWN
        the THINGs were LIKE
        the fog was thick
        the JOB was LIKE
        the lamps went out
        nobody was looking
        the sun was shining PLACE
        the ANIMAL was asleep
    """,
    "NAME": """
        alma amir anneke benoit bridget chiara cosmo daphne dmitri edwin esther farouk
        felix freya giulia gustav hanna hugo imogen ivan jasper jolanda julius katya
        kofi laszlo leila ludwig mabel marek miriam nadia nils odette olaf oswald
        petra quentin ravi rosalind sven sylvia tamsin theo ulrike umberto vera
        victor wanda wilfred xenia yannick yusuf zelda zora
    """,
    "JOB": """
        actor architect astronomer baker barber botanist bricklayer captain carpenter
        chemist clockmaker cobbler cook dancer dentist diver doctor engineer farmer
        ferryman fiddler fisher gardener geologist glazier guard hatter hunter
        inventor jeweller judge juggler knight lawyer librarian locksmith magician
        mayor mechanic miller musician nurse optician painter pilot plumber poet
        postman potter printer queen sailor sculptor shepherd singer smith soldier
        surgeon tailor teacher traveller violinist watchman weaver wizard
    """,
    "RELATIVE": """
        aunt brother cousin daughter father grandmother mother nephew neighbour niece
        sister son twin uncle friend
    """,
    "ANIMAL": """
        badger bat bear beetle camel cat crow dog donkey duck eagle elephant falcon
        ferret fox frog goat goose hamster hedgehog heron horse jackdaw kingfisher
        lamb lizard lynx magpie mole monkey moth mouse mule otter owl ox parrot
        penguin pig pigeon rabbit raven robin salmon sparrow spider squirrel swan
        toad tortoise turkey vulture walrus wasp whale wolf zebra
    """,
    "THING": """
        anchor apple axe bag barrel basket bell bench bicycle blanket boat book boot
        bottle box bridge broom bucket button cake candle carpet chair cheese clock
        coat coin compass crown cup curtain diary dictionary drum engine envelope
        feather fiddle flag flute fork glove guitar hammer hat helmet jar jewel
        journal jug kettle key kite knot ladder lamp lantern leaf lemon lens letter
        map marble mask melon mirror mug nail necklace needle notebook oar onion orange
        oven paddle parcel pear pen pencil piano picture pillow pipe plate plum
        pocket pot puzzle quilt rope sail saw scarf shell shoe shovel sock spoon
        stamp stone stool sword table teapot telescope tent ticket towel trumpet
        trunk umbrella vase violin wagon wheel whistle window
    """,
    "MANY": """
        two three four five six seven eight nine ten eleven twelve thirteen fifty
        several many few hundred+of countless enough too+many no some
    """,
    "KIND": """
        angry brave busy calm careful cheerful clever clumsy curious drowsy famous
        fearless friendly gentle grumpy happy hungry jolly kind lazy lonely lucky
        merry nervous nimble patient peculiar polite proud quick quiet restless sad
        shy silly sleepy stubborn thirsty tired wise worried young
    """,
    "LOOK": """
        amber black blue bright broken brown clean cracked crooked curved dark dusty
        empty enormous extra faded fancy fragile golden green grey heavy hollow huge
        ivory large light long lost magic metal narrow odd painted pale pink plain
        polished precious purple red rough round rusty sharp shiny silver small
        smooth soft square striped tiny twisted violet warm wet white wide wooden
        yellow
    """,
    "FIRST": """
        best dearest favourite finest first last next oldest only other second third
        worst
    """,
    "LIKE": """
        beautiful bright cold dangerous dark dry empty enormous expensive full heavy
        just+right lost noisy quiet rather+strange silent too+big too+small useful
        very+late warm wet wonderful worth+nothing yellow
    """,
    "ROOM": """
        attic bakery barn castle cave cellar chapel church cinema cottage factory
        farm garden garage greenhouse hall harbour hotel house jail kitchen library
        lighthouse market mill museum observatory office palace park prison school
        shop stable station theatre tower village workshop yard zoo
    """,
    "WATER": """
        bay beach brook canal coast creek fjord island lagoon lake marsh moor ocean
        pond puddle rapids river sea shore spring stream swamp waterfall well
    """,
    "TOWN": """
        antwerp bergen bombay cairo dublin exeter florence geneva hamburg izmir jaipur
        kyoto lima lisbon madrid nairobi oslo oxford paris prague quito riga rome
        seville tangier utrecht vienna warsaw york zagreb
    """,
    "DAY": """
        monday tuesday wednesday thursday friday saturday sunday yesterday tomorrow
        today tonight
    """,
    "MONTH": """
        january february march april may june july august september october november
        december winter spring summer autumn
    """,
    "DID": """
        admired balanced borrowed bought broke brought built buried carried caught
        chased chose cleaned copied counted covered described discovered dragged drew
        dropped emptied examined exchanged explained filled fixed folded followed
        forgot found gathered gave+away guarded heard hid ignored imagined invented
        joined juggled kept kicked knew left lifted lost loved made measured mended
        moved needed noticed offered opened packed painted photographed picked+up
        polished promised pulled pushed questioned received recognised refused
        remembered repaired returned saved saw sewed shared showed sketched sold
        squeezed stole studied surprised swallowed tasted threw+away took tried+out
        turned+over understood unpacked used visited wanted washed watched weighed
        wished+for won wrapped
    """,
    "FIND": """
        borrow carry catch count draw examine find fix forget hear hide leave lift
        measure move open paint quite+understand read remember see sell share take
        touch use wash weigh
    """,
    "WENT": """
        arrived climbed crawled danced drove fell flew galloped hurried jumped limped
        marched paddled ran rested rode rowed sailed sat skated slept slipped stayed
        stood strolled swam travelled vanished waited walked wandered went
    """,
    "COME": """
        appear come dance drive go run sail sing stay swim travel wait walk wander
        work
    """,
}
# Of these a line has one pattern; of the others it has several words.
PATTERNS = "SENTENCE MUSING WHO WHAT THINGS PLACE WHEN IT".split()


def lines(name):
    """Return what may take the place of a word in capitals."""
    text = GRAMMAR[name].strip()
    return text.split("\n") if name in PATTERNS else text.split()


LINES = {name: lines(name) for name in GRAMMAR}


def expand(pattern, draw):
    """Replace each word in capitals of a pattern, and what that brings, by words."""
    words = []
    for word in pattern.replace("+", " ").split():
        name = word.rstrip(string.ascii_lowercase)
        if name:
            some = LINES[name]
            found = expand(some[int(draw() * len(some))], draw)
            words.append(found if word == name else plural(found))
        else:
            words.append(word)
    return " ".join(words)


def plural(noun):
    """Return the plural of a noun of the lists."""
    if noun.endswith("man"):
        return noun[:-3] + "men"
    if noun.endswith("leaf"):
        return noun[:-1] + "ves"
    if noun.endswith("y") and noun[-2] not in "aeou":
        return noun[:-1] + "ies"
    return noun + ("es" if noun.endswith(("s", "x", "ch", "sh")) else "s")


def make(letters=LETTERS, seed=SEED):
    """Return a text of this many characters, all of them a to z or a space."""
    draw = random.Random(seed).random
    text = ""
    while len(text) < letters:
        text += expand("SENTENCE", draw) + " "
    return re.sub(r"\ba(?= [aeiou])", "an", text)[:letters]


if __name__ == "__main__":
    # No time in the file, so that the same text gives the same bytes.
    FILE.write_bytes(gzip.compress(make().encode("ascii"), 9, mtime=0))
