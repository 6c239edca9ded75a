//! Checks of the job of `monitor`.

use proc_macro2::Span;
use syn::{Expr, ExprLit, Lit, LitStr};

use super::context::{CheckContext, FnInfo};
use super::keyed::KeyedArgs;
use super::span::{plain, refusal, ungroup};
use crate::args::{Sigil, Value};
use crate::diag::Errors;
use crate::keys::Key;
use crate::model::{Job, JobDuration, Output, RefExpr};

/// The units of a duration, in seconds.
const UNITS: [(&str, u64); 5] = [
    ("s", 1),
    ("m", 60),
    ("h", 60 * 60),
    ("d", 24 * 60 * 60),
    ("w", 7 * 24 * 60 * 60),
];

/// The longest duration: a record keeps nanoseconds in 63 bits.
const MAX_SECONDS: u64 = 9_000_000_000;

pub(super) fn check(
    context: &CheckContext<'_>,
    keyed: &KeyedArgs,
    errors: &mut Errors,
) -> Option<Job> {
    if let Some(function) = &context.function {
        output(function, errors);
    }
    let every = duration(Key::Every, keyed, errors);
    let max = duration(Key::Max, keyed, errors);
    let Some(value) = keyed.value(Key::Name) else {
        if !keyed.mentions(Key::Name) && errors.is_empty() {
            errors.at(
                Span::call_site(),
                "no job is named: write `#[whose::monitor(\"nightly-report\")]`",
            );
        }
        return None;
    };
    let name = name(keyed, value, errors)?;
    let may_fail = context
        .function
        .as_ref()
        .is_none_or(|function| refusal(Key::Err, function.name, function.output).is_none());
    Some(Job {
        name,
        every,
        max,
        may_fail,
    })
}

fn name(keyed: &KeyedArgs, value: &Value, errors: &mut Errors) -> Option<RefExpr> {
    if let Sigil::Debug(span) = value.sigil {
        errors.at(
            span,
            "`?` uses `Debug`, which puts a string in quotes: write `%` (for `Display`), or the \
             expression alone",
        );
        return None;
    }
    if let Expr::Lit(ExprLit {
        lit: Lit::Str(text),
        ..
    }) = ungroup(&value.expr)
    {
        if text.value().is_empty() {
            errors.at(
                text.span(),
                "the name of the job is empty: give the job a name",
            );
            return None;
        }
    }
    Some(RefExpr {
        expr: value.expr.clone(),
        display: matches!(value.sigil, Sigil::Display),
        key: keyed.span_or_call_site(Key::Name),
    })
}

/// Reports an output that is still polled when the run has ended.
fn output(function: &FnInfo<'_>, errors: &mut Errors) {
    let name = function.name;
    let unreached = function.unreached.iter().flatten();
    for found in unreached {
        let message = format!(
            "the run ends when `{name}` returns, and this {} is polled later: put \
             `#[whose::monitor]` on the function that polls it to its end",
            found.async_type
        );
        errors.over(found.tokens, message);
    }
    if matches!(function.output, Output::Stream) {
        let message = format!(
            "a run is a function or a future with one end, and `{name}` returns a stream: put \
             `#[whose::monitor]` on the function that reads the stream to its end"
        );
        errors.at(name.span(), message);
    } else if function.leaves_future {
        let message = format!(
            "the run ends when `{name}` returns, and the future in its output is polled later: put \
             `#[whose::monitor]` on the function that awaits the future"
        );
        errors.at(name.span(), message);
    }
}

fn duration(key: Key, keyed: &KeyedArgs, errors: &mut Errors) -> Option<JobDuration> {
    let word = key.spec().names[0];
    let expr = plain(word, keyed.value(key)?, errors)?;
    match ungroup(&expr) {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => match seconds(word, text) {
            Ok(seconds) => Some(JobDuration::Seconds(seconds)),
            Err(message) => {
                errors.at(text.span(), message);
                None
            }
        },
        Expr::Lit(_) => {
            let message = format!(
                "`{word}` takes a duration: write `{}`, or an expression of type `Duration`",
                key.spec().usage
            );
            errors.over(&expr, message);
            None
        }
        _ => Some(JobDuration::Expr(expr)),
    }
}

/// Parses a whole number and a unit.
fn seconds(word: &str, text: &LitStr) -> Result<u64, String> {
    let text = text.value();
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = UNITS.iter().find(|(name, _)| *name == unit);
    let (Some((_, unit)), false) = (unit, number.is_empty()) else {
        return Err(format!(
            "`{text}` is no duration: write a whole number and a unit, such as `30s`, `10m`, `6h`, \
             `1d` or `1w`"
        ));
    };
    let seconds = number.parse().ok().and_then(|n: u64| n.checked_mul(*unit));
    match seconds {
        Some(0) => Err(format!(
            "`{word}` is zero: remove it, or give it a duration"
        )),
        Some(seconds @ ..=MAX_SECONDS) => Ok(seconds),
        _ => Err(format!(
            "`{text}` is too long: a duration has at most 285 years"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn duration_is_a_whole_number_and_a_unit() {
        let read = |text: &str| seconds("every", &LitStr::new(text, Span::call_site()));
        for (text, expected) in [
            ("30s", 30),
            ("10m", 600),
            ("6h", 21_600),
            ("1d", 86_400),
            ("2w", 1_209_600),
        ] {
            assert_eq!(read(text), Ok(expected));
        }
        for text in ["", "1", "d", "1 d", "1day", "1.5h", "-1h", "1D", "é"] {
            assert!(read(text).is_err_and(|message| message.contains("is no duration")));
        }
        assert!(read("0m").is_err_and(|message| message.contains("is zero")));
        for text in [
            "99999999999999999999s",
            "18446744073709551615w",
            "9000000001s",
        ] {
            assert!(read(text).is_err_and(|message| message.contains("too long")));
        }
    }
}
