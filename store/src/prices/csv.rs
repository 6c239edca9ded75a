//! Parsing a price table in CSV.

use super::error::PriceError;
use super::price::{LongInput, Price, Rate};

const COLUMNS: [&str; 9] = [
    "vendor",
    "model",
    "input",
    "output",
    "long_over",
    "long_input",
    "long_output",
    "as_of",
    "source",
];

pub(super) fn parse(table: &str) -> Result<Vec<Price>, PriceError> {
    let mut lines = table
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let Some((number, header)) = lines.next() else {
        return Err(PriceError {
            line: None,
            reason: "the price table is empty".into(),
        });
    };
    let columns = columns(header).map_err(at_line(number))?;
    lines
        .map(|(number, line)| row(&columns, line).map_err(at_line(number)))
        .collect()
}

fn at_line(line: usize) -> impl Fn(String) -> PriceError {
    move |reason| PriceError {
        line: Some(line),
        reason,
    }
}

fn columns(header: &str) -> Result<Vec<&str>, String> {
    let columns: Vec<_> = header.split(',').map(str::trim).collect();
    for (index, column) in columns.iter().enumerate() {
        if !COLUMNS.contains(column) {
            return Err(format!(
                "unknown column {column:?}: the columns are {}",
                COLUMNS.join(", ")
            ));
        }
        if columns[..index].contains(column) {
            return Err(format!("column {column:?} appears twice"));
        }
    }
    match ["model", "input", "output"]
        .iter()
        .find(|required| !columns.contains(required))
    {
        Some(missing) => Err(format!("column {missing:?} is missing")),
        None => Ok(columns),
    }
}

fn row(columns: &[&str], line: &str) -> Result<Price, String> {
    let cells: Vec<_> = line.split(',').map(str::trim).collect();
    if cells.len() != columns.len() {
        return Err(format!(
            "{} cells for {} columns",
            cells.len(),
            columns.len()
        ));
    }
    let cell = |name: &str| {
        let index = columns.iter().position(|column| *column == name)?;
        Some(cells[index]).filter(|cell| !cell.is_empty())
    };
    let required = |name: &str| cell(name).ok_or_else(|| format!("{name} is empty"));
    let long = match cell("long_over") {
        None => None,
        Some(over) => Some(LongInput {
            threshold: over
                .parse()
                .map_err(|_| format!("{over:?} is not a number of tokens"))?,
            rate: Rate {
                input: microdollars(required("long_input")?)?,
                output: microdollars(required("long_output")?)?,
            },
        }),
    };
    Ok(Price {
        model: required("model")?.to_owned(),
        vendor: cell("vendor").map(str::to_owned),
        rate: Rate {
            input: microdollars(required("input")?)?,
            output: microdollars(required("output")?)?,
        },
        long_input: long,
        as_of: cell("as_of").map(str::to_owned),
        source: cell("source").map(str::to_owned),
    })
}

/// Parses dollars with at most six decimals as microdollars, without rounding.
fn microdollars(text: &str) -> Result<u64, String> {
    let invalid = || format!("{text:?} is not a price in dollars with at most six decimals");
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    // More than seven digits of dollars for a million tokens are a mistake and would overflow.
    let fits = (1..=7).contains(&whole.len()) && decimals.len() <= 6;
    if !fits || !digits(whole) || !digits(decimals) {
        return Err(invalid());
    }
    format!("{whole}{decimals:0<6}")
        .parse()
        .map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn price_table_is_parsed_exactly() {
        let prices =
            parse("# mine\n\nmodel, input, output\n a , 0.075 , 2 \nb,1.25,10.5\n").unwrap();
        assert_eq!(prices[0].model, "a");
        assert_eq!(
            prices[0].rate,
            Rate {
                input: 75_000,
                output: 2_000_000
            }
        );
        assert_eq!(
            prices[1].rate,
            Rate {
                input: 1_250_000,
                output: 10_500_000
            }
        );
    }

    #[test]
    fn invalid_line_error_states_line_and_cause() {
        for (table, message) in [
            ("", "the price table is empty"),
            (
                "model,input\n",
                "line 1 of the price table: column \"output\" is missing",
            ),
            (
                "model,input,output,colour\n",
                "line 1 of the price table: unknown column \"colour\"",
            ),
            (
                "model,input,output,model\n",
                "line 1 of the price table: column \"model\" appears twice",
            ),
            (
                "model,input,output\na,1\n",
                "line 2 of the price table: 2 cells for 3 columns",
            ),
            (
                "model,input,output\n,1,2\n",
                "line 2 of the price table: model is empty",
            ),
            (
                "#\nmodel,input,output\na,-1,2\n",
                "line 3 of the price table: \"-1\" is not a price",
            ),
            (
                "model,input,output\na,1e3,2\n",
                "line 2 of the price table: \"1e3\" is not a price",
            ),
            (
                "model,input,output\na,0.0000001,2\n",
                "line 2 of the price table: \"0.0000001\"",
            ),
            (
                "model,input,output,long_over\na,1,2,many\n",
                "\"many\" is not a number of tokens",
            ),
        ] {
            let error = parse(table).unwrap_err().to_string();
            assert!(error.contains(message), "{table:?}: {error}");
        }
    }
}
