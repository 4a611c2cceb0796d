"""SignalWire's own client sends, reads and lists texts. It rests on an older client of Twilio."""

import json
import os
import sys

sys.path.insert(0, os.environ["APART"])

from signalwire.rest import Client  # noqa: E402
from twilio.base.exceptions import TwilioRestException  # noqa: E402

asked = json.load(sys.stdin)


def shown(text):
    return {
        "sid": text.sid,
        "status": text.status,
        "direction": text.direction,
        "from": text.from_,
        "to": text.to,
        "body": text.body,
        "segments": text.num_segments,
        "media": text.num_media,
        "error_code": text.error_code,
        "created": text.date_created.timestamp() if text.date_created else None,
        "sent": text.date_sent.timestamp() if text.date_sent else None,
    }


client = Client(asked["account"], asked["token"], signalwire_space_url="space.example")
# The client knows https alone, and the address without what the carrier documents before it.
client.api.base_url = asked["url"]
client.api.v2010.version = "api/laml/2010-04-01"
order = {"from_": asked["number"], "status_callback": asked["callback"]}
sent = [client.messages.create(to=asked["to"], body=body, **order) for body in asked["bodies"]]
try:
    client.messages.create(to="12", body="x", **order)
    refused = None
except TwilioRestException as e:
    refused = {"status": e.status, "code": e.code}
json.dump(
    {
        "sent": [shown(text) for text in sent],
        "fetched": [shown(client.messages(text.sid).fetch()) for text in sent],
        "listed": [shown(text) for text in client.messages.list(to=asked["to"], page_size=2)],
        "refused": refused,
    },
    sys.stdout,
)
