//! Reading an amount of money.

use whose_store::Usd;

/// The decimals of an amount that counts picodollars.
const DECIMALS: usize = 12;

/// Parses an amount of US dollars such as `1234.56`, `$1,234.56` or `-3`.
///
/// # Errors
/// What is accepted, if the text is no such amount.
pub(crate) fn parse_usd(text: &str) -> Result<Usd, &'static str> {
    const ACCEPTED: &str =
        "expected an amount of US dollars such as `1234.56`, with at most 12 decimals";
    let text = text.trim();
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let digits = digits.strip_prefix('$').unwrap_or(digits).replace(',', "");
    let (whole, decimals) = digits.split_once('.').unwrap_or((&digits, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(decimals) || decimals.len() > DECIMALS {
        return Err(ACCEPTED);
    }
    // At most a trillion dollars, so that no sum overflows.
    if whole.len() > 12 {
        return Err(ACCEPTED);
    }
    let picos = format!("{whole}{decimals:0<DECIMALS$}");
    let picos: i128 = picos.parse().map_err(|_| ACCEPTED)?;
    Ok(Usd::from_picos(if is_negative { -picos } else { picos }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amount_round_trips_exactly() {
        for (text, printed) in [
            ("123.45", "$123.45"),
            ("$1,234.5", "$1234.50"),
            ("0.000000000001", "$0.000000000001"),
            ("-3", "-$3.00"),
            (" 7. ", "$7.00"),
        ] {
            assert_eq!(parse_usd(text).unwrap().to_string(), printed);
        }
    }

    #[test]
    fn text_that_is_no_amount_is_refused() {
        for text in [
            "",
            "-",
            ".5",
            "1e3",
            "12€",
            "0.0000000000001",
            "--1",
            "9999999999999",
            "1.2.3",
        ] {
            assert!(parse_usd(text).is_err(), "{text}");
        }
    }
}
