"""Vapi's own client places, reads and lists calls. What comes back is also held against its types
strictly, which the client by itself does not do."""

import json
import sys
import time

from pydantic import ValidationError
from vapi import Call, CreateCustomerDto, Vapi
from vapi.core.api_error import ApiError

asked = json.load(sys.stdin)
client = Vapi(token=asked["token"], base_url=asked["url"])


def faults(value):
    try:
        Call.model_validate(value)
    except ValidationError as e:
        return [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in e.errors()]
    return []


def shown(call):
    return {"id": call.id, "status": call.status, "type": call.type, "ended_reason": call.ended_reason}


def refused(**order):
    try:
        client.calls.create(**order)
    except ApiError as e:
        return {"status": e.status_code, "body": e.body}
    return None


numbers = {"assistant_id": asked["assistant"], "phone_number_id": asked["phone_number"]}
placed = [
    client.calls.create(customer=CreateCustomerDto(number=number, name="Ada", external_id=f"ref-{number}"), name=f"n{number[-4:]}", **numbers)
    for number in asked["numbers"]
]
for _ in range(600):
    listed = client.calls.list(limit=100)
    if all(call.status == "ended" and call.cost is not None for call in listed):
        break
    time.sleep(0.1)
fetched = [client.calls.get(id=call.id) for call in placed]
raw = client.calls.with_raw_response
json.dump(
    {
        "placed": [shown(call) for call in placed],
        "faults": [faults(call.model_dump(by_alias=True, exclude_unset=True)) for call in placed],
        "no_number": refused(customer=CreateCustomerDto(number="12"), **numbers),
        "phone_numbers": [number.number for number in client.phone_numbers.list()],
        "fetched": [shown(call) for call in fetched],
        "listed": [shown(call) for call in listed],
        "summaries": [call.analysis.summary if call.analysis else None for call in fetched],
        "costs": [call.cost for call in fetched],
        "ended_faults": [faults(json.loads(raw.get(id=call.id)._response.text)) for call in placed],
    },
    sys.stdout,
    default=str,
)
