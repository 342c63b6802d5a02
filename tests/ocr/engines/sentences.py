"""A few sentences of our own in every language of the Parse API, and a font that has its letters."""

LATIN = "NotoSans-Regular.ttf"
CJK = "NotoSansCJK-Regular.ttc"
ARABIC = "NotoNaskhArabic-Regular.ttf"

# Code: font, index of its face, lines.
SENTENCES: dict[str, tuple[str, int, tuple[str, ...]]] = {
    "ara": (
        ARABIC,
        0,
        ("لكل إنسان الحق في الراحة والعمل", "البيت كبير والطريق طويل", "هذا كتاب جديد عن تاريخ المدينة"),
    ),
    "bul": (
        LATIN,
        0,
        (
            "Всеки човек има право на почивка и труд.",
            "Къщата е голяма, а пътят е дълъг.",
            "Това е нова книга за историята на града.",
        ),
    ),
    "chs": (CJK, 2, ("每个人都有休息和工作的权利。", "房子很大，道路很长。", "这是一本关于城市历史的新书。")),
    "cht": (CJK, 3, ("每個人都有休息和工作的權利。", "房子很大，道路很長。", "這是一本關於城市歷史的新書。")),
    "hrv": (
        LATIN,
        0,
        (
            "Svaki čovjek ima pravo na odmor i rad.",
            "Kuća je velika, a cesta je duga.",
            "Ovo je nova knjiga o povijesti grada.",
        ),
    ),
    "cze": (
        LATIN,
        0,
        (
            "Každý člověk má právo na odpočinek a práci.",
            "Dům je velký a cesta je dlouhá.",
            "Toto je nová kniha o dějinách města.",
        ),
    ),
    "dan": (
        LATIN,
        0,
        (
            "Ethvert menneske har ret til hvile og arbejde.",
            "Huset er stort, og vejen er lang.",
            "Dette er en ny bog om byens historie på øen.",
        ),
    ),
    "dut": (
        LATIN,
        0,
        (
            "Ieder mens heeft recht op rust en werk.",
            "Het huis is groot en de weg is lang.",
            "Dit is een nieuw boek over de geschiedenis.",
        ),
    ),
    "eng": (
        LATIN,
        0,
        (
            "Every person has the right to rest and to work.",
            "The house is large and the road is long.",
            "This is a new book about the history of the town.",
        ),
    ),
    "fin": (
        LATIN,
        0,
        (
            "Jokaisella ihmisellä on oikeus lepoon ja työhön.",
            "Talo on suuri ja tie on pitkä.",
            "Tämä on uusi kirja kaupungin historiasta.",
        ),
    ),
    "fre": (
        LATIN,
        0,
        (
            "Chaque personne a droit au repos et au travail.",
            "La maison est grande et la route est très longue.",
            "Voici un nouveau livre sur l'été à Besançon.",
        ),
    ),
    "ger": (
        LATIN,
        0,
        (
            "Jeder Mensch hat ein Recht auf Ruhe und Arbeit.",
            "Das Haus ist groß und die Straße ist lang.",
            "Dies ist ein neues Buch über die Geschichte.",
        ),
    ),
    "gre": (
        LATIN,
        0,
        (
            "Κάθε άνθρωπος έχει δικαίωμα στην ανάπαυση.",
            "Το σπίτι είναι μεγάλο και ο δρόμος μακρύς.",
            "Αυτό είναι ένα νέο βιβλίο για την πόλη.",
        ),
    ),
    "hun": (
        LATIN,
        0,
        (
            "Minden embernek joga van a pihenéshez.",
            "A ház nagy, és az út hosszú.",
            "Ez egy új könyv a város történetéről és őseiről.",
        ),
    ),
    "kor": (
        CJK,
        1,
        ("모든 사람은 쉬고 일할 권리가 있다.", "집은 크고 길은 길다.", "이것은 도시의 역사에 관한 새 책이다."),
    ),
    "ita": (
        LATIN,
        0,
        (
            "Ogni persona ha diritto al riposo e al lavoro.",
            "La casa è grande e la strada è lunga.",
            "Questo è un nuovo libro sulla storia della città.",
        ),
    ),
    "jpn": (
        CJK,
        0,
        ("すべての人は休息と労働の権利を持つ。", "家は大きく、道は長い。", "これは町の歴史についての新しい本です。"),
    ),
    "nor": (
        LATIN,
        0,
        (
            "Hvert menneske har rett til hvile og arbeid.",
            "Huset er stort, og veien er lang.",
            "Dette er en ny bok om byens historie på øya.",
        ),
    ),
    "pol": (
        LATIN,
        0,
        (
            "Każdy człowiek ma prawo do odpoczynku i pracy.",
            "Dom jest duży, a droga jest długa.",
            "To jest nowa książka o dziejach miasta.",
        ),
    ),
    "por": (
        LATIN,
        0,
        (
            "Toda pessoa tem direito ao repouso e ao trabalho.",
            "A casa é grande e a estrada é longa.",
            "Este é um novo livro sobre a história da região.",
        ),
    ),
    "rus": (
        LATIN,
        0,
        (
            "Каждый человек имеет право на отдых и труд.",
            "Дом большой, а дорога длинная.",
            "Это новая книга об истории города.",
        ),
    ),
    "slv": (
        LATIN,
        0,
        (
            "Vsak človek ima pravico do počitka in dela.",
            "Hiša je velika in cesta je dolga.",
            "To je nova knjiga o zgodovini mesta.",
        ),
    ),
    "spa": (
        LATIN,
        0,
        (
            "Toda persona tiene derecho al descanso y al trabajo.",
            "La casa es grande y el camino es largo.",
            "Este es un libro nuevo sobre los niños de la ciudad.",
        ),
    ),
    "swe": (
        LATIN,
        0,
        (
            "Varje människa har rätt till vila och arbete.",
            "Huset är stort och vägen är lång.",
            "Det här är en ny bok om stadens historia på ön.",
        ),
    ),
    "tur": (
        LATIN,
        0,
        (
            "Her insanın dinlenme ve çalışma hakkı vardır.",
            "Ev büyük ve yol uzundur.",
            "Bu, şehrin tarihi hakkında yeni bir kitaptır.",
        ),
    ),
    "heb": (
        "NotoSansHebrew-Regular.ttf",
        0,
        ("לכל אדם יש זכות למנוחה ולעבודה", "הבית גדול והדרך ארוכה", "זה ספר חדש על תולדות העיר"),
    ),
    "hin": (
        "NotoSansDevanagari-Regular.ttf",
        0,
        ("हर व्यक्ति को आराम और काम का अधिकार है", "घर बड़ा है और सड़क लंबी है", "यह नगर के इतिहास की नई किताब है"),
    ),
    "kan": ("NotoSansKannada-Regular.ttf", 0, ("ಮನೆ ದೊಡ್ಡದು ಮತ್ತು ದಾರಿ ಉದ್ದವಾಗಿದೆ", "ಇದು ನಗರದ ಹೊಸ ಪುಸ್ತಕ")),
    "per": (
        ARABIC,
        0,
        ("هر انسان حق استراحت و کار دارد", "خانه بزرگ است و راه دراز است", "این کتاب تازه درباره تاریخ شهر است"),
    ),
    "tel": ("NotoSansTelugu-Regular.ttf", 0, ("ఇల్లు పెద్దది మరియు దారి పొడవైనది", "ఇది నగరం గురించి కొత్త పుస్తకం")),
    "tam": ("NotoSansTamil-Regular.ttf", 0, ("வீடு பெரியது பாதை நீளமானது", "இது நகரத்தின் புதிய புத்தகம்")),
    "tai": ("NotoSansThai-Regular.ttf", 0, ("ทุกคนมีสิทธิที่จะพักผ่อนและทำงาน", "บ้านหลังใหญ่และถนนยาว", "นี่คือหนังสือใหม่เกี่ยวกับเมือง")),
    "vie": (
        LATIN,
        0,
        (
            "Mọi người đều có quyền nghỉ ngơi và làm việc.",
            "Ngôi nhà lớn và con đường dài.",
            "Đây là một cuốn sách mới về lịch sử thành phố.",
        ),
    ),
    "ind": (
        LATIN,
        0,
        (
            "Setiap orang berhak atas istirahat dan pekerjaan.",
            "Rumah itu besar dan jalannya panjang.",
            "Ini adalah buku baru tentang sejarah kota.",
        ),
    ),
    "ukr": (
        LATIN,
        0,
        (
            "Кожна людина має право на відпочинок і працю.",
            "Будинок великий, а дорога довга.",
            "Це нова книга про історію міста.",
        ),
    ),
    "ron": (
        LATIN,
        0,
        (
            "Orice om are dreptul la odihnă și la muncă.",
            "Casa este mare și drumul este lung.",
            "Aceasta este o carte nouă despre istoria țării.",
        ),
    ),
}
