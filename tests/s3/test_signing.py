"""What only a store shows that checks signatures: addresses are good for one length, one part and a short time."""

from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from shared.sealed.geometry import MIB
from tests.s3.conftest import Bucket, House_
from tests.s3.direct import acknowledge, put, put_directly, send_directly, urls
from tests.server.samples import sample
from tests.services.s3 import S3Service
from tests.support.waiting import until

PART = 8 * MIB
SECONDS = 60
pytestmark = [pytest.mark.slow, pytest.mark.parametrize("service", ["ceph_s3"], indirect=True)]


def test_length_and_part_are_signed(build: House_) -> None:
    """More or fewer bytes are refused, and so is another part."""
    ada, two = build().person("ada@example.org"), sample(PART + 5, PART)
    ada.ask("POST", "/uploads", json=two.start())
    signed = urls(ada, two, 1)[0]
    for data in (two.parts[1] + b"more", two.parts[1][:-1]):
        assert put(signed, data).status_code == 403
    other = signed["url"].replace("partNumber=2", "partNumber=1")
    assert other != signed["url"]
    assert requests.put(other, data=two.parts[1], timeout=SECONDS).status_code == 403
    assert put(signed, two.parts[1]).ok


def test_addresses_run_out_and_new_ones_are_given(build: House_) -> None:
    """The upload goes on with what it has."""
    ada, two = build().person("ada@example.org"), sample(PART + 5, PART)
    ada.ask("POST", "/uploads", json=two.start())
    old = urls(build(s3_url_seconds=2).person("ada@example.org"), two, 1)[0]
    acknowledge(ada, two, put_directly(ada, two, 0))
    until(lambda: put(old, two.parts[1]).status_code == 403, "an address that has run out")
    acknowledge(ada, two, put_directly(ada, two, 1))
    assert ada.complete(two).status_code == 201


def test_downloads_run_out(build: House_) -> None:
    """Who keeps the address of a body has it for a short time only."""
    ada, file = build().person("ada@example.org"), sample(5, PART)
    assert send_directly(ada, file).status_code == 201
    path = f"/files/{file.file_id}/content"
    url = build(s3_url_seconds=2).person("ada@example.org").ask("GET", path).headers["Location"]
    until(lambda: requests.get(url, timeout=SECONDS).status_code == 403, "an address that has run out")
    fresh = ada.ask("GET", path).headers["Location"]
    assert requests.get(fresh, timeout=SECONDS).content == file.body


def test_a_tampered_address_is_refused(build: House_, bucket: Bucket) -> None:
    """Neither another object nor another method."""
    ada, one, other = build().person("ada@example.org"), sample(5, PART), sample(5, PART)
    assert send_directly(ada, one).status_code == 201
    assert send_directly(ada, other).status_code == 201
    url = ada.ask("GET", f"/files/{one.file_id}/content").headers["Location"]
    assert requests.get(url.replace(str(one.file_id), str(other.file_id)), timeout=SECONDS).status_code == 403
    assert requests.put(url, data=b"x", timeout=SECONDS).status_code == 403
    assert requests.delete(url, timeout=SECONDS).status_code == 403
    assert bucket.read(f"blobs/{one.file_id}") == one.body


def test_clients_are_sent_to_the_public_address(build: House_, service: S3Service) -> None:
    """S3_PUBLIC_ENDPOINT is what is signed: the server's own way there may be another."""
    public = service.url.replace("127.0.0.1", "localhost")
    ada, file = build(s3_public_endpoint=public).person("ada@example.org"), sample(5, PART)
    ada.ask("POST", "/uploads", json=file.start())
    signed = urls(ada, file, 0)[0]
    assert urlsplit(signed["url"]).hostname == "localhost"
    assert "content-length" in parse_qs(urlsplit(signed["url"]).query)["X-Amz-SignedHeaders"][0]
    assert put(signed, file.parts[0]).ok
