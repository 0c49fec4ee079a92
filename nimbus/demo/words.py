"""The vocabulary of the made site."""

PLACES = {
    "birmingham": ("Birmingham", "12 Corporation Street", "0121 496 0101"),
    "bristol": ("Bristol", "4 Park Row", "0117 496 0102"),
    "cardiff": ("Cardiff", "31 Queen Street", "029 2018 0103"),
    "edinburgh": ("Edinburgh", "8 George Street", "0131 496 0104"),
    "glasgow": ("Glasgow", "77 Buchanan Street", "0141 496 0105"),
    "leeds": ("Leeds", "19 Briggate", "0113 496 0106"),
    "liverpool": ("Liverpool", "2 Bold Street", "0151 496 0107"),
    "london": ("London", "140 Hatton Garden", "020 7946 0108"),
    "manchester": ("Manchester", "25 King Street", "0161 496 0109"),
    "sheffield": ("Sheffield", "6 Division Street", "0114 496 0110"),
}
BRANDS = {
    "breitling": ("Breitling", "Navitimer", 1884),
    "cartier": ("Cartier", "Tank", 1847),
    "longines": ("Longines", "Conquest", 1832),
    "omega": ("Omega", "Seamaster", 1848),
    "rado": ("Rado", "Captain Cook", 1917),
    "rolex": ("Rolex", "Oyster Perpetual", 1905),
    "seiko": ("Seiko", "Presage", 1881),
    "tag-heuer": ("TAG Heuer", "Carrera", 1860),
    "tissot": ("Tissot", "Le Locle", 1853),
    "tudor": ("Tudor", "Black Bay", 1926),
}
SERVICES = {
    "watch-repair": (
        "watch repair",
        "The movement is stripped, cleaned, oiled and timed",
        145,
    ),
    "battery-replacement": ("battery replacement", "A fresh cell, new gaskets and a pressure test", 25),
    "glass-replacement": ("glass replacement", "Sapphire, mineral or acrylic glass cut and fitted", 85),
    "strap-fitting": ("strap fitting", "Leather, steel or rubber, sized to the wrist", 20),
    "polishing": ("case polishing", "Scratches are taken out by hand and the brushing is renewed", 95),
    "pressure-test": ("pressure testing", "Dry and wet tests to the rating on the case back", 30),
    "valuation": ("watch valuation", "A written valuation for insurance, with photographs", 60),
    "restoration": ("vintage restoration", "Dials, hands and crowns restored with period parts", 320),
    "crown-repair": ("crown and stem repair", "Worn stems replaced and the thread recut", 70),
    "full-service": (
        "full service",
        "Everything from mainspring to bracelet, with a 24 month warranty",
        260,
    ),
}
OPENINGS = (
    "Post your {brand} to our {place} workshop or hand it in at {street}.",
    "Our {place} bench has looked after {brand} watches since 1998.",
    "{brand} owners in {place} send us their {model} when it stops, gains or loses time.",
    "From {street} we collect, mend and return {brand} watches across {place}.",
)
PROMISES = (
    "You get a quote before any work begins and nothing is charged until you agree.",
    "Every job is photographed before and after, and you can follow it online.",
    "Parts are fitted by a watchmaker who works on {brand} every week.",
    "The watch travels insured both ways in a padded, sealed box.",
)
QUESTIONS = (
    ("How long does {service} take?", "Most {brand} jobs leave our {place} workshop within 7 working days."),
    ("Is the watch insured in the post?", "Yes, up to £5,000 each way, and more on request."),
    ("Do you use original parts?", "Where {brand} supplies them we do; otherwise we say so in the quote."),
    ("Can I bring it in myself?", "Yes, {street} is open from Monday to Friday, 9:00 to 17:30."),
)
