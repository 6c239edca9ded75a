//! Parsing a price table in CSV.

use std::str::FromStr;

use super::amount;
use super::error::PriceError;
use super::price::{LongInput, Price};
use super::rate::Rate;
use super::tier::ServiceTier;

const COLUMNS: [&str; 24] = [
    "vendor",
    "model",
    "tier",
    "valid_from",
    "valid_until",
    "input",
    "output",
    "cache_read",
    "cache_write",
    "cache_write_1h",
    "reasoning",
    "audio_input",
    "audio_output",
    "long_over",
    "long_input",
    "long_output",
    "long_cache_read",
    "long_cache_write",
    "long_cache_write_1h",
    "long_reasoning",
    "long_audio_input",
    "long_audio_output",
    "as_of",
    "source",
];

/// Parses a table into its prices, each with the number of its line.
pub(super) fn parse(table: &str) -> Result<Vec<(usize, Price)>, PriceError> {
    let mut lines = table
        .lines()
        .enumerate()
        .map(|(index, line)| (index + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let Some((number, header)) = lines.next() else {
        return Err(PriceError::new("the price table is empty"));
    };
    let columns = columns(header).map_err(|error| error.at_line(number))?;
    lines
        .map(|(number, line)| match parse_row(&columns, line) {
            Ok(price) => Ok((number, price)),
            Err(error) => Err(error.at_line(number)),
        })
        .collect()
}

fn columns(header: &str) -> Result<Vec<&str>, PriceError> {
    let columns: Vec<_> = header.split(',').map(str::trim).collect();
    for (index, column) in columns.iter().enumerate() {
        if !COLUMNS.contains(column) {
            return Err(PriceError::new(format!(
                "unknown column {column:?}: the columns are {}",
                COLUMNS.join(", ")
            )));
        }
        if columns[..index].contains(column) {
            return Err(PriceError::new(format!("column {column:?} appears twice")));
        }
    }
    match ["model", "input", "output"]
        .iter()
        .find(|required| !columns.contains(required))
    {
        Some(missing) => Err(PriceError::new(format!("column {missing:?} is missing"))),
        None => Ok(columns),
    }
}

fn parse_row(columns: &[&str], line: &str) -> Result<Price, PriceError> {
    let cells: Vec<_> = line.split(',').map(str::trim).collect();
    if cells.len() != columns.len() {
        return Err(PriceError::new(format!(
            "{} cells for {} columns",
            cells.len(),
            columns.len()
        )));
    }
    let row = Row {
        columns,
        cells: &cells,
    };
    let (valid_from, valid_until) = (row.parsed("valid_from")?, row.parsed("valid_until")?);
    if let (Some(from), Some(until)) = (valid_from, valid_until)
        && until <= from
    {
        return Err(PriceError::new(format!(
            "valid_until {until} is not after valid_from {from}"
        )));
    }
    Ok(Price {
        model: row.required("model")?.to_owned(),
        vendor: row.get("vendor").map(str::to_owned),
        tier: row.parsed::<ServiceTier>("tier")?.unwrap_or_default(),
        valid_from,
        valid_until,
        rate: row.rate("")?,
        long_input: row.long_input()?,
        as_of: row.get("as_of").map(str::to_owned),
        source: row.get("source").map(str::to_owned),
    })
}

struct Row<'a> {
    columns: &'a [&'a str],
    cells: &'a [&'a str],
}

