// Reads calendar files with ical.js, in strict mode.

import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const { default: ICAL } = await import(pathToFileURL(`${process.env.MODULES}/ical.js/dist/ical.js`));
ICAL.design.strict = true;

function mailbox(property) {
  return { address: property.getFirstValue().replace(/^mailto:/, ""), name: property.getParameter("cn") ?? "" };
}

function read(text) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  const events = calendar.getAllSubcomponents("vevent");
  const event = new ICAL.Event(events[0], { strictExceptions: true });
  const component = event.component;
  return {
    events: events.length,
    method: calendar.getFirstPropertyValue("method"),
    uid: event.uid,
    sequence: event.sequence,
    status: component.getFirstPropertyValue("status"),
    start: event.startDate.toJSDate().getTime(),
    end: event.endDate.toJSDate().getTime(),
    stamp: component.getFirstPropertyValue("dtstamp").toJSDate().getTime(),
    summary: event.summary,
    location: event.location ?? "",
    description: event.description ?? "",
    organizer: mailbox(component.getFirstProperty("organizer")),
    attendee: mailbox(component.getFirstProperty("attendee")),
  };
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(read)));
