"""Small words and letters by which languages are told apart; words that several share are in each list."""

_SMALL = {
    "en": """the and of to in is for with you your our we are on that this at from it be have by as not or all
        more can will when what which who they their there here has was an about if but up out so no do how
        its than into because every after before between without only also over where were been these""",
    "de": """der die das und ist zu den mit für sie wir ihre von auf ein eine nicht im dem bei auch oder sind
        des einer einen einem als am an aus nach über durch unser unsere werden wird haben hat ihr ihnen wenn
        es ich du man nur noch mehr wie was alle alles kann können vom zum zur jede jeder sich mich uns hier
        weil dass aber schon sehr immer dieser diese dieses keine jetzt vor bis seit""",
    "fr": """le la les et des est pour vous nous votre avec dans une un du au sur que qui ce sont nos vos par
        pas plus en ne se sa son ses aux cette ces ou mais où il elle ils leur leurs être avoir tout tous
        toute toutes depuis chez sans sous comme très bien peut car afin notre même ici quand""",
    "es": """el la los las y de en es para con su una un por que nuestro nuestra del se al sus más lo le como
        pero está están son este esta estos estas sin sobre todo todos toda todas cuando desde hasta donde ya
        muy también hay hace quién si no nos te tu porque cada puede quieren entre otro ser antes""",
    "it": """il la gli e di in è per con una un del della che nostro sono vostro nel alla le i si lo da dei
        delle degli al ai più non come ma anche questo questa questi ogni tutti tutto quando dove chi ci vi se
        nella sul sulla fanno senza molto può perché hanno essere prima dopo qui loro""",
    "nl": """de het een en van in is voor met u uw onze wij op dat zijn bij naar ook om te aan die dit er als
        maar niet ons door of over wat je jouw deze worden wordt heeft hebben kan kunnen alle meer geen hier
        want iedere elke zodra uit nog veel altijd wie waar dan tot zonder""",
    "pl": """i w na z do jest się nie dla oraz od po przez to że nasz są jak lub o za tym tego te ten ta
        które który która można czy nas nam was ale już tylko być bez kiedy gdy każdy każde każdą także co
        ze jego pod nad przed ich tak bo""",
    "pt": """o a os as e de em é para com seu uma um por que nosso do da no na são dos das nos nas ao aos à
        não mais como mas sua seus suas nossa está estão este esta isto muito também quando onde ser ter há
        até sem sobre todo todos toda pode porque cada você lhe se pelo pela entre já antes""",
    "sv": """och att det som en på är av för med till den har de inte om ett men var sig så vi från du kan när
        nu eller vår vårt våra din ditt dig oss hos här alla alltid vill ska efter där hur mer innan också
        någon som bara över under utan många""",
    "da": """og at det som en på er af for med til den har de ikke om et men var sig så vi fra du kan når nu
        eller vores din dit dig os hos her alle altid vil skal efter der hvor mere også noget uden mange""",
    "cs": """a v na je se že s z do o to k i pro si po jsme jsou ale jako by od za tak není ve ke nebo aby při
        který která které jen až když už před nás vás vám nám jak více každou každý kdo můžete bez mezi""",
    "tr": "ve bir bu için ile da de çok daha olarak gibi en kadar sonra ne ama her biz siz var yok olan ya",
    "fi": "ja on ei se että hän oli joka mutta niin kun sen ovat voi me te tai myös jos sekä kaikki mukaan",
    "hu": "a az és hogy nem is egy ez meg ha csak de el mint van már még vagy minden ki fel nagyon kell",
}
SMALL_WORDS = {language: frozenset(text.split()) for language, text in _SMALL.items()}
LETTERS = {
    "de": "ß", "fr": "œùêë", "es": "ñ¿¡", "it": "òì", "pl": "łąęśżźćń", "pt": "ãõ", "sv": "ä", "da": "øæ",
    "cs": "řěůčšž", "tr": "ğışİ", "hu": "őű",
}  # fmt: skip
