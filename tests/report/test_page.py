"""The report in a real browser: what a reader sees and does."""

from dataclasses import replace

import pytest

from kerasnas.report.page import read_inputs, report_page
from kerasnas.results import Result
from tests.processes import ROOT
from tests.report.browser import complaints, needs_chromium, opened
from tests.report.rows import PROTOCOL, made_up, written
from tests.report.searches import search_folder

pytestmark = needs_chromium

RESULTS = ROOT / "results"
HOSTILE = (
    "<script>window.harmed = 1</script>",
    "<img src=x onerror='window.harmed = 1'>",
    "</script><script>window.harmed = 1</script>",
    "=cmd()",
    "';window.harmed=1;'",
    "<a href='javascript:window.harmed=1'>click</a>",
)


def page_of(folder, rows, *folders):
    inputs = read_inputs([written(folder / "results.csv", rows), *folders])
    path = folder / "report.html"
    path.write_text(report_page(inputs, "<b>A title</b>", ["kerasnas report results.csv"]), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    rows = [row for seed in (0, 1) for strategy in ("evolution", "random") for row in made_up(20, strategy, seed)]
    rows += [
        Result(
            text, 1000, 50.0, 50.0, 50.0, status="ok" if i % 2 else text, reason=text, strategy=text, macs=5,
            protocol=replace(PROTOCOL, dataset=text, data_hash=text),
        )
        for i, text in enumerate(HOSTILE)
    ]  # fmt: skip
    return page_of(tmp_path_factory.mktemp("page"), rows)


@pytest.fixture(scope="module")
def browser(page):
    with opened(page) as driver:
        yield driver
        assert complaints(driver) == []


@pytest.fixture
def fresh(browser):
    """The browser with the page as it opens."""
    browser.refresh()
    return browser


def first_column(driver, name="genome"):
    """Return the texts of a column of the table, in one go: typing redraws it a moment later."""
    return driver.execute_script(
        "const place = document.querySelector(`th[data-name=${arguments[0]}]`).cellIndex;"
        "return [...document.querySelectorAll('#table tbody tr')].map(row => row.cells[place].textContent)",
        name,
    )


def shown(driver):
    return int(driver.find_element("id", "shown").text.split()[0].replace(",", ""))


def texts(driver, selector):
    """Return the text of each element, of drawings as well."""
    return [found.get_attribute("textContent") for found in driver.find_elements("css selector", selector)]


def search(driver, text):
    """Type `text` into the search field, and wait until the table has nothing else."""
    from selenium.webdriver.support.ui import WebDriverWait

    field = driver.find_element("id", "text")
    field.clear()
    field.send_keys(text)
    WebDriverWait(driver, 120).until(lambda d: all(text in genome for genome in first_column(d)))


def select(driver, name, label):
    from selenium.webdriver.support.ui import Select

    Select(driver.find_element("id", name)).select_by_visible_text(label)


@pytest.mark.parametrize(("width", "dark"), [(360, True), (1600, False)])
def test_it_opens_without_complaint_fits_the_window_and_asks_for_nothing(page, width, dark):
    with opened(page, width, dark=dark) as driver:
        assert complaints(driver) == []
        assert driver.execute_script("return document.documentElement.scrollWidth") <= width
        assert driver.execute_script("return performance.getEntriesByType('resource').length") == 0
        dots = driver.execute_script("return document.querySelectorAll('#scatter .points path').length")
        assert dots > 60
        back = driver.execute_script("return getComputedStyle(document.body).backgroundColor")
        assert (back == "rgb(17, 22, 28)") == dark


def test_hostile_texts_do_nothing_and_are_shown_as_they_are(fresh):
    select(fresh, "conditions", "all, which do not compare")
    assert "do not compare" in fresh.find_element("id", "notes").text
    for text in HOSTILE:
        search(fresh, text)
        assert text in first_column(fresh)
        fresh.execute_script("document.querySelector('#table tbody button').click()")
        assert fresh.find_element("css selector", "#pinned h3").text == text
        assert not fresh.find_elements("id", "command")
    assert fresh.execute_script("return window.harmed") is None
    assert not fresh.find_elements("css selector", "img[src=x], a[href^=javascript]")
    assert all(text in fresh.find_element("id", "failures").get_attribute("textContent") for text in HOSTILE[::2])
    select(
        fresh,
        "conditions",
        fresh.execute_script("return document.querySelector('#conditions option[value=\"0\"]').text"),
    )


def test_filters_narrow_the_table_and_clear(fresh):
    everything = shown(fresh)
    select(fresh, "status", "diverged")
    failed = shown(fresh)
    assert 0 < failed < everything
    assert set(first_column(fresh, "status")) == {"diverged"}
    select(fresh, "strategy", "random")
    assert 0 < shown(fresh) < failed
    assert set(first_column(fresh, "strategy")) == {"random"}
    fresh.find_element("css selector", "#filters button").click()
    assert shown(fresh) == everything
    search(fresh, "RC 64")
    assert 0 < shown(fresh) < everything


def test_a_click_on_a_title_sorts_and_says_so(fresh):
    for expected in (False, True):
        fresh.find_element("css selector", "th[data-name=parameters] button").click()
        numbers = [int(text.replace(",", "")) for text in first_column(fresh, "parameters")]
        assert numbers == sorted(numbers, reverse=expected)
        state = fresh.find_element("css selector", "th[data-name=parameters]").get_attribute("aria-sort")
        assert state == ("descending" if expected else "ascending")


def test_pages_turn(fresh):
    first = first_column(fresh)
    fresh.find_element("id", "after").click()
    assert "page 2 of" in fresh.find_element("id", "page").text
    assert first_column(fresh) != first
    fresh.find_element("id", "before").click()
    assert first_column(fresh) == first


def test_a_click_on_a_point_pins_its_model_with_layers_and_command(fresh):
    from selenium.webdriver.common.action_chains import ActionChains

    before = fresh.find_element("css selector", "#pinned h3").text
    points = fresh.find_elements("css selector", "#scatter .scatterlayer .trace:first-child .points path")
    fresh.execute_script("arguments[0].scrollIntoView({block: 'center'})", points[3])
    ActionChains(fresh).move_to_element(points[3]).pause(0.3).click().perform()
    genome = fresh.find_element("css selector", "#pinned h3").text
    assert genome != before
    assert [cell.text for cell in fresh.find_elements("css selector", "#layers td:first-child")] == genome.split(";")
    command = fresh.find_element("id", "command").text
    assert command.startswith(f"kerasnas train-genome '{genome}' --dataset fashion_mnist --epochs 5")


def test_the_keyboard_alone_pins_a_model(fresh):
    from selenium.webdriver.common.keys import Keys

    button = fresh.find_elements("css selector", "#table tbody button")[2]
    button.send_keys(Keys.ENTER)
    assert fresh.find_element("css selector", "#pinned h3").text == button.text


def test_every_control_has_a_name_that_is_read_out(fresh):
    fresh.execute_cdp_cmd("Accessibility.enable", {})
    nodes = fresh.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
    roles = {"button", "combobox", "searchbox", "checkbox", "link", "table", "region", "image", "img"}
    found = [node for node in nodes if not node["ignored"] and node["role"]["value"] in roles]
    assert len(found) > 20
    assert [node["role"]["value"] for node in found if not node.get("name", {}).get("value", "").strip()] == []


def test_a_search_alone_shows_its_pictures(tmp_path):
    path = tmp_path / "report.html"
    path.write_text(report_page(read_inputs([search_folder(tmp_path / "run")]), "A search", []), encoding="utf-8")
    with opened(path, 360) as driver:
        assert complaints(driver) == []
        assert driver.execute_script("return document.documentElement.scrollWidth") <= 360
        assert len(driver.find_elements("css selector", ".search-plot .main-svg")) >= 4
        assert driver.execute_script("return document.querySelector('.search img').naturalWidth") > 100


@pytest.mark.slow
def test_ten_thousand_rows_stay_usable(tmp_path):
    rows = [row for seed in range(10) for row in made_up(1000, "random", seed)]
    with opened(page_of(tmp_path, rows)) as driver:
        assert shown(driver) == 10_000
        assert len(first_column(driver)) == 50
        search(driver, "NC 64 7 relu;")
        assert 0 < shown(driver) < 1000
        driver.find_element("css selector", "th[data-name=macs] button").click()
        driver.find_element("css selector", "#table tbody button").click()
        assert driver.find_elements("id", "command")
        assert complaints(driver) == []


@pytest.mark.slow
def test_the_report_of_the_results_shows_what_they_hold(tmp_path):
    from selenium.webdriver.common.action_chains import ActionChains

    tables = [RESULTS / "fashion_mnist_120.csv", *sorted((RESULTS / "fashion_mnist_search").glob("*.csv"))]
    path = tmp_path / "report.html"
    inputs = read_inputs([*tables, RESULTS / "example_in_full"])
    path.write_text(report_page(inputs, "Results", ["kerasnas report results/…"]), encoding="utf-8")
    with opened(path) as driver:
        assert 0 < shown(driver) < len(inputs.rows)
        for label in ("multiply-adds", "seconds of training"):
            select(driver, "x", label)
            assert texts(driver, "#scatter .xtitle") == [label]
        assert {"Pareto front", "hill climb's choice"} <= set(texts(driver, "#scatter .legendtext"))
        point = driver.find_elements("css selector", "#scatter .points path")[0]
        driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", point)
        ActionChains(driver).move_to_element(point).pause(0.5).perform()
        assert ";FL " in "".join(texts(driver, "#scatter .hovertext"))
        select(driver, "dataset", "fashion_mnist")
        assert shown(driver) > 0
        for figure in ("progress-trials", "progress-seconds", "importance"):
            assert driver.find_elements("css selector", f"#{figure} .trace path"), figure
        protocol = driver.find_element("id", "protocol").text
        assert "kerasnas report results/…" in protocol
        assert "Measured with" in protocol
        assert complaints(driver) == []


@pytest.mark.slow
def test_a_training_shows_its_curve(tmp_path):
    path = tmp_path / "report.html"
    path.write_text(report_page(read_inputs([RESULTS / "example_in_full"]), "One", []), encoding="utf-8")
    with opened(path, 360, dark=True) as driver:
        driver.find_element("css selector", "#table tbody button").click()
        assert driver.find_elements("css selector", "#curve .main-svg")
        assert driver.execute_script("return document.documentElement.scrollWidth") <= 360
        assert complaints(driver) == []


def test_the_page_says_with_what_and_on_which_machine_it_was_measured(page):
    assert "kerasnas 0.1.0, Keras 3.15.1 on tensorflow, Xeon, 2 cores, Linux" in page.read_text(encoding="utf-8")
