use super::text::{Found, Text};

/// The email address whose `@` is at `at`, written as `%40` too; no part of it is before `from`.
///
/// The domain is looked at first: what is before the `@` is only read where it is taken then, so
/// that no part of the text is read again and again.
pub(super) fn at(text: Text<'_>, at: usize, from: usize) -> Found {
    let rest = &text.body[at..];
    let sign = match rest.as_bytes() {
        [b'@', ..] => 1,
        [_, b'4', b'0', ..] => 3,
        // The digits of another escape are no part of a number behind it.
        [_, a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
            return Found::Nothing { until: at + 3 };
        }
        _ => return Found::Nothing { until: at + 1 },
    };
    let end = at + sign + domain(&rest[sign..]);
    let domain = text.body[at + sign..end].trim_end_matches(['.', '-']);
    let is_whole = has_name_behind_dot(domain);
    if !is_whole && !text.is_cut_at(end) {
        return Found::Nothing { until: at + sign };
    }
    let before = &text.body[from..at];
    let outside = before.trim_end_matches(is_local);
    // Quotes and emphasis around an address are none of it.
    let local = before[outside.len()..].trim_start_matches(['\'', '*', '.']);
    if local.is_empty() {
        return Found::Nothing { until: at + sign };
    }
    Found::Secret {
        start: at - local.len(),
        end: if is_whole {
            at + sign + domain.len()
        } else {
            end
        },
        mark: "[email]",
    }
}

/// How long the run of a domain's characters is.
fn domain(text: &str) -> usize {
    let is_in = |c: char| c.is_alphanumeric() || c == '.' || c == '-';
    text.find(|c| !is_in(c)).unwrap_or(text.len())
}

/// A top-level domain has at least two letters; a version and an IP address have none.
fn has_name_behind_dot(domain: &str) -> bool {
    !domain.starts_with('.')
        && domain.split('.').skip(1).any(|label| {
            let mut letters = label.chars().take_while(|c| c.is_alphabetic());
            letters.nth(1).is_some()
        })
}

/// What stands before the `@`: letters of any script, and of RFC 5322's `atext` what does not
/// separate an address from something else (`=`, `/`, `?`, `&`, braces) in practice.
fn is_local(c: char) -> bool {
    c.is_alphanumeric() || ".!#$%'*+-^_~".contains(c)
}
