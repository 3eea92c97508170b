"""What `admin s3-check` advises, for each way in which a store says no: faults in front of one that is all right."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache

import pytest

from server.adapters.blobs.s3_client import S3Clients, S3Target
from server.adapters.blobs.s3_probe import Probe, Step
from tests.s3.conftest import Bucket
from tests.s3.faults import Answer, Faults, Request, faults_before
from tests.services.s3 import S3Service
from tests.support.ports import free_port

pytestmark = pytest.mark.slow

ORIGIN = "https://files.example.org"
On = Callable[[Request], bool]


@pytest.fixture
def service(moto_s3: S3Service) -> S3Service:
    """moto believes every signature: what is refused here, the faults refuse."""
    return moto_s3


@pytest.fixture(scope="module")
def own_side(moto_s3: S3Service) -> Iterator[Faults]:
    """Where the server reaches the store."""
    with faults_before(moto_s3.url) as faults:
        yield faults


@pytest.fixture(scope="module")
def public_side(moto_s3: S3Service) -> Iterator[Faults]:
    """Where clients do."""
    with faults_before(moto_s3.url) as faults:
        yield faults


@cache
def _clients(target: S3Target) -> S3Clients:
    """botocore takes its time."""
    return S3Clients(target)


@pytest.fixture
def target(bucket: Bucket, own_side: Faults, public_side: Faults) -> Iterator[S3Target]:
    yield bucket.service.target(bucket.name, endpoint=own_side.url, public_endpoint=public_side.url)
    own_side.fault = public_side.fault = lambda _: None


def failed(target: S3Target) -> Step:
    """The one step that matters and that did not go well; what is left out is what follows from it."""
    clients = _clients(replace(target, bucket="", prefix="", encryption="", storage_class=""))
    steps = list(Probe(clients, target, ORIGIN, direct=True).steps())
    (found,) = [step for step in steps if not step.ok and step.name not in ("cors", "signed length")]
    return found


def asked(method: str, what: str = "") -> On:
    return lambda request: request.method == method and what in request.path


def _puts(request: Request) -> bool:
    return request.method == "PUT" and not any(word in request.path for word in ("-copy", "-large", "-client"))


def _ranges(request: Request) -> bool:
    return request.method == "GET" and bool(request.range) and "-large" not in request.path


def _lists(request: Request) -> bool:
    return "list-type=2" in request.path and "max-keys" not in request.path


OWN = [
    ("bucket", asked("GET", "max-keys"), "s3:ListBucket"),
    ("put", _puts, "s3:PutObject"),
    ("range", _ranges, "s3:GetObject"),
    ("copy", asked("HEAD"), "s3:GetObject"),
    ("copy", asked("PUT", "-copy"), "s3:GetObject and s3:PutObject"),
    ("multipart", asked("POST", "-large?uploads"), "s3:PutObject"),
    ("multipart", asked("GET", "?uploads"), "s3:ListBucketMultipartUploads"),
    ("multipart", asked("PUT", "partNumber=2"), "s3:PutObject"),
    ("multipart", asked("GET", "-large?uploadId"), "s3:ListMultipartUploadParts"),
    ("multipart", asked("POST", "-large?uploadId"), "s3:PutObject"),
    ("multipart", asked("DELETE", "-large?uploadId"), "s3:AbortMultipartUpload"),
    ("delete", asked("DELETE", "-copy"), "s3:DeleteObject"),
]


@pytest.mark.parametrize(("step", "on", "action"), OWN, ids=[f"{step}-{action}" for step, _, action in OWN])
def test_a_right_that_is_missing_is_named(target: S3Target, own_side: Faults, step: str, on: On, action: str) -> None:
    """By the request that was denied, with the policy that has all of them."""
    own_side.always(Answer(403, "AccessDenied"), on)
    found = failed(target)
    assert found.name == step
    assert "AccessDenied" in found.message or "403" in found.message
    assert f"it needs {action}. " in found.fix
    assert f"arn:aws:s3:::{target.bucket}/*" in found.fix
    stays = action in ("s3:DeleteObject", "s3:AbortMultipartUpload")
    assert ("remove what this check has left" in found.fix) == stays


def test_keys_that_encrypt_have_rights_of_their_own(target: S3Target, own_side: Faults) -> None:
    own_side.always(Answer(403, "AccessDenied"), _puts)
    assert "kms:GenerateDataKey" in failed(replace(target, encryption="aws:kms")).fix


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(400, "ExpiredToken"), "have run out. Renew them"),
        (Answer(400, "InvalidToken"), "Renew them"),
        (Answer(403, "RequestTimeTooSkewed"), "clocks of this machine and of the store differ"),
        (Answer(403, "InvalidAccessKeyId"), "does not know S3_ACCESS_KEY"),
        (Answer(403, "SignatureDoesNotMatch"), "S3_SECRET_KEY is wrong"),
        (Answer(301, "PermanentRedirect"), "another region: set S3_REGION."),
        (Answer(301, "PermanentRedirect", region="eu-west-1"), "set S3_REGION=eu-west-1."),
        (Answer(301, ""), "to https perhaps: set S3_ENDPOINT"),
        (Answer(400, "AuthorizationHeaderMalformed"), "another region: set S3_REGION"),
        (Answer(501, "NotImplemented"), "docs/storage.md says which stores do"),
        (Answer(404, "NoSuchBucket"), "Create the bucket"),
        (Answer(500, "InternalError"), "See what the store logs"),
    ],
    ids=lambda value: value.code + value.region if isinstance(value, Answer) else "",
)
def test_what_the_store_says_of_everything(target: S3Target, own_side: Faults, answer: Answer, words: str) -> None:
    """Told at the first step, which is the last one then."""
    own_side.always(answer)
    found = failed(target)
    assert (found.name, found.needed) == ("bucket", True)
    assert answer.code in found.message
    assert words in found.fix


@pytest.mark.parametrize(
    ("wishes", "answer", "words"),
    [
        ({"encryption": "AES256"}, Answer(501, "NotImplemented"), "S3_ENCRYPTION: leave that empty"),
        ({"storage_class": "STANDARD_IA"}, Answer(501, "NotImplemented"), "S3_STORAGE_CLASS: leave that empty"),
        ({"storage_class": "FAST"}, Answer(400, "InvalidStorageClass"), "leave S3_STORAGE_CLASS empty"),
        ({}, Answer(501, "NotImplemented"), "files need it"),
    ],
)
def test_what_a_store_does_not_do(
    target: S3Target, own_side: Faults, wishes: dict[str, str], answer: Answer, words: str
) -> None:
    """Perhaps only because of a setting that nobody needs."""
    own_side.always(answer, _puts)
    found = failed(replace(target, **wishes))  # type: ignore[arg-type]  # fields that are texts
    assert found.name == "put"
    assert words in found.fix


REFUSALS = [
    (Answer(403, "AccessDenied"), "aws:SourceIp"),
    (Answer(403, "SignatureDoesNotMatch"), "must keep Host"),
    (Answer(403, ""), "a proxy or a firewall"),
    (Answer(403, "InvalidAccessKeyId"), "set S3_PUBLIC_ENDPOINT"),
    (Answer(404, "NoSuchBucket"), "set S3_PUBLIC_ENDPOINT"),
    (Answer(308, ""), "to https perhaps: set S3_PUBLIC_ENDPOINT"),
    (Answer(400, "ExpiredToken"), "have run out. Renew them"),
    (Answer(403, "RequestTimeTooSkewed"), "clocks"),
    (Answer(301, "PermanentRedirect", region="eu-west-1"), "set S3_REGION=eu-west-1."),
    (Answer(400, "AuthorizationQueryParametersError"), "set S3_REGION."),
    (Answer(501, "NotImplemented"), "files need it"),
]


@pytest.mark.parametrize(
    ("method", "answer", "words"),
    [("PUT", *each) for each in REFUSALS] + [("GET", *each) for each in REFUSALS[:3]],
    ids=lambda value: value.code or f"proxy {value.status}" if isinstance(value, Answer) else "",
)
def test_what_clients_are_refused(
    target: S3Target, public_side: Faults, method: str, answer: Answer, words: str
) -> None:
    """The server's own requests were right: what is wrong lies between clients and the store."""
    public_side.always(answer, asked(method))
    found = failed(target)
    assert (found.name, found.needed) == (f"presigned {method.lower()}", True)
    assert answer.code in found.message
    assert words in found.fix
    assert "Signature=" not in found.message + found.fix


def test_browsers_that_are_refused_are_no_failure(bucket: Bucket, target: S3Target, public_side: Faults) -> None:
    """Whatever the store calls it: the rules are the answer."""
    public_side.always(Answer(403, "AccessForbidden"), asked("OPTIONS"))
    clients = _clients(replace(target, bucket=""))
    (cors,) = [step for step in Probe(clients, target, ORIGIN, direct=True).steps() if step.name == "cors"]
    assert (cors.ok, cors.needed) == (False, False)
    assert "AllowedOrigins" in cors.fix


def test_a_public_side_that_is_away(target: S3Target) -> None:
    """Nobody is told to give the bucket rules for browsers: it is the address that is wrong."""
    lost = replace(target, public_endpoint=f"http://127.0.0.1:{free_port()}")
    steps = {step.name: step for step in Probe(_clients(replace(lost, bucket="")), lost, ORIGIN, direct=True).steps()}
    for name in ("presigned put", "presigned get", "cors"):
        assert "set S3_PUBLIC_ENDPOINT" in steps[name].fix
    assert steps["delete"].ok
