//! Times as people type them: how long ago (`7d`), a date, or RFC 3339.

use std::str::FromStr;

use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, Duration, OffsetDateTime, UtcOffset};

const DAY: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");

/// A point in time, or a distance from now.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Moment {
    Span(Duration),
    At(OffsetDateTime),
}

/// Why a text is no moment. clap shows it after the option and the value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NoMoment;

impl std::fmt::Display for NoMoment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(
            "a time is a duration (90m, 24h, 7d, 4w), a day (2026-01-31, which begins in UTC), or RFC 3339 \
             (2026-01-31T07:30:00Z)",
        )
    }
}

impl std::error::Error for NoMoment {}

impl FromStr for Moment {
    type Err = NoMoment;

    fn from_str(text: &str) -> Result<Self, NoMoment> {
        let text = text.trim();
        if let Ok(day) = Date::parse(text, DAY) {
            return Ok(Self::At(day.midnight().assume_utc()));
        }
        if let Ok(time) = OffsetDateTime::parse(&text.to_ascii_uppercase(), &Rfc3339) {
            return Ok(Self::At(time));
        }
        span(text).map(Self::Span).ok_or(NoMoment)
    }
}

/// A number and its unit; without a unit it means hours, as the server has it.
fn span(text: &str) -> Option<Duration> {
    let digits = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    // Four digits without a unit are more likely a year.
    let number: i64 = text.get(..digits)?.parse().ok().filter(|number| *number > 0)?;
    let unit = match text.get(digits..)?.trim().to_ascii_lowercase().as_str() {
        "" if digits < 4 => Duration::HOUR,
        "s" | "sec" | "second" | "seconds" => Duration::SECOND,
        "m" | "min" | "minute" | "minutes" => Duration::MINUTE,
        "h" | "hour" | "hours" => Duration::HOUR,
        "d" | "day" | "days" => Duration::DAY,
        "w" | "week" | "weeks" => Duration::WEEK,
        _ => return None,
    };
    let seconds = number.checked_mul(unit.whole_seconds())?;
    // A hundred years: what is added to now stays a time.
    (seconds <= 100 * 365 * 24 * 3600).then(|| Duration::seconds(seconds))
}

impl Moment {
    /// The time, a span being one before now.
    pub(crate) fn past(self) -> String {
        self.rfc3339(|now, span| now - span)
    }

    /// The time, a span being one after now.
    pub(crate) fn future(self) -> String {
        self.rfc3339(|now, span| now + span)
    }

    fn rfc3339(self, from: fn(OffsetDateTime, Duration) -> OffsetDateTime) -> String {
        let time = match self {
            Self::Span(span) => from(now(), span),
            Self::At(time) => time,
        };
        time.format(&Rfc3339).unwrap_or_default()
    }

    /// How long ago it is, in the server's spelling of a window: minutes, hours or days. Rounded
    /// up, so that the window holds the moment.
    pub(crate) fn window(self) -> String {
        let span = match self {
            Self::Span(span) => span,
            Self::At(time) => now() - time,
        };
        let seconds = span.whole_seconds().max(1);
        for (letter, unit) in [('d', Duration::DAY), ('h', Duration::HOUR)] {
            if seconds % unit.whole_seconds() == 0 && seconds > unit.whole_seconds() {
                return format!("{}{letter}", seconds / unit.whole_seconds());
            }
        }
        format!("{}m", (seconds + 59) / 60)
    }
}

