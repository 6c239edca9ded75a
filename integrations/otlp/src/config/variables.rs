//! Reading environment variables.

use std::collections::HashMap;
use std::env;

use crate::config::problems::Problems;
use crate::signal::Signal;

/// The variables that the settings are read from.
#[derive(Debug)]
pub(crate) struct Variables(HashMap<String, String>);

/// A variable that is set, and its name.
pub(crate) struct Variable<'a> {
    pub(crate) name: String,
    pub(crate) value: &'a str,
    /// Whether the variable is the one of the signal.
    pub(crate) is_of_signal: bool,
}

impl Variables {
    /// The variables of the process whose name begins with `OTEL_`.
    pub(crate) fn of_process(problems: &mut Problems) -> Self {
        let mut variables = HashMap::new();
        for (name, value) in env::vars_os() {
            let Some(name) = name.to_str().filter(|name| name.starts_with("OTEL_")) else {
                continue;
            };
            match value.into_string() {
                Ok(value) => drop(variables.insert(name.to_owned(), value)),
                Err(_) => problems.add(format!("{name} is ignored: it is not valid Unicode")),
            }
        }
        Self(variables)
    }

    #[cfg(test)]
    pub(crate) fn of(variables: &[(&str, &str)]) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self(variables.iter().map(owned).collect())
    }

    /// The value of a variable, without the spaces around it. An empty variable counts as unset.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.get(name)?.trim();
        (!value.is_empty()).then_some(value)
    }

    /// A setting of the exporter: `OTEL_EXPORTER_OTLP_TRACES_<key>`, or else
    /// `OTEL_EXPORTER_OTLP_<key>`.
    pub(crate) fn of_exporter(&self, signal: Signal, key: &str) -> Option<Variable<'_>> {
        let names = [
            format!("OTEL_EXPORTER_OTLP_{}_{key}", signal.variable()),
            format!("OTEL_EXPORTER_OTLP_{key}"),
        ];
        for (name, is_of_signal) in names.into_iter().zip([true, false]) {
            if let Some(value) = self.get(&name) {
                return Some(Variable {
                    name,
                    value,
                    is_of_signal,
                });
            }
        }
        None
    }
}

/// The value of a variable that is `true` or `false`, in any case.
pub(crate) fn boolean(name: &str, value: &str, problems: &mut Problems) -> bool {
    let is_true = value.eq_ignore_ascii_case("true");
    if !is_true && !value.eq_ignore_ascii_case("false") {
        problems.add(format!(
            "{name}={value:?} counts as false: the value is neither `true` nor `false`"
        ));
    }
    is_true
}
