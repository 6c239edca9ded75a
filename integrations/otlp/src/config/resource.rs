//! The attributes of the resource, from the environment and the builder.

use crate::config::pairs::pairs;
use crate::config::problems::Problems;
use crate::config::variables::Variables;

const SERVICE_NAME: &str = "service.name";

/// The attributes, a later one before an earlier one of the same name.
pub(crate) fn attributes(
    variables: &Variables,
    of_builder: &[(String, String)],
    problems: &mut Problems,
) -> Vec<(String, String)> {
    const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";
    let list = variables.get(ATTRIBUTES).unwrap_or_default();
    let mut attributes = pairs(list).unwrap_or_else(|| {
        problems.add(format!(
            "{ATTRIBUTES} is ignored: the value is not a list of key=value pairs, or its \
             percent-encoding is broken"
        ));
        Vec::new()
    });
    attributes.retain(|(_, value)| !value.is_empty());
    if let Some(name) = variables.get("OTEL_SERVICE_NAME") {
        attributes.push((SERVICE_NAME.to_owned(), name.to_owned()));
    }
    attributes.extend_from_slice(of_builder);
    attributes
}
