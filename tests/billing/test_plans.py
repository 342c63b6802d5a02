"""The plan table: the contract's figures, and a broken table that says where it is broken."""

from dataclasses import asdict
from pathlib import Path

import pytest

from billing import plans

SHIPPED = Path(plans.__file__).with_name("plans.toml")
GIGABYTE, MEGABYTE = 1024**3, 1024**2
FURTHER = {"usd": 5, "jpy": 10, "krw": 100}
CONTRACT = {
    "free": {
        "id": "free",
        "name": "Free",
        "file_bytes": MEGABYTE,
        "pdf_pages": 3,
        "has_watermark": True,
        "price": {"usd": 0, "jpy": 0, "krw": 0},
        "further_scan_price": FURTHER,
        "scans_a_month": 100,
        "sheets": 3,
        "storage_bytes": GIGABYTE,
        "parse_requests_a_month": 25_000,
        "parse_requests_a_day_for_one_address": 500,
        "requests_a_minute": 600,
        "requests_a_minute_for_one_key": 60,
        "is_sold": False,
    },
    "starter": {
        "id": "starter",
        "name": "Starter",
        "file_bytes": 5 * MEGABYTE,
        "pdf_pages": 3,
        "has_watermark": False,
        "price": {"usd": 1_900, "jpy": 2_900, "krw": 27_000},
        "further_scan_price": FURTHER,
        "scans_a_month": 400,
        "sheets": 10,
        "storage_bytes": 10 * GIGABYTE,
        "parse_requests_a_month": 300_000,
        "parse_requests_a_day_for_one_address": None,
        "requests_a_minute": 600,
        "requests_a_minute_for_one_key": 60,
        "is_sold": True,
    },
    "pro": {
        "id": "pro",
        "name": "Pro",
        "file_bytes": 100 * MEGABYTE,
        "pdf_pages": 999,
        "has_watermark": False,
        "price": {"usd": 4_900, "jpy": 7_500, "krw": 69_000},
        "further_scan_price": FURTHER,
        "scans_a_month": 1_100,
        "sheets": None,
        "storage_bytes": 100 * GIGABYTE,
        "parse_requests_a_month": 300_000,
        "parse_requests_a_day_for_one_address": None,
        "requests_a_minute": 600,
        "requests_a_minute_for_one_key": 60,
        "is_sold": True,
    },
}
FREE = '[free]\nname = "Free"\nfile_bytes = 1\npdf_pages = 1\nhas_watermark = true\n'


@pytest.mark.parametrize("plan_id", CONTRACT)
def test_the_shipped_table_holds_the_figures_of_the_contract(plan_id):
    assert asdict(plans.get(SHIPPED, plan_id)) == CONTRACT[plan_id]


def test_an_enterprise_reads_as_large_files_as_pro():
    enterprise, pro = plans.get(SHIPPED, "enterprise"), plans.get(SHIPPED, "pro")

    assert (enterprise.file_bytes, enterprise.pdf_pages) == (pro.file_bytes, pro.pdf_pages)
    assert enterprise.price["usd"] == 29_900


def test_the_self_hosted_plan_has_no_limit_but_the_size_of_a_file():
    limits = asdict(plans.get(SHIPPED, "self_hosted"))

    assert {name for name, value in limits.items() if value is not None} == {
        *("id", "name", "file_bytes", "pdf_pages", "has_watermark", "price", "further_scan_price", "is_sold")
    }


def test_an_unknown_plan_is_refused_with_the_ids_there_are():
    with pytest.raises(plans.UnknownPlan, match="free, starter, pro, enterprise, self_hosted"):
        plans.get(SHIPPED, "gold")


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ("[free\n", "The plan table cannot be read"),
        ("", r"The plan table has no plan \[free\]"),
        ('free = "x"\n', "'free' is no table"),
        (FREE + "pages = 3\nfile_size = 2\n", "Plan 'free' has unknown entries: file_size, pages"),
        (FREE + 'id = "other"\n', "Plan 'free' has unknown entries: id"),
        (FREE + '[gold]\nname = "Gold"\n', "Plan 'gold' lacks an entry: .*file_bytes"),
        (FREE.replace("= 1\n", '= "1 MB"\n', 1), "Plan 'free': file_bytes"),
        (FREE.replace("true", "1"), "Plan 'free': has_watermark"),
        (FREE + "scans_a_month = -1\n", "Plan 'free': scans_a_month"),
        (FREE + "price = { usd = 1.5 }\n", "Plan 'free': price"),
    ],
)
def test_a_broken_table_names_the_plan_and_the_entry(tmp_path, table, sentence):
    file = tmp_path / "plans.toml"
    file.write_text(table)

    with pytest.raises(plans.BrokenPlanTable, match=sentence):
        plans.table(file)


def test_a_missing_table_is_named(tmp_path):
    with pytest.raises(plans.BrokenPlanTable, match="cannot be read"):
        plans.table(tmp_path / "nowhere.toml")
