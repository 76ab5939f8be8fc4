"""``s3://`` targets: one put per file, the old or the new object, and no key in any message."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import imagedf
from imagedf import files
from imagedf.sandbox import Sandbox, many_images
from tests.conftest import sample
from tests.object_storage import KEYS, Proxy, moto, refusing

pytest.importorskip("moto")
BUCKET = "inventory"


@pytest.fixture(scope="module")
def server() -> Iterator[int]:
    with moto(BUCKET) as port:
        yield port


@pytest.fixture
def proxy(server: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    proxy = Proxy(server)
    use(monkeypatch, proxy.port)
    yield proxy
    proxy.close()


def use(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_S3", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    for name, key in KEYS.items():
        monkeypatch.setenv(name, key)


def larger(factor: float) -> pd.DataFrame:
    frame = imagedf.example()
    return frame.assign(size_gigabytes=frame["size_gigabytes"] * factor)


def test_a_frame_comes_back_exactly_and_took_one_put(proxy: Proxy) -> None:
    frame = imagedf.example()
    uri = f"s3://{BUCKET}/folder with spaces/Größe.parquet"
    assert imagedf.to_parquet(frame, uri) == uri
    puts = [request for request in proxy.requests if not request.startswith(("GET", "HEAD"))]
    assert len(puts) == 1
    assert puts[0].startswith("PUT ")
    assert "uploads" not in puts[0]
    assert_frame_equal(imagedf.read_parquet(uri), frame)
    assert imagedf.certificate(imagedf.read_parquet(uri)) == imagedf.certificate(frame)


def test_a_new_object_replaces_the_old_one_and_both_are_listed(proxy: Proxy) -> None:
    for factor in (1.0, 2.0):
        imagedf.to_parquet(larger(factor), f"s3://{BUCKET}/list/one.parquet")
    imagedf.to_parquet(larger(3.0), f"s3://{BUCKET}/list/deep/two.parquet")
    assert files.list_objects(f"s3://{BUCKET}/list") == [
        f"s3://{BUCKET}/list/deep/two.parquet",
        f"s3://{BUCKET}/list/one.parquet",
    ]
    assert files.list_objects(f"s3://{BUCKET}/nothing") == []
    assert_frame_equal(imagedf.read_parquet(f"s3://{BUCKET}/list/one.parquet"), larger(2.0))


def check_message(error: pytest.ExceptionInfo[Exception], *words: str) -> None:
    text = str(error.value)
    assert "\n" not in text
    assert all(word in text for word in words)
    assert not any(key in repr(error.getrepr(chain=True)) for key in KEYS.values())


def test_an_object_or_bucket_that_is_not_there_is_one_clear_error(proxy: Proxy) -> None:
    with pytest.raises(imagedf.ImagedfError) as caught:
        imagedf.read_parquet(f"s3://{BUCKET}/none.parquet")
    check_message(caught, "can't read s3://", "object does not exist")
    with pytest.raises(imagedf.ImagedfError) as caught:
        imagedf.to_parquet(imagedf.example(), "s3://no-such-bucket/x.parquet")
    check_message(caught, "can't write s3://no-such-bucket", "does not exist")


@pytest.mark.parametrize(
    ("status", "code", "says"),
    [
        (403, "AccessDenied", "access denied"),
        (403, "SignatureDoesNotMatch", "secret key"),
        (403, "InvalidAccessKeyId", "access key"),
        (400, "Nonsense", "can't write"),
    ],
)
def test_a_refused_put_is_one_clear_error(
    status: int, code: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with refusing(status, code) as port:
        use(monkeypatch, port)
        with pytest.raises(imagedf.ImagedfError) as caught:
            imagedf.to_parquet(imagedf.example(), f"s3://{BUCKET}/x.parquet")
    check_message(caught, says, "s3://")


@pytest.mark.parametrize("cut_after", [0, 2000])
def test_a_put_whose_connection_is_cut_leaves_the_old_object(proxy: Proxy, cut_after: int) -> None:
    uri = f"s3://{BUCKET}/cut.parquet"
    imagedf.to_parquet(larger(1.0), uri)
    proxy.cut_after = cut_after
    with pytest.raises(imagedf.ImagedfError) as caught:
        imagedf.to_parquet(larger(2.0), uri)
    check_message(caught, "can't write")
    proxy.cut_after = None
    assert_frame_equal(imagedf.read_parquet(uri), larger(1.0))


SCRIPT = """
import imagedf, sys
frame = imagedf.example()
print("ready", flush=True)
frame = frame.assign(size_gigabytes=frame["size_gigabytes"] * 2)
imagedf.to_parquet(frame, sys.argv[1])
"""


@pytest.mark.parametrize("seconds", sample([0.05, 0.3, 0.8], 2))
def test_a_killed_writer_leaves_the_old_object_or_the_new_one(proxy: Proxy, seconds: float) -> None:
    uri = f"s3://{BUCKET}/killed.parquet"
    imagedf.to_parquet(larger(1.0), uri)
    proxy.pause = 0.2
    writer = subprocess.Popen([sys.executable, "-c", SCRIPT, uri], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    writer.stdout.readline()
    time.sleep(seconds)
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    proxy.pause = 0.0
    read = imagedf.read_parquet(uri)
    assert read["size_gigabytes"].iloc[0] in (2.34, 4.68)
    expected = larger(1.0 if read["size_gigabytes"].iloc[0] == 2.34 else 2.0)
    assert_frame_equal(read, expected)


@pytest.mark.parametrize(
    "uri",
    [
        "s3://AKIAFICTIONAL:fictional%2Fsecret@inventory/x.parquet",
        "s3://AKIAFICTIONAL@inventory/x.parquet",
        "s3://inventory/x.parquet?access_key=AKIAFICTIONAL&secret_key=s",
        "s3://inventory:secret/x.parquet",
        "s3://",
        "s3:///x.parquet",
        "s3://UPPER/x.parquet",
        "s3://inventory",
        "s3://inventory/folder/",
        "s3://inventory/../x.parquet",
    ],
)
def test_a_target_that_is_not_bucket_and_key_is_refused_before_any_request(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, 9)  # nothing listens there
    with pytest.raises(ValueError, match="s3://") as caught:
        imagedf.to_parquet(imagedf.example(), uri)
    assert "AKIAFICTIONAL" not in str(caught.value)


@pytest.mark.parametrize(
    "endpoint", ["fra1.digitaloceanspaces.com", "https://key:secret@host", "ftp://host", "http://"]
)
def test_an_endpoint_that_is_not_a_plain_url_is_refused(
    endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, 9)
    monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
    with pytest.raises(ValueError, match="AWS_ENDPOINT_URL") as caught:
        files.check_target("s3://inventory/x.parquet")
    assert "secret" not in str(caught.value)


def test_the_command_line_streams_a_listing_into_one_object(proxy: Proxy) -> None:
    uri = f"s3://{BUCKET}/streamed.parquet"
    with Sandbox({"default": list(many_images(450))}) as sandbox:
        environment = {
            **os.environ,
            "DIGITALOCEAN_TOKEN": sandbox.token,
            "DIGITALOCEAN_API_URL": sandbox.url,
        }
        command = [sys.executable, "-m", "imagedf", "fetch", "-o", uri]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert not any(key in done.stdout + done.stderr for key in KEYS.values())
    read = imagedf.read_parquet(uri)
    assert len(imagedf.collapse_regions(read)) == 450
    assert imagedf.certificate(read).complete is True
