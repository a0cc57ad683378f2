"""The commands `lineage` and `contracts`, with real git, and the page in a real browser where there is one."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

import aws_glue_cdk_baseline.__main__ as command_line
from aws_glue_cdk_baseline.sql_products.commands import DATA_PRODUCTS
from aws_glue_cdk_baseline.sql_products.git_trees import GitError, changed_files, folder_at
from tests.unit.sql_products.written_products import WrittenProducts

CUSTOMERS = "shop/contracts/mart/data_customers.sql"
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=T", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture
def committed(sales: WrittenProducts) -> WrittenProducts:
    """The products in a repository, on a branch of `main`."""
    root = sales.folder.parent
    git(root, "init", "--quiet", "--initial-branch", "main")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message", "one")
    git(root, "switch", "--quiet", "--create", "work")
    return sales


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as ended:
        command_line.main(list(arguments))
    out, err = capsys.readouterr()
    return int(ended.value.code or 0), out, err


def contracts(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    return run(capsys, "contracts", "--folder", "products", "--against", "main", *arguments)


def test_nothing_changed_is_nothing_broken(committed, capsys):
    assert contracts(capsys) == (0, "No contract, source or model differs from main.\n", "")


def test_a_break_ends_with_an_exit_code_of_its_own(committed, capsys):
    committed.replace(CUSTOMERS, "orders BIGINT", "orders INT")
    committed.replace("shop/models/mart/data_customers.sql", "count(*)", "CAST(count(*) AS INT)")
    code, out, err = contracts(capsys)
    assert (code, err) == (3, "")
    assert "orders: bigint -> int, narrowed" in out
    assert "read by marketing.data_loyalty, products/marketing/models/mart/data_loyalty.sql:2" in out


def test_a_declared_break_and_an_addition_end_well(committed, capsys):
    committed.replace(CUSTOMERS, "orders BIGINT NOT NULL", "orders BIGINT")
    committed.replace(CUSTOMERS, "'version' = '1'", "'version' = '2'")
    code, out, _ = contracts(capsys)
    assert (code, "declared  orders: NOT NULL dropped" in out) == (0, True)


def test_the_break_is_shown_beside_the_mistake_that_it_is_to_a_reader(committed, capsys):
    committed.replace(CUSTOMERS, "orders BIGINT NOT NULL,\n", "")
    committed.replace("shop/models/mart/data_customers.sql", "count(*) AS orders, ", "")
    code, out, err = contracts(capsys)
    assert code == 1
    assert "breaking  orders dropped" in out
    assert "data_loyalty.sql:2: no table that is read here has a column orders" in err


def test_what_others_did_on_the_main_branch_since_is_no_change_of_this_one(committed, capsys):
    root = committed.folder.parent
    git(root, "switch", "--quiet", "main")
    committed.table("shop", "mart", "data_new", "id BIGINT", "SELECT id FROM inter_orders")
    git(root, "add", ".")
    git(root, "commit", "--quiet", "--message", "two")
    git(root, "switch", "--quiet", "work")
    assert contracts(capsys)[:2] == (0, "No contract, source or model differs from main.\n")


def test_a_commit_without_products_makes_all_of_them_new(committed, capsys):
    root = committed.folder.parent
    git(root, "switch", "--quiet", "--orphan", "empty")
    git(root, "commit", "--quiet", "--allow-empty", "--message", "nothing")
    git(root, "switch", "--quiet", "work")
    code, out, _ = run(capsys, "contracts", "--folder", "products", "--against", "empty")
    assert code == 0
    assert out.count("new table") == 4
    assert "new source" in out


def test_the_markdown_is_for_a_pull_request(committed, capsys):
    committed.replace(CUSTOMERS, "last_day DATE", "last_day DATE COMMENT 'x'")
    code, out, _ = contracts(capsys, "--format", "markdown")
    assert (code, out.splitlines()[0]) == (0, "### Data products")


def test_an_unknown_commit_is_a_sentence(committed, capsys):
    root = committed.folder.parent
    code, out, err = run(capsys, "contracts", "--folder", "products")
    assert (code, out, err) == (1, "", f"there is no commit origin/main in {root}\n")
    git(root, "remote", "add", "origin", str(root))
    assert run(capsys, "contracts", "--folder", "products")[2].endswith(": try git fetch origin main\n")


@pytest.mark.parametrize("ref", ["--help", "main --", "", "main:products", "../x"])
def test_what_is_no_commit_is_no_option_of_git_either(committed, capsys, ref):
    code, _, err = run(capsys, "contracts", "--folder", "products", f"--against={ref}")
    assert (code, "there is no commit" in err) == (1, True), err


def test_a_folder_without_git_is_a_sentence(sales, capsys, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(sales.folder.parents[1]))
    code, _, err = contracts(capsys)
    assert code == 1
    assert err.startswith("git rev-parse: ")
    assert "not a git repository" in err


def test_no_git_is_a_sentence(committed, capsys, monkeypatch):
    monkeypatch.setenv("PATH", str(committed.folder))
    code, _, err = contracts(capsys)
    assert (code, err) == (1, "git is not installed, and the comparison with another commit needs it\n")


def test_changed_files_are_those_of_commits_of_the_working_tree_and_new_ones(committed):
    root = committed.folder.parent
    committed.replace(CUSTOMERS, "'somebody'", "'another'")
    git(root, "commit", "--quiet", "--all", "--message", "two")
    committed.replace("shop/models/mart/data_customers.sql", "count(*)", "count(1)")
    committed.write("shop/tests/mart/new one.sql", "SELECT 1")
    committed.remove("marketing/models/mart/data_loyalty.sql")
    (root / "elsewhere.txt").write_text("x", encoding="utf-8")
    assert changed_files("main", committed.folder) == [
        "marketing/models/mart/data_loyalty.sql",
        CUSTOMERS,
        "shop/models/mart/data_customers.sql",
        "shop/tests/mart/new one.sql",
    ]


def test_the_folder_of_another_commit_is_the_whole_of_it(committed):
    shutil.rmtree(committed.folder / "marketing")
    with folder_at("main", committed.folder) as folder:
        assert (folder / "marketing/models/mart/data_loyalty.sql").is_file()
    assert not folder.exists()
    with pytest.raises(GitError, match="there is no commit nowhere"), folder_at("nowhere", committed.folder):
        pass


def test_lineage_writes_the_order_and_two_files(sales, capsys):
    code, out, _ = run(capsys, "lineage", "--folder", "products", "--output", "out")
    assert code == 0
    assert out.splitlines() == [
        "shop, level 1: staging_orders",
        "shop, level 2: inter_orders",
        "shop, level 3: data_customers",
        "marketing, level 1: data_loyalty",
        "Written: out/lineage.html, out/lineage.mmd",
    ]
    text = Path("out/lineage.mmd").read_text(encoding="utf-8")
    arrows = re.findall(r"(\w+) --> (\w+)", text)
    assert sorted(arrows) == [
        ("data_customers", "data_loyalty"),
        ("inter_orders", "data_customers"),
        ("raw_orders", "staging_orders"),
        ("staging_orders", "inter_orders"),
    ]


def test_lineage_goes_down_to_columns_on_request(sales, capsys):
    run(capsys, "lineage", "--folder", "products", "--output", "out", "--columns")
    text = Path("out/lineage.mmd").read_text(encoding="utf-8")
    assert "inter_orders__day --> data_customers__last_day" in text
    assert "data_customers__orders --> data_loyalty__is_loyal" in text
    page = Path("out/lineage.html").read_text(encoding="utf-8")
    assert 'data-from="inter_orders.day" data-to="data_customers.last_day"' in page
    for name in re.findall(r"(\w+)__\w+", text):
        assert f'subgraph {name} ["{name}"]' in text


def test_a_mistake_is_no_drawing(sales, capsys):
    sales.replace("shop/models/mart/data_customers.sql", "count(*)", "count(nothing)")
    code, out, err = run(capsys, "lineage", "--folder", "products", "--output", "out")
    assert (code, out) == (1, "")
    assert "no table that is read here has a column nothing" in err
    assert not Path("out").exists()


class _Outside(HTMLParser):
    """Collects what a page would fetch, and checks that its tags close."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.links += [value for name, value in attrs if name in ("src", "href", "srcset") and value]
        if tag not in ("meta", "link", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.mark.parametrize("columns", [[], ["--columns"]])
def test_the_page_needs_nothing_from_outside(sales, capsys, columns):
    sales.replace(CUSTOMERS, "STRING NOT NULL", "STRING NOT NULL COMMENT '<b>&\"who\"'")
    run(capsys, "lineage", "--folder", "products", "--output", "out", *columns)
    page = Path("out/lineage.html").read_text(encoding="utf-8")
    parser = _Outside()
    parser.feed(page)
    parser.close()
    assert (parser.links, parser.open) == ([], [])
    assert "<b>" not in page
    assert not re.search(r"https?://|@import|url\((?!#)", page)


@pytest.mark.skipif(not BROWSER, reason="no Chromium on this machine")
def test_a_browser_shows_every_table_within_the_page_and_highlights_a_columns_lineage(sales, capsys):
    from playwright.sync_api import sync_playwright

    run(capsys, "lineage", "--folder", str(DATA_PRODUCTS), "--output", "out", "--columns")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        try:
            page = browser.new_page(viewport={"width": 1800, "height": 1000})
            errors: list[str] = []
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("request", lambda request: errors.append(request.url) if "file:" not in request.url else None)
            page.goto(Path("out/lineage.html").resolve().as_uri())
            drawing = page.locator(".drawing > svg").bounding_box()
            boxes = [one.bounding_box() for one in page.locator(".box > rect").all()]
            assert drawing
            assert len(boxes) == 6
            for box in boxes:
                assert box
                assert box["x"] >= drawing["x"]
                assert box["x"] + box["width"] <= drawing["x"] + drawing["width"]
            for text in page.locator(".box > text.name").all():
                assert text.evaluate("one => one.getBBox().x + one.getBBox().width") <= text.evaluate(
                    "one => { const box = one.parentNode.querySelector('rect').getBBox(); return box.x + box.width }"
                )
            page.locator('[data-name="data_app_conn_stats.connection_seconds"] text').first.hover()
            lit = {one.get_attribute("data-from") for one in page.locator(".arrow.on").all()}
            assert lit == {
                "raw_vpcflowlogs_parquet.start", "raw_vpcflowlogs_parquet.end", "raw_vpcflowlogs_text.value",
                "staging_raw_vpcflowlogs.start", "staging_raw_vpcflowlogs.end",
                "inter_model_flowlogs.first_packet_received_time", "inter_model_flowlogs.last_packet_received_time",
            }  # fmt: skip
            assert errors == []
        finally:
            browser.close()
