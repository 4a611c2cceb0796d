"""Server messages, held strictly against the types of Vapi's own library."""

import json
import sys

import vapi
from pydantic import ValidationError

TYPES = {
    "assistant.started": None,
    "conversation-update": vapi.ServerMessageConversationUpdate,
    "end-of-call-report": vapi.ServerMessageEndOfCallReport,
    "hang": vapi.ServerMessageHang,
    "model-output": vapi.ServerMessageModelOutput,
    "speech-update": vapi.ServerMessageSpeechUpdate,
    "status-update": vapi.ServerMessageStatusUpdate,
    "tool-calls": vapi.ServerMessageToolCalls,
    "transcript": vapi.ServerMessageTranscript,
    "transfer-update": vapi.ServerMessageTransferUpdate,
    "transfer-destination-request": vapi.ServerMessageTransferDestinationRequest,
    "user-interrupted": vapi.ServerMessageUserInterrupted,
}


def faults(message):
    model = TYPES.get(message["type"])
    if model is None:
        return ["the library does not know this type"]
    try:
        model.model_validate(message)
    except ValidationError as e:
        return [f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in e.errors()]
    return []


def name(message):
    """Vapi has sent tool calls in several forms; the library knows the one with both lists and the
    arguments as text."""
    kind = message["type"]
    if kind != "tool-calls":
        return kind
    lists = [message.get(name) for name in ("toolCallList", "toolWithToolCallList")]
    calls = [call.get("function", {}).get("arguments") for one in lists for call in one or []]
    is_known = all(lists) and isinstance(calls[0], str)
    return kind if is_known else "tool-calls in another form"


out = {}
for webhook in json.load(sys.stdin):
    seen = out.setdefault(name(webhook["message"]), {"count": 0, "faults": {}})
    seen["count"] += 1
    for fault in faults(webhook["message"]):
        seen["faults"][fault] = seen["faults"].get(fault, 0) + 1
json.dump(out, sys.stdout)
