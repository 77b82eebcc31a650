import gzip

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kerasnas.data.files import image_array, label_array, read_idx, read_npz
from kerasnas.errors import DataError
from tests.data.files import arrays, idx_bytes, write_npz

IMAGES = arrays()["x_train"]


def idx_file(folder, content):
    path = folder / "images.gz"
    path.write_bytes(gzip.compress(content))
    return path


def refusal(reader, path) -> str:
    with pytest.raises(DataError) as caught:
        reader(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert len(message.splitlines()) == 1
    return message


@pytest.mark.parametrize("shape", [(3,), (3, 2, 2), (0, 2, 2)])
def test_idx_reads_back(tmp_path, shape):
    array = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    np.testing.assert_array_equal(read_idx(idx_file(tmp_path, idx_bytes(array))), array)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not an IDX file"),
        (b"\0\0\x08", "not an IDX file"),
        (b"\0\0\x08\x00", "not an IDX file"),
        (b"\0\0\x0d" + idx_bytes(IMAGES)[3:], "not an IDX file of unsigned bytes"),
        (idx_bytes(IMAGES)[:10], "not an IDX file"),
        (idx_bytes(IMAGES)[:-1], "promises 15680 values"),
        (idx_bytes(IMAGES) + b"x", "holds 15681"),
        (b"\0\0\x08\x04" + np.array([65536] * 4, ">u4").tobytes(), "promises"),
        (b"\0\0\x08\x46" + np.ones(70, ">u4").tobytes() + b"x", "not an IDX file"),
    ],
    ids=[
        "empty",
        "short",
        "no dimensions",
        "floats",
        "header cut",
        "cut",
        "too long",
        "product over 64 bits",
        "70 dimensions",
    ],
)
def test_idx_that_does_not_keep_its_promise_is_refused(tmp_path, content, words):
    assert words in refusal(read_idx, idx_file(tmp_path, content))


def test_idx_that_is_cut_or_no_gzip_is_refused(tmp_path):
    path = idx_file(tmp_path, idx_bytes(IMAGES))
    whole = path.read_bytes()
    for content in (b"", whole[:5], whole[: len(whole) // 2], whole[:-4], idx_bytes(IMAGES)):
        path.write_bytes(content)
        assert "fetch the file again" in refusal(read_idx, path)
    refusal(read_idx, tmp_path / "none.gz")
    refusal(read_idx, tmp_path)


@given(st.data())
@settings(max_examples=50)
def test_npz_with_any_byte_changed_is_read_or_refused_by_name(tmp_path, data):
    path = write_npz(tmp_path / "data.npz", x_train=np.zeros((2, 2, 2), np.uint8), x_test=np.zeros((1, 2, 2), np.uint8))
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        found = read_npz(path)
    except DataError as error:
        assert str(error).startswith(f"{path}: ")  # noqa: PT017
        assert len(str(error).splitlines()) == 1  # noqa: PT017
    else:
        assert all(isinstance(array, np.ndarray) for array in found.values())


def test_npz_reads_back(tmp_path):
    found = read_npz(write_npz(tmp_path / "data.npz"))
    for name, array in arrays().items():
        np.testing.assert_array_equal(found[name], array)


def test_npz_that_is_cut_or_no_npz_is_refused(tmp_path):
    path = write_npz(tmp_path / "data.npz")
    whole = path.read_bytes()
    for content in (b"", b"PK", whole[:100], whole[: len(whole) // 2], whole[:-10], b"not a file of arrays"):
        path.write_bytes(content)
        refusal(read_npz, path)
    refusal(read_npz, tmp_path / "none.npz")
    refusal(read_npz, tmp_path)


def test_npz_without_an_array_names_it_and_those_found(tmp_path):
    path = tmp_path / "data.npz"
    np.savez(path, x_train=IMAGES, labels=IMAGES)
    message = refusal(read_npz, path)
    assert "no array named y_train, x_test, y_test" in message
    assert "found x_train, labels" in message


def test_a_single_array_is_no_npz(tmp_path):
    path = tmp_path / "data.npz"
    with path.open("wb") as file:
        np.save(file, IMAGES)
    refusal(read_npz, path)


def test_a_member_that_is_no_array_is_refused(tmp_path):
    import zipfile

    path = tmp_path / "data.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for name in arrays():
            archive.writestr(f"{name}.npy", b"text")
    refusal(read_npz, path)


class Bomb:
    def __reduce__(self):
        return exec, ("raise SystemExit('a pickle was run')",)


def test_pickled_objects_are_refused_and_not_run(tmp_path):
    path = tmp_path / "data.npz"
    np.savez(path, **arrays(x_test=np.array([Bomb()], dtype=object)))
    assert "allow_pickle" in refusal(read_npz, path)


@pytest.mark.parametrize("dtype", ["S3", "O", "M8[s]", "complex64", "bool"])
def test_images_that_are_no_numbers_are_refused(dtype):
    with pytest.raises(DataError, match=r"data\.npz: images must be numbers"):
        image_array(np.zeros((2, 2, 2)).astype(dtype), "data.npz")


def test_images_get_a_channel_and_one_of_two_types():
    assert image_array(np.zeros((5, 4, 3), np.uint8), "").shape == (5, 4, 3, 1)
    assert image_array(np.zeros((5, 4, 3, 2), np.uint8), "").dtype == np.uint8
    assert image_array(np.zeros((5, 4, 3, 2), np.float64), "").dtype == np.float32


def test_labels_become_one_row_of_int32():
    labels = label_array(np.array([[3], [1]], np.uint8), "")
    assert (labels.dtype, labels.tolist()) == (np.int32, [3, 1])


@pytest.mark.parametrize("labels", [np.array([0.0, 1.0]), np.array(["a"]), np.array([True])])
def test_labels_that_are_no_whole_numbers_are_refused(labels):
    with pytest.raises(DataError, match="labels must be whole numbers"):
        label_array(labels, "data.npz")


@pytest.mark.parametrize("label", [2**31, 2**32, 2**63, -(2**31) - 1])
def test_labels_beyond_int32_are_refused_and_not_wrapped(label):
    with pytest.raises(DataError, match="label"):
        label_array(np.array([0, label]), "data.npz")