impl<'a> Row<'a> {
    /// The cell of a column; `None` if it is empty or the table has no such column.
    fn get(&self, name: &str) -> Option<&'a str> {
        let index = self.columns.iter().position(|column| *column == name)?;
        Some(self.cells[index]).filter(|cell| !cell.is_empty())
    }

    fn required(&self, name: &str) -> Result<&'a str, PriceError> {
        self.get(name)
            .ok_or_else(|| PriceError::new(format!("{name} is empty")))
    }

    fn parsed<T: FromStr<Err = PriceError>>(&self, name: &str) -> Result<Option<T>, PriceError> {
        self.get(name).map(str::parse).transpose()
    }

    fn amount(&self, name: &str) -> Result<Option<u64>, PriceError> {
        self.get(name).map(amount::parse).transpose()
    }

    fn rate(&self, prefix: &str) -> Result<Rate, PriceError> {
        let name = |kind: &str| format!("{prefix}{kind}");
        Ok(Rate {
            input: amount::parse(self.required(&name("input"))?)?,
            output: amount::parse(self.required(&name("output"))?)?,
            cache_read: self.amount(&name("cache_read"))?,
            cache_write: self.amount(&name("cache_write"))?,
            cache_write_1h: self.amount(&name("cache_write_1h"))?,
            reasoning: self.amount(&name("reasoning"))?,
            audio_input: self.amount(&name("audio_input"))?,
            audio_output: self.amount(&name("audio_output"))?,
        })
    }

    fn long_input(&self) -> Result<Option<LongInput>, PriceError> {
        const PREFIX: &str = "long_";
        let mut kinds = COLUMNS.iter().filter(|column| column.starts_with(PREFIX));
        let priced = kinds.find(|column| **column != "long_over" && self.get(column).is_some());
        let Some(over) = self.get("long_over") else {
            return match priced {
                Some(column) => Err(PriceError::new(format!("{column} without long_over"))),
                None => Ok(None),
            };
        };
        let threshold = over
            .parse()
            .map_err(|_| PriceError::new(format!("{over:?} is not a number of tokens")))?;
        let rate = priced.map(|_| self.rate(PREFIX)).transpose()?;
        Ok(Some(LongInput { threshold, rate }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn price_table_is_parsed_exactly() {
        let table =
            "# mine\n\nmodel, input, output,cache_read\n a , 0.075 , 2 ,0.0036\nb,1.25,1,\n";
        let prices = parse(table).unwrap();
        assert_eq!((prices[0].0, prices[0].1.model.as_str()), (4, "a"));
        assert_eq!(
            prices[0].1.rate,
            Rate {
                input: 75_000,
                output: 2_000_000,
                cache_read: Some(3_600),
                ..Rate::default()
            }
        );
        assert_eq!(
            prices[1].1.rate,
            Rate {
                input: 1_250_000,
                output: 1_000_000,
                ..Rate::default()
            }
        );
    }

    #[test]
    fn every_column_is_read() {
        let header = COLUMNS.join(",");
        let row = "v,m,batch,2026-01-02,2026-02-03,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,\
                   2026-03-04,s";
        let price = &parse(&format!("{header}\n{row}\n")).unwrap()[0].1;
        let rate = |first: u64| Rate {
            input: first * 1_000_000,
            output: (first + 1) * 1_000_000,
            cache_read: Some((first + 2) * 1_000_000),
            cache_write: Some((first + 3) * 1_000_000),
            cache_write_1h: Some((first + 4) * 1_000_000),
            reasoning: Some((first + 5) * 1_000_000),
            audio_input: Some((first + 6) * 1_000_000),
            audio_output: Some((first + 7) * 1_000_000),
        };
        let expected = Price {
            model: "m".into(),
            vendor: Some("v".into()),
            tier: ServiceTier::Batch,
            valid_from: Some("2026-01-02".parse().unwrap()),
            valid_until: Some("2026-02-03".parse().unwrap()),
            rate: rate(1),
            long_input: Some(LongInput {
                threshold: 9,
                rate: Some(rate(10)),
            }),
            as_of: Some("2026-03-04".into()),
            source: Some("s".into()),
        };
        assert_eq!(*price, expected);
    }

    #[test]
    fn invalid_line_error_states_line_and_cause() {
        const SIMPLE: &str = "model,input,output";
        for (header, row, message) in [
            ("", "", "the price table is empty"),
            (
                "model,input",
                "",
                "line 1 of the price table: column \"output\" is missing",
            ),
            (
                "model,input,output,colour",
                "",
                "line 1 of the price table: unknown column \"colour\"",
            ),
            (
                "model,input,output,model",
                "",
                "line 1 of the price table: column \"model\" appears twice",
            ),
            (
                SIMPLE,
                "a,1",
                "line 2 of the price table: 2 cells for 3 columns",
            ),
            (SIMPLE, ",1,2", "line 2 of the price table: model is empty"),
            (
                SIMPLE,
                "#\na,-1,2",
                "line 3 of the price table: \"-1\" is not a price",
            ),
            (
                SIMPLE,
                "a,1e3,2",
                "line 2 of the price table: \"1e3\" is not a price",
            ),
            (
                SIMPLE,
                "a,0.0000001,2",
                "line 2 of the price table: \"0.0000001\"",
            ),
            (
                "model,input,output,cache_read",
                "a,1,2,x",
                "line 2 of the price table: \"x\" is not a price",
            ),
            (
                "model,input,output,long_over",
                "a,1,2,many",
                "\"many\" is not a number of tokens",
            ),
            (
                "model,input,output,long_over,long_input",
                "a,1,2,9,2",
                "long_output is empty",
            ),
            (
                "model,input,output,long_cache_read",
                "a,1,2,9",
                "long_cache_read without long_over",
            ),
            (
                "model,input,output,tier",
                "a,1,2,express",
                "line 2 of the price table: \"express\" is not a service tier",
            ),
            (
                "model,input,output,valid_from",
                "a,1,2,2026-02-30",
                "line 2 of the price table: \"2026-02-30\" is not a day",
            ),
            (
                "model,input,output,valid_from,valid_until",
                "a,1,2,2026-02-03,2026-02-03",
                "valid_until 2026-02-03 is not after valid_from 2026-02-03",
            ),
        ] {
            let table = format!("{header}\n{row}\n");
            let error = parse(&table).unwrap_err().to_string();
            assert!(error.contains(message), "{table:?}: {error}");
        }
    }

    #[test]
    fn long_input_without_price_has_no_rate() {
        let prices = parse("model,input,output,long_over\na,1,2,9\n").unwrap();
        let long = prices[0].1.long_input.unwrap();
        assert_eq!((long.threshold, long.rate), (9, None));
    }
}
