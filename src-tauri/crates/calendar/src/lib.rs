//! Calendar parts of messages: what they invite to.
//!
//! Nothing is kept and nothing is answered yet. The text is bounded before the parser sees it, for its memory grows with every
//! property; what cannot be read is no invitation, never an error. A time whose zone nobody knows stays as it is written.

use calcard::common::PartialDateTime;
use calcard::icalendar::{
    ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarFrequency, ICalendarMethod, ICalendarParameterName,
    ICalendarProperty, ICalendarRecurrenceRule, ICalendarValue,
};
use calcard::{Entry, Parser};
use postroom_types::{Address, EventTime, Invitation, InvitationKind, PartNumber, Repeats, UnixMillis, clean_chars};

/// A longer text is not read, bytes.
const MAX_BYTES: usize = 512 << 10;
/// More lines are not read.
const MAX_LINES: usize = 10_000;
/// Components inside of components; events stand at 2, their alarms at 3.
const MAX_DEPTH: usize = 6;
/// Characters of a line that is shown.
const MAX_SHOWN: usize = 300;

/// What a calendar text invites to; `None` where it holds no event or is larger than any invitation.
pub fn invitation(text: &str, part: PartNumber) -> Option<Invitation> {
    if !is_bounded(text) {
        return None;
    }
    let Entry::ICalendar(calendar) = Parser::new(text).entry() else { return None };
    let events = || calendar.components.iter().filter(|one| one.component_type == ICalendarComponentType::VEvent);
    let masters = || events().filter(|event| !event.has_property(&ICalendarProperty::RecurrenceId));
    let event = masters().next().or_else(|| events().next())?;
    let start = time(&calendar, event, &ICalendarProperty::Dtstart);
    let end = time(&calendar, event, &ICalendarProperty::Dtend).or_else(|| after(event, start.as_ref()?));
    let attendees = event.properties(&ICalendarProperty::Attendee).count();
    Some(Invitation {
        part,
        kind: kind(&calendar),
        summary: words(event, &ICalendarProperty::Summary),
        place: words(event, &ICalendarProperty::Location),
        organiser: organiser(event),
        attendees: u32::try_from(attendees).unwrap_or(u32::MAX),
        start,
        end,
        repeats: repeats(event),
        more: u32::try_from(masters().count().saturating_sub(1)).unwrap_or(u32::MAX),
    })
}

fn is_bounded(text: &str) -> bool {
    let (mut lines, mut depth) = (0, 0_usize);
    text.len() <= MAX_BYTES
        && text.lines().all(|line| {
            lines += 1;
            let begins = |word: &str| line.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
            if begins("BEGIN:") {
                depth += 1;
            } else if begins("END:") {
                depth = depth.saturating_sub(1);
            }
            lines <= MAX_LINES && depth <= MAX_DEPTH
        })
}

fn kind(calendar: &ICalendar) -> InvitationKind {
    let mut entries = calendar.components.iter().flat_map(|component| &component.entries);
    let method = entries.find(|entry| entry.name == ICalendarProperty::Method).and_then(|entry| entry.values.first());
    match method {
        Some(ICalendarValue::Method(ICalendarMethod::Request | ICalendarMethod::Add)) => InvitationKind::Request,
        Some(ICalendarValue::Method(ICalendarMethod::Cancel)) => InvitationKind::Cancel,
        Some(ICalendarValue::Method(
            ICalendarMethod::Reply | ICalendarMethod::Counter | ICalendarMethod::Declinecounter,
        )) => InvitationKind::Reply,
        // A file without a method is for information (RFC 5545 §3.7.2).
        Some(ICalendarValue::Method(ICalendarMethod::Publish)) | None => InvitationKind::Publish,
        Some(_) => InvitationKind::Other,
    }
}

fn line(text: &str) -> String {
    clean_chars(text.chars(), MAX_SHOWN)
}

