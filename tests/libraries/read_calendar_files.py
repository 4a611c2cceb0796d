"""Takes mails apart as a mail program does, and reads their calendar file with icalendar."""

import base64
import email
import email.policy
import json
import sys

import icalendar


def instant(value):
    return round(value.dt.timestamp() * 1000)


def mailbox(value):
    return {"address": str(value).removeprefix("mailto:"), "name": value.params.get("CN", "")}


def read(raw):
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    parts = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    if not parts:
        return {"subject": mail["subject"], "ics": None}
    (part,) = parts
    data = part.get_payload(decode=True)
    calendar = icalendar.Calendar.from_ical(data)
    (event,) = calendar.walk("VEVENT")
    (attendee,) = [event["ATTENDEE"]] if not isinstance(event["ATTENDEE"], list) else event["ATTENDEE"]
    lines = data.split(b"\r\n")
    for line in lines:
        # A line that ends inside a character is none of its own.
        line.decode("utf-8")
    return {
        "subject": mail["subject"],
        "from": mail["from"].addresses[0].addr_spec,
        "to": mail["to"].addresses[0].addr_spec,
        "part": {"method": part.get_param("method"), "charset": part.get_param("charset")},
        "errors": [str(error) for error in calendar.errors + event.errors],
        "components": [component.name for component in calendar.walk()],
        "method": str(calendar["METHOD"]),
        "version": str(calendar["VERSION"]),
        "uid": str(event["UID"]),
        "sequence": int(event["SEQUENCE"]),
        "status": str(event["STATUS"]),
        "start": instant(event["DTSTART"]),
        "end": instant(event["DTEND"]),
        "stamp": instant(event["DTSTAMP"]),
        "zone_names": [event[name].params.get("TZID") for name in ("DTSTART", "DTEND")],
        "summary": str(event["SUMMARY"]),
        "location": str(event.get("LOCATION", "")),
        "description": str(event.get("DESCRIPTION", "")),
        "organizer": mailbox(event["ORGANIZER"]),
        "attendee": mailbox(attendee),
        "longest_line": max(len(line) for line in lines),
        "ends_whole": lines[-1] == b"",
        "bare_line_ends": sum(line.count(b"\n") + line.count(b"\r") for line in lines),
        "ics": data.decode("utf-8"),
    }


mails = [base64.b64decode(mail) for mail in json.load(sys.stdin)]
json.dump([read(mail) for mail in mails], sys.stdout)
