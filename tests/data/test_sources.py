import gzip
import os
from pathlib import Path

import numpy as np
import pytest

from kerasnas.data import DATA_DIR_VARIABLE, DATASETS, load, sources
from kerasnas.errors import DataError
from tests.data.files import IDX_NAMES, arrays, idx_bytes, write_idx_folder, write_npz

KERAS_CACHE = Path(os.environ["KERAS_HOME"]) / "datasets"


@pytest.fixture(autouse=True)
def only_the_tests_files(monkeypatch, tmp_path):
    """No data set outside the tests' own files, and a network that refuses every connection."""
    monkeypatch.setattr(sources, "DEBIAN_FOLDER", tmp_path / "no-debian")
    for variable in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    for variable in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("urllib.request._opener", None)


def refusal(name, data_dir=None) -> str:
    with pytest.raises(DataError) as caught:
        load(name, data_dir)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message


def assert_is_the_small_set(dataset, name):
    assert (dataset.name, dataset.classes, dataset.image_shape) == (name, 10, (28, 28, 1))
    np.testing.assert_array_equal(dataset.train_images[..., 0], arrays()["x_train"])
    np.testing.assert_array_equal(dataset.test_labels, arrays()["y_test"])


def test_digits_need_no_files_and_are_always_the_same():
    digits = load("digits")
    assert digits.image_shape == (28, 28, 1)
    assert digits.classes == 10
    assert len(digits.train_images) + len(digits.test_images) == 1797
    assert digits.train_images.dtype == np.uint8
    assert digits.train_images.max() == 255
    assert set(digits.train_labels) == set(digits.test_labels) == set(range(10))
    assert load("digits").fingerprint == digits.fingerprint


def test_unknown_name_is_refused_with_the_known_ones():
    assert ", ".join(DATASETS) in refusal("fasion_mnist")


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10"])
def test_npz_in_the_data_dir_is_found_by_name(tmp_path, name):
    write_npz(tmp_path / f"{name}.npz")
    assert_is_the_small_set(load(name, tmp_path), name)
    assert load(name, tmp_path).source == str(tmp_path / f"{name}.npz")


@pytest.mark.parametrize(
    ("name", "folder", "label_bytes", "train", "classes"),
    [
        ("cifar100", "cifar-100-binary", 2, ["train.bin"], 100),
        ("cifar10", "cifar-10-batches-bin", 1, [f"data_batch_{i}.bin" for i in range(1, 6)], 10),
    ],
)
def test_cifar_is_read_in_its_official_binary_version(tmp_path, name, folder, label_bytes, train, classes):
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (4, 32, 32, 3)).astype("uint8")
    labels = generator.integers(0, classes, (4, label_bytes)).astype("uint8")  # of CIFAR-100, coarse and fine
    records = np.concatenate([labels, images.transpose(0, 3, 1, 2).reshape(4, -1)], axis=1)
    place = tmp_path / folder
    place.mkdir()
    test = "test.bin" if name == "cifar100" else "test_batch.bin"
    for file in (*train, test):
        records.tofile(place / file)
    dataset = load(name, tmp_path)
    assert (dataset.classes, len(dataset.train_images)) == (classes, 4 * len(train))
    np.testing.assert_array_equal(dataset.test_images, images)
    np.testing.assert_array_equal(dataset.test_labels, labels[:, -1])
    (place / test).write_bytes(records.tobytes()[:-1])
    assert "no whole number of CIFAR's records" in refusal(name, tmp_path)


@pytest.mark.parametrize(("name", "folder"), [("mnist", "mnist"), ("fashion_mnist", "fashion-mnist")])
def test_idx_files_in_the_data_dir_are_found_by_name(tmp_path, name, folder):
    write_idx_folder(tmp_path / folder)
    assert_is_the_small_set(load(name, tmp_path), name)


def test_the_environment_names_a_data_dir(tmp_path, monkeypatch):
    write_npz(tmp_path / "mnist.npz")
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(tmp_path))
    assert_is_the_small_set(load("mnist"), "mnist")


def test_the_data_dir_goes_before_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv(DATA_DIR_VARIABLE, str(tmp_path / "elsewhere"))
    write_npz(tmp_path / "mnist.npz")
    assert_is_the_small_set(load("mnist", tmp_path), "mnist")


def test_fashion_mnist_is_found_in_debians_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "DEBIAN_FOLDER", write_idx_folder(tmp_path / "debian"))
    assert_is_the_small_set(load("fashion_mnist"), "fashion_mnist")


@pytest.fixture
def fashion_cache():
    folder = write_idx_folder(KERAS_CACHE / "fashion-mnist")
    yield folder
    for file in folder.iterdir():
        file.unlink()


