import json

import pytest

from inbox.providers.connectors import CONNECTORS
from inbox.providers.errors import ErrorClass
from inbox.providers.meta import appsecret_proof, error_class, matching_secret, signature
from inbox.providers.whatsapp.errors import WHATSAPP_CODES, whatsapp_error_class

BODY = rb'{"object":"page","entry":[{"text":"Gr\u00fc\u00dfe \ud83d\ude00"}]}'
# HMAC-SHA256 of exactly these bytes, by `openssl dgst -sha256 -hmac app-secret`.
META = [CONNECTORS[name] for name in ("facebook", "instagram", "whatsapp")]
SIGNED = "sha256=29343c73f4ec91643073e1d7a156e94445f8a6058a8a0bbeb5fc1f3d0bd15712"


def test_signature_is_taken_over_the_raw_bytes() -> None:
    again = json.dumps(json.loads(BODY), ensure_ascii=False).encode()

    assert signature(BODY, "app-secret") == SIGNED
    for connector in META:
        assert connector.verify_signature(BODY, {"X-Hub-Signature-256": SIGNED}, ["app-secret"])
        assert not connector.verify_signature(
            again, {"X-Hub-Signature-256": SIGNED}, ["app-secret"]
        )


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Hub-Signature-256": ""},
        {"X-Hub-Signature-256": "sha256="},
        {"X-Hub-Signature-256": SIGNED.removeprefix("sha256=")},
        {"X-Hub-Signature-256": SIGNED.upper()},
        {"X-Hub-Signature-256": SIGNED + "\n"},
        {"X-Hub-Signature-256": "sha256=ü" + SIGNED[8:]},
        {"X-Hub-Signature-256": SIGNED[:-1] + ("0" if SIGNED[-1] != "0" else "1")},
        {"X-Hub-Signature": SIGNED},
        {"X-Hub-Signature-256": SIGNED, "x-hub-signature-256": SIGNED},
    ],
)
def test_signature_refused(headers: dict[str, str]) -> None:
    assert not CONNECTORS["facebook"].verify_signature(BODY, headers, ["app-secret"])


def test_signature_tries_all_candidates_and_never_an_empty_one() -> None:
    assert matching_secret(BODY, SIGNED, ["old", "app-secret", "other"]) == 1
    assert matching_secret(BODY, SIGNED, ["old"]) is None
    assert matching_secret(BODY, SIGNED, []) is None
    assert matching_secret(BODY, signature(BODY, ""), [""]) is None


ASKED = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "täken"}


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({}, "1158201444"),
        ({"hub.verify_token": "wrong"}, None),
        ({"hub.verify_token": ""}, None),
        ({"hub.mode": "unsubscribe"}, None),
        ({"hub.challenge": ""}, None),
        ({"hub.challenge": "<script>"}, None),
    ],
)
def test_handshake(change: dict[str, str], answer: str | None) -> None:
    for connector in META:
        assert connector.handshake({**ASKED, **change}, "täken") == answer


def test_handshake_without_a_token_of_ours_is_never_answered() -> None:
    assert CONNECTORS["whatsapp"].handshake({**ASKED, "hub.verify_token": ""}, "") is None
    assert CONNECTORS["whatsapp"].handshake({}, "token") is None


@pytest.mark.parametrize(
    ("code", "subcode", "expected"),
    [
        (190, 463, ErrorClass.AUTH_EXPIRED),
        (102, 0, ErrorClass.AUTH_EXPIRED),
        (3, 0, ErrorClass.PERMISSION),
        (10, 0, ErrorClass.PERMISSION),
        (10, 2018278, ErrorClass.WINDOW_CLOSED),
        (10, 2534022, ErrorClass.WINDOW_CLOSED),
        (10, 1893063, ErrorClass.POLICY),
        (200, 2534041, ErrorClass.PERMISSION),
        (299, 0, ErrorClass.PERMISSION),
        (1, 0, ErrorClass.TRANSIENT),
        (2, 0, ErrorClass.TRANSIENT),
        (1, 1357046, ErrorClass.AMBIGUOUS),
        (4, 0, ErrorClass.RATE_LIMITED),
        (613, 2534040, ErrorClass.RATE_LIMITED),
        (80006, 0, ErrorClass.RATE_LIMITED),
        (1545041, 0, ErrorClass.WINDOW_CLOSED),
        (551, 0, ErrorClass.RECIPIENT_UNREACHABLE),
        (100, 2018001, ErrorClass.INVALID),
        (100, 2534029, ErrorClass.POLICY),
        (368, 0, ErrorClass.POLICY),
        (803, 0, ErrorClass.TARGET_GONE),
        (100, 33, ErrorClass.TARGET_GONE),
        (424242, 0, ErrorClass.INVALID),
    ],
)
def test_error_class_of_graph(code: int, subcode: int, expected: ErrorClass) -> None:
    assert error_class(code, subcode) is expected


def test_error_class_transient_flag_only_where_the_code_says_nothing() -> None:
    assert error_class(424242, is_transient=True) is ErrorClass.TRANSIENT
    assert error_class(190, is_transient=True) is ErrorClass.AUTH_EXPIRED


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("0", ErrorClass.AUTH_EXPIRED),
        ("190", ErrorClass.AUTH_EXPIRED),
        ("131005", ErrorClass.PERMISSION),
        ("131047", ErrorClass.WINDOW_CLOSED),
        ("130429", ErrorClass.RATE_LIMITED),
        ("131056", ErrorClass.RATE_LIMITED),
        ("131026", ErrorClass.RECIPIENT_UNREACHABLE),
        ("131062", ErrorClass.INVALID),
        ("131031", ErrorClass.POLICY),
        ("132015", ErrorClass.INVALID),
        ("131016", ErrorClass.TRANSIENT),
        ("", ErrorClass.INVALID),
        ("²", ErrorClass.INVALID),
    ],
)
def test_error_class_of_whatsapp(code: str, expected: ErrorClass) -> None:
    assert whatsapp_error_class(code) is expected


def test_error_class_own_table_goes_before_the_shared_one() -> None:
    assert error_class(0) is ErrorClass.INVALID
    assert error_class(0, by_code=WHATSAPP_CODES) is ErrorClass.AUTH_EXPIRED


def test_appsecret_proof_is_keyed_by_the_secret() -> None:
    assert (
        appsecret_proof("app-secret", "token")
        == "4b062935fec529e51d39e89ee371a452c231b1e0c5549ac72d83fc4f3a0b0471"
    )