fn now() -> OffsetDateTime {
    OffsetDateTime::now_utc().replace_nanosecond(0).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

/// Whether a time of the server's is over.
pub(crate) fn is_over(time: &str) -> bool {
    OffsetDateTime::parse(time, &Rfc3339).is_ok_and(|time| time <= OffsetDateTime::now_utc())
}

/// A time of the server's without its fraction of a second, in UTC. Other text stays as it is.
pub(crate) fn to_the_second(text: &str) -> String {
    let time = OffsetDateTime::parse(text, &Rfc3339).map(|time| time.to_offset(UtcOffset::UTC));
    let whole = time.ok().and_then(|time| time.replace_nanosecond(0).ok()?.format(&Rfc3339).ok());
    whole.unwrap_or_else(|| text.to_owned())
}

/// A time of the server's as its distance from now: `5 minutes ago`, `in 3 days`. Other text stays
/// as it is.
pub(crate) fn from_now(text: &str) -> String {
    match OffsetDateTime::parse(text, &Rfc3339) {
        Ok(time) => distance(time - OffsetDateTime::now_utc()),
        Err(_) => text.to_owned(),
    }
}

/// The units of a distance in seconds, the largest first.
const UNITS: [(i64, &str); 6] = [
    (365 * 24 * 3600, "year"),
    (30 * 24 * 3600, "month"),
    (24 * 3600, "day"),
    (3600, "hour"),
    (60, "minute"),
    (1, "second"),
];

/// In whole units, rounded down.
fn distance(ahead: Duration) -> String {
    let seconds = ahead.whole_seconds();
    let unit = UNITS.iter().find(|(unit, _)| seconds.abs() >= *unit);
    let Some((unit, name)) = unit else { return "now".to_owned() };
    let count = seconds.abs() / unit;
    let plural = if count == 1 { "" } else { "s" };
    if seconds > 0 { format!("in {count} {name}{plural}") } else { format!("{count} {name}{plural} ago") }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::Duration;

    use super::{Moment, distance, from_now, to_the_second};

    fn at(text: &str) -> String {
        text.parse::<Moment>().unwrap().past()
    }

    #[test]
    fn days_times_and_spans_are_moments() {
        assert_eq!(at("2026-01-01"), "2026-01-01T00:00:00Z");
        assert_eq!(at(" 2026-01-01T12:00:00+01:00 "), "2026-01-01T12:00:00+01:00");
        assert_eq!(at("2026-01-01t12:00:00z"), "2026-01-01T12:00:00Z");
        for (text, span) in [
            ("7d", Duration::days(7)),
            ("24h", Duration::DAY),
            ("24", Duration::DAY),
            ("90m", Duration::minutes(90)),
            ("2W", Duration::weeks(2)),
            ("3 days", Duration::days(3)),
            ("30s", Duration::seconds(30)),
        ] {
            assert_eq!(text.parse::<Moment>().unwrap(), Moment::Span(span), "{text}");
        }
        for text in [
            "",
            "yesterday",
            "2026",
            "2026-1-1",
            "2026-02-30",
            "-7d",
            "0d",
            "7",
            "d",
            "7y",
            "9999999w",
            "7d7",
        ] {
            assert_eq!(text.parse::<Moment>().is_ok(), text == "7", "{text}");
        }
    }

    #[test]
    fn a_window_is_spelled_as_the_server_wants_it() {
        for (text, window) in
            [("7d", "7d"), ("24h", "24h"), ("90m", "90m"), ("2w", "14d"), ("30s", "1m"), ("5h", "5h")]
        {
            assert_eq!(text.parse::<Moment>().unwrap().window(), window);
        }
    }

    #[test]
    fn a_distance_is_in_its_largest_unit() {
        for (seconds, text) in [
            (0, "now"),
            (-1, "1 second ago"),
            (59, "in 59 seconds"),
            (-60, "1 minute ago"),
            (-3599, "59 minutes ago"),
            (2 * 86_400 + 5, "in 2 days"),
            (-45 * 86_400, "1 month ago"),
            (-800 * 86_400, "2 years ago"),
        ] {
            assert_eq!(distance(Duration::seconds(seconds)), text);
        }
        for text in ["never", "", "2026-01-01"] {
            assert_eq!((from_now(text).as_str(), to_the_second(text).as_str()), (text, text));
        }
        assert_eq!(to_the_second("2026-01-01T01:00:00.999+01:00"), "2026-01-01T00:00:00Z");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[0-9]{0,20}[ a-z:TZ+-]{0,12}") {
            if let Ok(moment) = text.parse::<Moment>() {
                prop_assert!(!moment.past().is_empty() && !moment.future().is_empty() && !moment.window().is_empty());
            }
        }
    }
}