def test_fashion_mnist_is_found_in_keras_cache(fashion_cache):
    assert_is_the_small_set(load("fashion_mnist"), "fashion_mnist")


@pytest.mark.parametrize("damage", ["cut", "missing"])
def test_damage_in_keras_cache_is_named(fashion_cache, damage):
    file = fashion_cache / IDX_NAMES["x_test"]
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:100])
    else:
        file.unlink()
    message = refusal("fashion_mnist")
    assert str(fashion_cache) in message
    assert "delete" in message


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10", "cifar100"])
def test_what_is_nowhere_is_refused_with_every_place_and_the_remedy(tmp_path, name):
    message = refusal(name, tmp_path)
    places = [str(tmp_path / f"{name}.npz"), str(KERAS_CACHE), "download by Keras ("]
    if "mnist" in name:
        places.append(str(tmp_path / name / "*.gz"))
    if name == "fashion_mnist":
        places += [str(tmp_path / "no-debian"), "apt-get install dataset-fashion-mnist"]
    remedy = [f"Put {name}.npz with x_train, y_train, x_test, y_test", "--data-dir"]
    assert [words for words in places + remedy if words not in message] == []


def test_without_a_data_dir_the_message_says_how_to_give_one():
    message = refusal("mnist")
    assert f"no --data-dir and no {DATA_DIR_VARIABLE} given" in message


def test_a_missing_idx_file_is_named(tmp_path):
    folder = write_idx_folder(tmp_path / "mnist")
    (folder / IDX_NAMES["y_test"]).unlink()
    assert f"{folder}: {IDX_NAMES['y_test']} missing" in refusal("mnist", tmp_path)


@pytest.mark.parametrize("array", IDX_NAMES)
def test_a_damaged_idx_file_is_named(tmp_path, array):
    file = write_idx_folder(tmp_path / "mnist") / IDX_NAMES[array]
    file.write_bytes(gzip.compress(idx_bytes(arrays()[array])[:-1]))
    assert refusal("mnist", tmp_path).startswith(f"{file}: ")


def test_a_damaged_file_is_not_passed_over_for_the_next_place(tmp_path):
    write_idx_folder(tmp_path / "mnist")
    (tmp_path / "mnist.npz").write_bytes(b"damaged")
    assert refusal("mnist", tmp_path).startswith(str(tmp_path / "mnist.npz"))


@pytest.mark.parametrize(
    ("replaced", "words"),
    [
        ({"y_train": np.arange(19) % 10}, "20 training images but labels of shape (19,)"),
        ({"y_test": np.arange(11) % 10}, "10 test images but labels of shape (11,)"),
        ({"y_train": np.arange(20)}, "training labels must lie from 0 to 9"),
        ({"y_test": np.arange(10) - 1}, "labels must lie from 0 up, found -1 to 8"),
        ({"x_test": np.zeros((10, 28, 27), np.uint8)}, "(28, 28, 1) but test images of shape (28, 27, 1)"),
        ({"x_test": np.zeros((10, 28, 28, 3), np.uint8)}, "test images of shape (28, 28, 3)"),
        ({"x_train": np.zeros((20, 784), np.uint8)}, "training images must be an array (n, height, width, channels)"),
        ({"x_train": np.zeros((0, 28, 28)), "y_train": np.zeros(0, int)}, "with n > 0"),
        ({"x_train": np.full((20, 28, 28), np.nan)}, "not finite"),
        ({"x_test": np.full((10, 28, 28), 1e300)}, "not finite"),
        ({"y_test": np.linspace(0, 9, 10)}, "whole numbers"),
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(tmp_path, replaced, words):
    file = write_npz(tmp_path / "mnist.npz", **replaced)
    message = refusal("mnist", tmp_path)
    assert message.startswith(f"{file}: ")
    assert words in message


def test_a_file_of_ones_own_has_the_classes_that_its_labels_name(tmp_path):
    file = write_npz(
        tmp_path / "own.npz",
        x_train=np.zeros((4, 8, 6, 3)),
        y_train=np.array([[0], [1], [2], [0]]),
        x_test=np.zeros((2, 8, 6, 3)),
        y_test=np.array([[3], [1]]),
    )
    dataset = load("npz", file)
    assert (dataset.name, dataset.classes, dataset.image_shape) == ("npz", 4, (8, 6, 3))
    assert dataset.train_images.dtype == np.float32


def test_a_file_of_ones_own_must_be_named_and_exist(tmp_path):
    assert "none was given" in refusal("npz")
    assert f"no file {tmp_path / 'none.npz'}" in refusal("npz", tmp_path / "none.npz")
    assert "no file" in refusal("npz", tmp_path)
