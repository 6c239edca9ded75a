//! The answer of a tool.

use rmcp::model::{CallToolResult, ContentBlock};
use serde::Serialize;
use serde_json::Value;

use super::failure::Failure;
use crate::api::to_visible_line;

/// The most bytes of an answer. An agent can read no more at once, and a model pays for each.
const MAX_BYTES: usize = 1 << 18;

/// The answer of a tool.
#[derive(Debug)]
pub(super) enum Answer {
    Json { value: Value, text: String },
    Text(String),
}

impl Answer {
    /// The data of a view, without members that have no value.
    pub(super) fn json(data: &impl Serialize) -> serde_json::Result<Self> {
        let mut value = serde_json::to_value(data)?;
        remove_missing(&mut value, true);
        let text = to_visible_line(&value)?;
        Ok(Self::Json { value, text })
    }

    /// A text, without the blank lines at its end.
    pub(super) fn text_of(text: &str) -> Self {
        Self::Text(text.trim_end().to_owned())
    }

    fn text(&self) -> &str {
        match self {
            Self::Json { text, .. } | Self::Text(text) => text,
        }
    }
}

/// Removes members without a value, since most members of a row have none: `null`, and below the top also
/// empty lists and objects.
fn remove_missing(value: &mut Value, is_top: bool) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(|it| remove_missing(it, false)),
        Value::Object(members) => {
            members
                .values_mut()
                .for_each(|it| remove_missing(it, false));
            members.retain(|_, value| match value {
                Value::Null => false,
                Value::Array(values) => is_top || !values.is_empty(),
                Value::Object(members) => is_top || !members.is_empty(),
                _ => true,
            });
        }
        _ => {}
    }
}

/// The result of a call. A failure is a result too, so that the model reads what to do.
pub(super) fn result(called: Result<Answer, Failure>) -> CallToolResult {
    let answer = called.and_then(|answer| match answer.text().len() {
        bytes if bytes > MAX_BYTES => Err(Failure::TooLarge { bytes }),
        _ => Ok(answer),
    });
    match answer {
        Ok(Answer::Text(text)) => CallToolResult::success(vec![ContentBlock::text(text)]),
        Ok(Answer::Json { value, text }) => {
            let mut result = CallToolResult::success(vec![ContentBlock::text(text)]);
            result.structured_content = Some(value);
            result
        }
        Err(failure) => CallToolResult::error(vec![ContentBlock::text(failure.to_string())]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn members_without_a_value_are_left_out() {
        let data = json!({
            "next": null,
            "records": [],
            "parent": { "id": 2, "tags": {} },
            "rows": [{ "id": 1, "user": null, "tags": {}, "causes": [], "failed": false, "points": [null] }],
        });
        let Answer::Json { value, text } = Answer::json(&data).unwrap() else {
            panic!("not JSON");
        };
        let expected = json!({
            "records": [],
            "parent": { "id": 2 },
            "rows": [{ "id": 1, "failed": false, "points": [null] }],
        });
        assert_eq!(value, expected);
        assert_eq!(text, expected.to_string());
    }

    #[test]
    fn answer_past_the_limit_asks_for_less() {
        let result = result(Ok(Answer::Text("x".repeat(MAX_BYTES + 1))));
        assert_eq!(result.is_error, Some(true));
        let text = result.content[0].as_text().unwrap();
        assert!(text.text.contains("`limit`"), "{text:?}");
    }
}
