//! A value of a cell, for the page and for the CSV file.

use maud::{Markup, html};
use whose_store::{Timestamp, Usd};

use crate::export::CsvCell;
use crate::values::{escape, format_duration, format_number, format_real};

/// The most decimals of an estimated amount.
const ESTIMATE_DECIMALS: usize = 6;

/// A value of a cell.
#[derive(Clone, Debug)]
pub(in crate::pages) enum Value {
    /// No value.
    Missing,
    /// A text.
    Text(String),
    /// A text of the page, not of a record.
    Label(String),
    /// A text that links to a page.
    Link { text: String, href: String },
    /// A count. `is_estimated` marks a number that a sampler made an estimate.
    Number { number: u64, is_estimated: bool },
    /// A number with decimals.
    Real(f64),
    /// An amount of US dollars.
    Amount { amount: Usd, is_estimated: bool },
    /// A difference of two amounts, with its sign.
    Change(Usd),
    /// A number in words of its own, such as a relative change.
    Figure(String),
    /// A time, to the millisecond.
    Time(Timestamp),
    /// A time of a wide list, to the second. CSV and the title are exact.
    Second(Timestamp),
    /// A duration in nanoseconds.
    Duration(u64),
    /// A picture, with the text that says the same.
    Picture { markup: Markup, text: String },
}

impl Value {
    /// A text, or no value.
    pub(in crate::pages) fn text(text: Option<&str>) -> Self {
        text.map_or(Self::Missing, |text| Self::Text(text.to_owned()))
    }

    /// An exact count.
    pub(in crate::pages) fn number(number: u64) -> Self {
        Self::Number {
            number,
            is_estimated: false,
        }
    }

    /// Whether the value stands at the right edge of its column.
    pub(super) fn is_numeric(&self) -> bool {
        matches!(
            self,
            Self::Number { .. }
                | Self::Real(_)
                | Self::Amount { .. }
                | Self::Change(_)
                | Self::Figure(_)
                | Self::Duration(_)
        )
    }

    /// The decimals that an amount needs; `None` for other values.
    pub(super) fn decimals(&self) -> Option<usize> {
        match self {
            Self::Amount {
                amount,
                is_estimated,
            } => {
                let most = if *is_estimated {
                    ESTIMATE_DECIMALS
                } else {
                    usize::MAX
                };
                Some(amount.decimals().min(most))
            }
            Self::Change(amount) => Some(amount.decimals()),
            _ => None,
        }
    }

    /// The value in a page.
    pub(in crate::pages) fn html(&self) -> Markup {
        self.html_with_decimals(self.decimals().unwrap_or_default())
    }

    /// The value in a column whose amounts have that many decimals.
    pub(super) fn html_with_decimals(&self, decimals: usize) -> Markup {
        match self {
            Self::Missing => html! { span.missing { "–" } },
            Self::Text(text) => html! { span.id title=(escape(text)) { (escape(text)) } },
            Self::Label(text) => html! { (text) },
            Self::Link { text, href } => {
                html! { a.id href=(href) title=(escape(text)) { (escape(text)) } }
            }
            Self::Number {
                number,
                is_estimated,
            } => html! { (mark(*is_estimated)) (format_number(*number)) },
            Self::Real(number) => html! { (format_real(*number)) },
            Self::Amount {
                amount,
                is_estimated,
            } => html! { (mark(*is_estimated)) (amount.with_decimals(decimals)) },
            Self::Change(amount) => html! {
                @if *amount > Usd::default() { "+" } (amount.with_decimals(decimals))
            },
            Self::Figure(text) => html! { (text) },
            Self::Time(time) => time_html(*time, &format!("{time:.3}")),
            Self::Second(time) => time_html(*time, &format!("{time:.0}")),
            Self::Duration(nanos) => html! { (format_duration(Some(*nanos))) },
            Self::Picture { markup, .. } => html! { (markup) },
        }
    }

    /// The value in a CSV file: exact, and without separators.
    pub(super) fn csv(&self) -> CsvCell {
        match self {
            Self::Missing => CsvCell::Empty,
            Self::Text(text)
            | Self::Label(text)
            | Self::Figure(text)
            | Self::Link { text, .. }
            | Self::Picture { text, .. } => CsvCell::Text(text.clone()),
            Self::Number { number, .. } | Self::Duration(number) => {
                CsvCell::Number(number.to_string())
            }
            Self::Real(number) => CsvCell::Number(number.to_string()),
            Self::Amount { amount, .. } | Self::Change(amount) => {
                let text = amount.to_string();
                CsvCell::Number(text.replacen('$', "", 1))
            }
            Self::Time(time) | Self::Second(time) => CsvCell::Number(format!("{time:.9}")),
        }
    }
}

/// A time as it is shown, with the exact time as the title.
fn time_html(time: Timestamp, shown: &str) -> Markup {
    let exact = format!("{time:.9}");
    let shown = shown.replacen('T', " ", 1);
    html! { time datetime=(exact) title=(exact) { (shown.trim_end_matches('Z')) } }
}

fn mark(is_estimated: bool) -> &'static str {
    if is_estimated { "~" } else { "" }
}
