"""Twilio's own client sends, reads and lists texts."""

import json
import sys
from datetime import datetime, timedelta, timezone

from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

asked = json.load(sys.stdin)


def shown(text):
    return {
        "sid": text.sid,
        "status": str(getattr(text.status, "value", text.status)),
        "direction": str(getattr(text.direction, "value", text.direction)),
        "from": text.from_,
        "to": text.to,
        "body": text.body,
        "segments": text.num_segments,
        "media": text.num_media,
        "error_code": text.error_code,
        "price_unit": text.price_unit,
        "service": text.messaging_service_sid,
        "created": text.date_created.timestamp() if text.date_created else None,
        "sent": text.date_sent.timestamp() if text.date_sent else None,
        "uri": text.uri,
    }


def refused(**order):
    try:
        client.messages.create(**order)
    except TwilioRestException as e:
        return {"status": e.status, "code": e.code, "message": e.msg}
    return None


client = Client(asked["account"], asked["token"])
client.api.base_url = asked["url"]
order = {"from_": asked["number"], "status_callback": asked["callback"], "validity_period": 3600}
sent = [client.messages.create(to=asked["to"], body=body, **order) for body in asked["bodies"]]
by_service = client.messages.create(to=asked["other"], body="by a service", messaging_service_sid=asked["service"])
yesterday = datetime.now(timezone.utc) - timedelta(days=1)
tomorrow = datetime.now(timezone.utc) + timedelta(days=1)
stranger = Client(asked["account"], "not the token")
stranger.api.base_url = asked["url"]
try:
    stranger.messages("SM" + "0" * 32).fetch()
    let_in = True
except TwilioRestException as e:
    let_in = e.status
json.dump(
    {
        "sent": [shown(text) for text in sent],
        "by_service": shown(by_service),
        "fetched": [shown(client.messages(text.sid).fetch()) for text in sent],
        # Two on a page: the client follows the pages by itself.
        "listed": [shown(text) for text in client.messages.list(to=asked["to"], page_size=2)],
        "limited": len(client.messages.list(to=asked["to"], limit=3, page_size=2)),
        "since": len(client.messages.list(to=asked["to"], date_sent_after=yesterday)),
        "later": len(client.messages.list(to=asked["to"], date_sent_after=tomorrow)),
        "numbers": [
            {"number": number.phone_number, "sms_url": number.sms_url, "sms": number.capabilities["sms"]}
            for number in client.incoming_phone_numbers.list()
        ],
        "refused": {
            "no_number": refused(to="12", body="x", **order),
            "no_body": refused(to=asked["to"], body="", **order),
            "not_ours": refused(to=asked["to"], body="x", from_="+14155550111"),
            "too_long": refused(to=asked["to"], body="x" * 1601, **order),
            "opted_out": refused(to=asked["opted_out"], body="x", **order),
        },
        "let_in": let_in,
    },
    sys.stdout,
)
