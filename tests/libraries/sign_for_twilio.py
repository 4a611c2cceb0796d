"""Random webhooks, signed as Twilio signs them, and the same ones with something altered."""

import base64
import json
import random
import sys
from urllib.parse import parse_qs, quote, urlencode

from twilio.request_validator import RequestValidator

WORDS = ["hello", "see you at 5?", "", " ", "&", "=", "+44", "a+b", "100%", "%2B", "é", "日本", "🚲", "\u200f", "\r\n", ";", "'", '"', "~", "*", "_"]


class Form(dict):
    """A form as web frameworks give it to the library: a name may have several values."""

    def getlist(self, name):
        return self[name]


def body(dice, n):
    text = " ".join(dice.choice(WORDS) for _ in range(dice.randrange(12)))
    fields = [
        ("MessageSid", f"SM{n:032x}"),
        ("AccountSid", asked["account"]),
        ("From", f"+4477009001{n % 100:02}"),
        ("To", asked["number"]),
        ("Body", f"{text} {n}"),
        ("NumMedia", "0"),
        ("NumSegments", "1"),
    ]
    for name in dice.sample(["FromCity", "ToState", "ApiVersion", "Zeta", "alpha", "Body2", "ChannelMetadata"], dice.randrange(5)):
        fields.append((name, dice.choice(WORDS)))
    if dice.random() < 0.1:
        # The same name twice.
        fields += [("Twice", "b"), ("Twice", "a"), ("Twice", "a")]
    dice.shuffle(fields)
    return fields


def signed(dice, n):
    fields = body(dice, n)
    query = "" if dice.random() < 0.5 else "?" + urlencode([("rc", n), ("w", dice.choice(WORDS))], quote_via=quote)
    encoded = urlencode(fields).encode()
    # What arrives is what was encoded: read back as the library's own callers do.
    params = Form(parse_qs(encoded.decode(), keep_blank_values=True))
    url = f"{asked['url']}{query}"
    signature = validator.compute_signature(url, params)
    assert validator.validate(url, params, signature)
    return {"query": query, "body": encoded, "signature": signature, "number": n}


def altered(dice, post):
    post = dict(post)
    what = dice.choice(["body", "query", "signature", "field"])
    if what == "body":
        post["body"] = post["body"].replace(b"NumSegments=1", b"NumSegments=2")
    elif what == "query":
        post["query"] = post["query"] + ("&" if post["query"] else "?") + "x=1"
    elif what == "field":
        post["body"] += b"&Extra=1"
    else:
        raw = bytearray(base64.b64decode(post["signature"]))
        raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
        post["signature"] = base64.b64encode(bytes(raw)).decode()
    return post


asked = json.load(sys.stdin)
validator = RequestValidator(asked["token"])
dice = random.Random(asked["seed"])
right = [signed(dice, n) for n in range(asked["count"])]
wrong = [altered(dice, post) for post in right]
for post in right + wrong:
    post["body"] = base64.b64encode(post["body"]).decode()
json.dump({"right": right, "wrong": wrong}, sys.stdout)