fn words(event: &ICalendarComponent, property: &ICalendarProperty) -> String {
    let value = event.property(property).and_then(|entry| entry.values.first());
    value.and_then(ICalendarValue::as_text).map(line).unwrap_or_default()
}

fn organiser(event: &ICalendarComponent) -> Address {
    let Some(entry) = event.property(&ICalendarProperty::Organizer) else { return Address::default() };
    let name = entry.parameter(&ICalendarParameterName::Cn).and_then(|name| name.as_text()).unwrap_or_default();
    Address::new(&line(name), &line(entry.calendar_address().unwrap_or_default()))
}

fn time(calendar: &ICalendar, event: &ICalendarComponent, property: &ICalendarProperty) -> Option<EventTime> {
    let entry = event.property(property)?;
    let when = entry.values.first()?.as_partial_date_time()?;
    let (year, month, day) = (when.year?, when.month?, when.day?);
    let date = format!("{year:04}-{month:02}-{day:02}");
    let (Some(hour), Some(minute)) = (when.hour, when.minute) else {
        return Some(EventTime { at: None, local: date, zone: String::new() });
    };
    let local = format!("{date}T{hour:02}:{minute:02}:{:02}", when.second.unwrap_or_default());
    let zone = entry.tz_id();
    Some(EventTime { at: moment(calendar, when, zone), local, zone: zone.map(line).unwrap_or_default() })
}

/// The moment of a time in its zone; `None` for a zone that nobody knows, and for a time in none.
fn moment(calendar: &ICalendar, when: &PartialDateTime, zone: Option<&str>) -> Option<UnixMillis> {
    let read = when.to_date_time()?;
    let zone = match (zone, read.tz()) {
        (_, Some(written)) => written,
        (Some(zone), None) => calendar.build_tz_resolver().resolve(zone).filter(|zone| !zone.is_floating())?,
        (None, None) => return None,
    };
    Some(UnixMillis(when.to_date_time_with_tz(zone)?.timestamp_millis()))
}

/// The end of an event that says only how long it takes.
fn after(event: &ICalendarComponent, start: &EventTime) -> Option<EventTime> {
    let value = event.property(&ICalendarProperty::Duration)?.values.first()?;
    let ICalendarValue::Duration(duration) = value else { return None };
    let at = start.at?.0.checked_add(duration.as_seconds().checked_mul(1_000)?)?;
    Some(EventTime { at: Some(UnixMillis(at)), local: String::new(), zone: start.zone.clone() })
}

fn repeats(event: &ICalendarComponent) -> Option<Repeats> {
    let rule = event.property(&ICalendarProperty::Rrule).and_then(|entry| entry.values.first());
    match rule {
        Some(ICalendarValue::RecurrenceRule(rule)) => Some(of_rule(rule)),
        Some(_) => Some(Repeats::Other),
        None => event.has_property(&ICalendarProperty::Rdate).then_some(Repeats::Other),
    }
}

/// A rule in one word where one word is the truth.
fn of_rule(rule: &ICalendarRecurrenceRule) -> Repeats {
    let plain = rule.interval.unwrap_or(1) == 1
        && rule.byday.len() <= 1
        && rule.bymonthday.len() <= 1
        && rule.bymonth.len() <= 1
        && [rule.bysetpos.len(), rule.byyearday.len(), rule.byweekno.len(), rule.byhour.len()]
            .iter()
            .all(|len| *len == 0);
    match rule.freq {
        _ if !plain => Repeats::Other,
        ICalendarFrequency::Daily if rule.byday.is_empty() && rule.bymonth.is_empty() => Repeats::Daily,
        ICalendarFrequency::Weekly if rule.bymonth.is_empty() => Repeats::Weekly,
        ICalendarFrequency::Monthly if rule.bymonth.is_empty() => Repeats::Monthly,
        ICalendarFrequency::Yearly => Repeats::Yearly,
        _ => Repeats::Other,
    }
}

#[cfg(test)]
mod tests;
