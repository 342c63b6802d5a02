"""The sample passport, bank book and cover of an electoral roll. Nobody in them exists."""

from PIL import Image

from frontend.samples.pen import BOLD, MONO, WIDE, WIDE_BOLD, sheet

ZONE = ("P<UTOSPECIMEN<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<<", "X123456785UTO9203147F3106280<<<<<<<<<<<<<<02")


def passport() -> Image.Image:
    """The data page of a passport of Utopia, the state that the standard (ICAO 9303) uses for samples."""
    image, pen = sheet(1250, 880)
    pen.write(60, 40, "UTOPIA", 44, BOLD)
    pen.write(420, 52, "PASSPORT / PASSEPORT", 30)
    pen.portrait(60, 150, 300)
    for x, y, label, value in (
        (420, 130, "Type / Type", "P"),
        (640, 130, "Code of issuing State", "UTO"),
        (940, 130, "Passport No.", "X12345678"),
        (420, 215, "Surname / Nom", "SPECIMEN"),
        (420, 300, "Given names / Prénoms", "ANNA MARIA"),
        (420, 385, "Nationality / Nationalité", "UTOPIAN"),
        (420, 470, "Date of birth / Date de naissance", "14 MAR 1992"),
        (940, 470, "Sex / Sexe", "F"),
        (420, 555, "Date of issue / Date de délivrance", "29 JUN 2021"),
        (420, 640, "Date of expiry / Date d'expiration", "28 JUN 2031"),
    ):
        pen.write(x, y, label, 19, shade=80)
        pen.write(x, y + 28, value, 30)
    for row, line in enumerate(ZONE):
        pen.write(60, 760 + 52 * row, line, 41, MONO)
    return image


def bankbook() -> Image.Image:
    """The first page of a Japanese bank book."""
    image, pen = sheet(1100, 720)
    pen.write(80, 60, "みほん銀行", 52, WIDE_BOLD)
    pen.write(80, 140, "総合口座通帳", 34, WIDE)
    for row, (label, value) in enumerate((
        ("口座名義", "見本 次郎 様"),
        ("支店名", "港町支店"),
        ("預金種目", "普通預金"),
        ("口座番号", "1234567"),
    )):  # fmt: skip
        pen.write(80, 260 + 90 * row, label, 28, WIDE)
        pen.write(340, 252 + 90 * row, value, 38, WIDE)
        pen.rule(80, 1000, 312 + 90 * row)
    return image


def india_electoral_roll_cover() -> Image.Image:
    """The cover of an electoral roll in English."""
    image, pen = sheet(1240, 1300)
    pen.write(330, 70, "ELECTORAL ROLL - 2026", 44, BOLD)
    for row, (label, value) in enumerate((
        ("State", "S99 Sample Pradesh"),
        ("No. and name of Assembly Constituency", "104 - Nadipur (GEN)"),
        ("Part No.", "37"),
        ("No. and name of section", "1 - Station Road East"),
        ("No. and name of polling station", "37 - Government Primary School, Nadipur"),
        ("District", "Nadipur"),
        ("Pin code", "999037"),
    )):  # fmt: skip
        pen.write(90, 200 + 80 * row, f"{label}:", 25)
        pen.write(640, 200 + 80 * row, value, 25, BOLD)
        pen.rule(90, 1150, 252 + 80 * row, 1)
    pen.write(90, 830, "NUMBER OF ELECTORS", 30, BOLD)
    for x, label, count in (
        (140, "Male", "512"),
        (440, "Female", "498"),
        (740, "Third Gender", "3"),
        (1010, "Total", "1013"),
    ):
        pen.write(x, 910, label, 26)
        pen.write(x, 970, count, 28, BOLD)
    return image
