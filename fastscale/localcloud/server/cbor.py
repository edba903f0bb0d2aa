"""CloudWatch's newest protocol, Smithy RPC v2 with CBOR bodies, in front of the JSON protocol that moto speaks.

boto3 and the AWS CLI choose JSON or Query; the SDKs for Go, JavaScript, Java and others send CBOR.
https://smithy.io/2.0/additional-specs/protocols/smithy-rpc-v2.html and
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-protocols-faq.html
"""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import botocore.session
from botocore.model import DenormalizedStructureBuilder, OperationNotFoundError, ServiceModel, Shape
from botocore.parsers import ResponseParserError, RpcV2CBORParser
from botocore.serialize import RpcV2CBORSerializer
from werkzeug.wrappers import Response

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_TARGET = "GraniteServiceVersion20100801"
_PATH = f"/service/{_TARGET}/operation/"
_ERROR = (
    DenormalizedStructureBuilder()
    .with_members({"__type": {"type": "string"}, "message": {"type": "string"}})
    .build_model()
)


class CborGateway:
    """WSGI middleware that turns CBOR requests to CloudWatch into JSON ones, and their answers back."""

    def __init__(self, app: WsgiApp) -> None:
        self._app = app
        self._model: ServiceModel = botocore.session.get_session().get_service_model("cloudwatch")

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        path = environ.get("PATH_INFO", "")
        if not path.startswith(_PATH):
            return self._app(environ, start_response)
        operation = path.removeprefix(_PATH)
        try:
            request = _as_json(environ, operation)
        except (ResponseParserError, OSError) as error:
            return _answer({"__type": "SerializationException", "message": str(error)}, _ERROR, 400)(
                environ, start_response
            )
        answered = Response.from_app(self._app, request)
        content = json.loads(answered.get_data() or b"{}")
        shape = self._output(operation)
        if answered.status_code >= 300:
            content = {"__type": content["__type"], "message": content.get("message") or content.get("Message", "")}
            shape = _ERROR
        return _answer(content, shape, answered.status_code, answered.headers)(environ, start_response)

    def _output(self, operation: str) -> Shape | None:
        try:
            shape: Shape | None = self._model.operation_model(operation).output_shape
        except OperationNotFoundError:
            return None
        return shape


def _as_json(environ: Environ, operation: str) -> Environ:
    """The same request in the JSON protocol."""
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    if environ.get("HTTP_CONTENT_ENCODING") == "gzip":
        body = gzip.decompress(body)
    parser = RpcV2CBORParser()
    parameters = parser.parse_data_item(parser.get_peekable_stream_from_bytes(body)) if body else {}
    text = json.dumps(parameters, default=_epoch).encode()
    kept = {name: value for name, value in environ.items() if name not in ("HTTP_CONTENT_ENCODING", "RAW_URI")}
    return kept | {
        "PATH_INFO": "/",
        "REQUEST_URI": "/",
        "CONTENT_TYPE": "application/x-amz-json-1.0",
        "CONTENT_LENGTH": str(len(text)),
        "HTTP_X_AMZ_TARGET": f"{_TARGET}.{operation}",
        "wsgi.input": io.BytesIO(text),
    }


def _epoch(value: object) -> float:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(f"{type(value).__name__} has no place in a request to CloudWatch")


class _Encoder(RpcV2CBORSerializer):
    """botocore's encoder of requests, used for answers."""

    def encode(self, value: object, shape: Shape) -> bytes:
        encoded: bytes = self._serialize_body_params(value, shape)  # type: ignore[attr-defined]  # not in the stubs
        return encoded


def _answer(content: object, shape: Shape | None, status: int, headers: Iterable[tuple[str, str]] = ()) -> Response:
    body = _Encoder().encode(content, shape) if shape is not None else b""
    kept = [(name, value) for name, value in headers if name.lower() not in ("content-length", "content-type")]
    response = Response(body, status, kept, content_type="application/cbor")
    response.headers["smithy-protocol"] = "rpc-v2-cbor"
    return response
