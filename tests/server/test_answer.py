"""What the door sends when the server is to blame."""

from __future__ import annotations

import json

import pytest

from server.answer import Answer, failure, together
from server.metrics.operations import Lane


def test_an_error_that_nobody_foresaw_is_masked_and_stands_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    answer = failure(RuntimeError("the password is 1234"))
    assert answer.status == 500
    (error,) = json.loads(answer.body)["errors"]
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    assert "1234" not in answer.body.decode()
    (record,) = caplog.records
    assert error["extensions"]["errorId"] in record.getMessage()
    assert "1234" in caplog.text


def test_answers_together_are_a_list_in_their_order() -> None:
    answer = together([Answer(b'{"a":1}', lane=Lane.PLAN), Answer(b'{"b":2}', 503)])
    assert (answer.body, answer.status, answer.lane) == (b'[{"a":1},{"b":2}]', 200, Lane.REFERENCE)
