use crate::policy::scrub::text::{Found, Text};

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const RULE: &str = "-----";
/// The minimum length of a block without an end.
const FEWEST: usize = 16;

/// The PEM block (RFC 7468) that begins at `at`. Both keys and certificates count, because
/// certificates name people.
///
/// The search stops at the next boundary line, so that no part of the text is read twice.
pub(crate) fn at(text: Text<'_>, at: usize) -> Option<Found> {
    if !text.has(at, BEGIN) {
        return None;
    }
    let label = at + BEGIN.len();
    let is_label = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b' ';
    let rule = text.run(label, is_label);
    let is_rule = text.has(rule, RULE);
    if rule == label || !(is_rule || text.is_cut_at(rule)) {
        return None;
    }
    let body = if is_rule { rule + RULE.len() } else { rule };
    let mut next = text.run(body, |byte| byte != b'-');
    // A single dash occurs in the headers of a key (`Proc-Type: ..`) and in URL-safe Base64.
    while text.byte(next) == Some(b'-') && !text.has(next, RULE) {
        next = text.run(next + 1, |byte| byte != b'-');
    }
    let end = if text.has(next, END) {
        let end = text.run(next + END.len(), is_label);
        text.run_at_most(end, RULE.len(), |byte| byte == b'-')
    } else if text.is_cut {
        next
    } else {
        // Take the Base64 that follows: the end of the block may be on another log line.
        let end = text.run(body, |byte| {
            byte.is_ascii_alphanumeric() || b"+/= \r\n\t\\".contains(&byte)
        });
        if end - body < FEWEST {
            return None;
        }
        end
    };
    Some(Found::Secret {
        start: at,
        end,
        mark: "[pem]",
    })
}
