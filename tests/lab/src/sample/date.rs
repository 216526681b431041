//! Dates as mail and people write them: RFC 5322 section 3.3, iCalendar's UTC form, and prose in both languages.

use std::time::{Duration, SystemTime};

use time::{OffsetDateTime, UtcOffset, Weekday};

pub(super) const MINUTE: u64 = 60;
pub(super) const HOUR: u64 = 60 * MINUTE;
pub(super) const DAY: u64 = 24 * HOUR;

/// `at` in a zone of whole hours east of UTC; Western Europe (0 and 1) keeps summer time from April to October.
fn local(at: SystemTime, zone: i32) -> OffsetDateTime {
    let summer = matches!(zone, 0 | 1) && (4..=10).contains(&u8::from(OffsetDateTime::from(at).month()));
    let offset = UtcOffset::from_whole_seconds((zone + i32::from(summer)) * 3600).unwrap_or(UtcOffset::UTC);
    OffsetDateTime::from(at).to_offset(offset)
}

fn short(name: &impl ToString) -> String {
    name.to_string().chars().take(3).collect()
}

/// `Mon, 23 Nov 2026 10:31:07 +0800`; `zone` in whole hours east of UTC.
pub(super) fn rfc5322(at: SystemTime, zone: i32) -> String {
    let t = local(at, zone);
    let (weekday, month) = (short(&t.weekday()), short(&t.month()));
    let (day, year, hour, minute, second) = (t.day(), t.year(), t.hour(), t.minute(), t.second());
    let zone = t.offset().whole_hours();
    format!("{weekday}, {day} {month} {year} {hour:02}:{minute:02}:{second:02} {zone:+03}00")
}

/// `20261123T023107Z`
pub(super) fn ical(at: SystemTime) -> String {
    let t = OffsetDateTime::from(at);
    let (year, month, day) = (t.year(), u8::from(t.month()), t.day());
    format!("{year}{month:02}{day:02}T{:02}{:02}{:02}Z", t.hour(), t.minute(), t.second())
}

/// `23 November`
pub(super) fn english(at: SystemTime) -> String {
    let t = local(at, 1);
    format!("{} {}", t.day(), t.month())
}

/// `11月23日`
pub(super) fn chinese(at: SystemTime) -> String {
    let t = local(at, 8);
    format!("{}月{}日", u8::from(t.month()), t.day())
}

/// `2026-11-23 10:31`, as quoting lines have it.
pub(super) fn stamp(at: SystemTime, zone: i32) -> String {
    let t = local(at, zone);
    format!("{}-{:02}-{:02} {:02}:{:02}", t.year(), u8::from(t.month()), t.day(), t.hour(), t.minute())
}

pub(super) fn year(at: SystemTime) -> i32 {
    local(at, 8).year()
}

pub(super) fn month(at: SystemTime) -> u8 {
    u8::from(local(at, 8).month())
}

/// Minutes since midnight UTC.
pub(super) fn minute_of_day(at: SystemTime) -> u64 {
    let t = OffsetDateTime::from(at);
    u64::from(t.hour()) * 60 + u64::from(t.minute())
}

/// What has passed of the minute.
pub(super) fn second(at: SystemTime) -> Duration {
    let t = OffsetDateTime::from(at);
    Duration::new(u64::from(t.second()), t.nanosecond())
}

/// Seconds to go back from `at` to reach working hours (8 to 19 o'clock, Monday to Friday) in the writer's zone; `spread`
/// chooses the time of day.
pub(super) fn back_to_work(at: SystemTime, zone: i32, spread: u64) -> u64 {
    let t = local(at, zone);
    let passed = u64::from(t.hour()) * HOUR + u64::from(t.minute()) * MINUTE + u64::from(t.second());
    let days = match (t.weekday(), t.hour()) {
        (Weekday::Saturday, _) => 1,
        (Weekday::Sunday, _) => 2,
        (_, 8..19) => return 0,
        (_, 19..) => 0,
        (Weekday::Monday, _) => 3,
        _ => 1,
    };
    passed + days * DAY - (8 * HOUR + spread % (11 * HOUR))
}

/// Day of the year, from 1.
pub(super) fn day_of_year(at: SystemTime) -> u64 {
    u64::from(local(at, 8).ordinal())
}
