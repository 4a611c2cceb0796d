"""Google's own clients: a token for a service account, then a calendar, built from the description
of the API that the package brings."""

import json
import sys

from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.oauth2 import service_account
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

asked = json.load(sys.stdin)
SCOPES = ["https://www.googleapis.com/auth/calendar.events", "https://www.googleapis.com/auth/calendar.freebusy"]
credentials = service_account.Credentials.from_service_account_info(asked["account"], scopes=SCOPES)
credentials.refresh(Request())
first_token = credentials.token
google = build(
    "calendar",
    "v3",
    credentials=credentials,
    static_discovery=True,
    cache_discovery=False,
    client_options={"api_endpoint": asked["url"] + "/"},
)
calendar = asked["calendar"]
events = google.events()


def refusal(request):
    try:
        request.execute()
    except HttpError as e:
        return {"status": e.status_code, "reason": e.error_details[0]["reason"], "message": e.reason}
    return None


def event(n, **more):
    day = asked["days"][n]
    zone = {"timeZone": "Europe/London"}
    span = {"start": {"dateTime": f"{day}T10:00:00", **zone}, "end": {"dateTime": f"{day}T10:30:00", **zone}}
    return {"id": f"fdesk{n}", "summary": f"Zoë {n}", **span, **more}


def walk(**given):
    """All pages of a list, and the token at the end."""
    found, request, pages = [], events.list(calendarId=calendar, singleEvents=True, **given), 0
    while request is not None:
        answer = request.execute()
        pages += 1
        found += answer["items"]
        token = answer.get("nextSyncToken")
        assert (token is None) == ("nextPageToken" in answer)
        request = events.list_next(request, answer)
    return found, token, pages


mark = {"extendedProperties": {"private": {"frontdesk": "a"}}}
made = events.insert(calendarId=calendar, sendUpdates="none", body=event(0, **mark)).execute()
taken = refusal(events.insert(calendarId=calendar, body=event(0)))
for n in (1, 2, 3, 4):
    events.insert(calendarId=calendar, body=event(n)).execute()
full, token, pages = walk(showDeleted=True)
nothing, token, _ = walk(showDeleted=True, syncToken=token)
patched = events.patch(
    calendarId=calendar,
    eventId="fdesk1",
    body={"start": {"dateTime": f"{asked['days'][1]}T12:00:00+01:00"}, "end": {"dateTime": f"{asked['days'][1]}T12:30:00+01:00"}},
).execute()
whole = dict(made, summary="Ada", location="Quay Street")
updated = events.update(calendarId=calendar, eventId="fdesk0", body=whole).execute()
stale = events.update(calendarId=calendar, eventId="fdesk0", body=dict(whole, summary="old"))
stale.headers["If-Match"] = made["etag"]
stale = refusal(stale)
deleted = events.delete(calendarId=calendar, eventId="fdesk2").execute()
again = refusal(events.delete(calendarId=calendar, eventId="fdesk2"))
delta, token, _ = walk(showDeleted=True, syncToken=token)
ended = refusal(events.list(calendarId=calendar, singleEvents=True, showDeleted=True, syncToken="never given"))
mixed = refusal(events.list(calendarId=calendar, singleEvents=True, showDeleted=True, syncToken=token, timeMin="2027-01-01T00:00:00Z"))
span = {"timeMin": f"{asked['days'][0]}T00:00:00Z", "timeMax": f"{asked['days'][4]}T23:00:00Z"}
busy = google.freebusy().query(body={**span, "items": [{"id": calendar}, {"id": "nobody@example.com"}]}).execute()
missing = refusal(events.get(calendarId=calendar, eventId="nothing00"))
guests = refusal(events.insert(calendarId=calendar, body=event(3, id="fdesk9", attendees=[{"email": "ada@home.example"}])))

wrong_key = dict(asked["account"], client_email="somebody@else.iam.gserviceaccount.com")
stranger = service_account.Credentials.from_service_account_info(wrong_key, scopes=SCOPES)
try:
    stranger.refresh(Request())
    let_in = None
except RefreshError as e:
    let_in = e.args[1]["error"]
json.dump(
    {
        "token": {"expires": credentials.expiry.timestamp(), "same": credentials.token == first_token},
        "made": made,
        "taken": taken,
        "full": [found["id"] for found in full],
        "pages": pages,
        "nothing": nothing,
        "patched": patched,
        "updated": updated,
        "stale": stale,
        "deleted": deleted,
        "again": again,
        "delta": {found["id"]: found["status"] for found in delta},
        "ended": ended,
        "mixed": mixed,
        "busy": busy,
        "missing": missing,
        "guests": guests,
        "let_in": let_in,
    },
    sys.stdout,
)
