"""What the bot cannot do: the program says so, and names what is missing."""

from training.corpus.family import Family


def _declines(name: str, means: str, what: str, weight: float = 1.5) -> Family:
    sentence = f"I cannot do that yet: {what}."
    return Family(
        name,
        means,
        {},
        "I cannot do this yet.",
        f"print({sentence!r})",
        lambda: "I cannot do that yet: " + what + ".",
        weight=weight,
    )


FAMILIES = (
    _declines(
        "no_weather", "the weather, the temperature outside, rain, forecasts anywhere", "I do not know the weather", 3
    ),
    _declines("no_news", "news, headlines, what happened today or yesterday in the world", "I have no news", 2.5),
    _declines("no_translation", "the translation of a word or sentence into another language", "I cannot translate", 3),
    _declines("no_opinion", "the bot's opinion, taste, favourite or feelings", "I have no opinions", 2.5),
    _declines(
        "no_images",
        "drawing, showing, editing or describing a picture, photo, logo or video",
        "I cannot make or see images",
        2,
    ),
    _declines(
        "no_private_data",
        "private data of people: passwords, phone numbers, addresses, bank accounts",
        "I know nothing private about people",
        2,
    ),
    _declines("no_music", "playing, finding or composing music, songs, sounds", "I cannot play music", 1.5),
    _declines("no_messages", "sending an email, a message or a letter, calling someone", "I cannot send messages", 2),
    _declines("no_reminders", "reminders, alarms, timers, appointments in a calendar", "I cannot set reminders", 2),
    _declines("no_web", "searching the web, opening a link, reading a web page", "I have no internet", 2.5),
    _declines(
        "no_stocks",
        "current prices of shares, Bitcoin, gold, or exchange rates of today",
        "I know no current prices",
        2.5,
    ),
    _declines(
        "no_people",
        "facts about people: presidents, inventors, actors, how old or tall somebody famous is",
        "I know no facts about people",
        3,
    ),
    _declines(
        "no_geography",
        "facts about places: capitals, populations, rivers, countries, distances between cities",
        "I know no geography",
        3,
    ),
    _declines("no_history", "facts of history: when something happened, wars, kings", "I know no history", 2.5),
    _declines(
        "no_science",
        "facts of nature and science: why the sky is blue, how plants grow, chemistry, biology, animals",
        "I know no science",
        2.5,
    ),
    _declines("no_definitions", "the meaning or origin of a word or term, synonyms", "I know no definitions", 2.5),
    _declines("no_writing", "writing a poem, story, essay, letter, speech, song text", "I cannot write texts", 2.5),
    _declines("no_summaries", "summarising or explaining an article, a book, a film", "I cannot summarize", 1.5),
    _declines("no_medicine", "medical advice: pain, illness, pills, symptoms", "I know no medicine", 2),
    _declines("no_law", "legal advice: contracts, rights, laws, court", "I know no law", 1.5),
    _declines("no_cooking", "recipes, how to cook or bake something", "I know no recipes", 1.5),
    _declines(
        "no_films",
        "films, series, books, games: recommendations or who plays in them",
        "I know no films, books or games",
        2,
    ),
    _declines("no_sports", "results, tables and players in sports", "I know nothing about sports", 2),
    _declines(
        "no_shopping",
        "ordering, buying or booking something: pizza, tickets, hotels, taxis",
        "I cannot order anything",
        2,
    ),
    _declines("no_directions", "the way to a place, where the nearest shop is, maps, traffic", "I know no places", 1.5),
    _declines(
        "no_predictions", "the future: lottery numbers, who will win, horoscopes", "I cannot tell the future", 1.5
    ),
    _declines("no_love", "advice on love, friends, work, what to do in life", "I cannot give advice on life", 1.5),
    _declines(
        "no_code_in_other_languages",
        "writing a program in Java, C++, JavaScript, HTML, SQL or another language",
        "I write only Python",
        1.5,
    ),
    _declines(
        "no_devices",
        "controlling devices: lights, heating, the phone, the computer, deleting files",
        "I cannot control devices",
        1.5,
    ),
    _declines(
        "no_proofs",
        "proving a theorem, advanced mathematics: integrals, derivatives, limits",
        "I cannot do higher mathematics",
        1.5,
    ),
    _declines(
        "no_grammar_check", "correcting spelling or grammar, rhymes, improving a text", "I cannot check language", 1.5
    ),
)
