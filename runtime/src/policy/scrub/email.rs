use std::net::{IpAddr, Ipv6Addr};

use crate::policy::scrub::text::{steps, Found, Text};

/// How long a name in quotes is at most, in bytes: RFC 5321 allows 64 characters, some escaped.
const QUOTED: usize = 130;
/// How long an address of the network in brackets is at most, in bytes.
const LITERAL: usize = 60;

/// Endings of files, none of which is a top-level domain: `icon@2x.png` is no address.
static FILES: [&str; 28] = [
    "avif", "bmp", "cjs", "css", "gif", "gz", "heic", "html", "ico", "jar", "jpeg", "jpg", "js",
    "json", "lock", "log", "map", "mjs", "pdf", "png", "svg", "tgz", "toml", "txt", "webp", "whl",
    "xml", "yaml",
];

/// Accounts of version control that are nobody's: `git@host.example:path`.
static OF_SERVERS: [&str; 3] = ["git", "hg", "svn"];

/// The email address whose `@` is at `at`, written as `%40` too; no part of it is before `from`.
///
/// The domain is looked at first: what is before the `@` is only read where it is taken then, so
/// that no part of the text is read again and again.
pub(crate) fn at(text: Text<'_>, at: usize, from: usize) -> Found {
    let sign = match (text.byte(at), text.byte(at + 1), text.byte(at + 2)) {
        (Some(b'@'), ..) => 1,
        (_, Some(b'4'), Some(b'0')) => 3,
        // The digits of another escape are no part of a number behind it.
        (_, Some(a), Some(b)) if a.is_ascii_hexdigit() && b.is_ascii_hexdigit() => {
            return Found::Nothing { until: at + 3 };
        }
        _ => return Found::Nothing { until: at + 1 },
    };
    let host = at + sign;
    host_at(text, host)
        .and_then(|end| {
            let start = local(text, at, from)?;
            let is_path = OF_SERVERS.contains(&text.slice(start, at)) && is_path_at(text, end);
            (!is_path).then_some(Found::Secret {
                start,
                end,
                mark: "[email]",
            })
        })
        .unwrap_or(Found::Nothing { until: host })
}

/// Where the domain, or the address of the network in brackets, ends that is at `at`.
fn host_at(text: Text<'_>, at: usize) -> Option<usize> {
    if text.byte(at) == Some(b'[') {
        return literal(text, at + 1);
    }
    let rest = text.body.get(at..)?;
    let is_in = |c: char| c.is_alphanumeric() || c == '.' || c == '-';
    let run = &rest[..rest.find(|c| !is_in(c)).unwrap_or(rest.len())];
    // Looked for, trimmed, and taken apart.
    steps::add(3 * run.len() + 1);
    let domain = run.trim_end_matches(['.', '-']);
    if is_domain(domain) {
        Some(at + domain.len())
    } else {
        let end = at + run.len();
        text.is_cut_at(end).then_some(end)
    }
}

/// Where an address of the network in brackets ends (RFC 5321, section 4.1.3): `[127.0.0.1]`,
/// `[IPv6:2001:db8::1]`.
fn literal(text: Text<'_>, at: usize) -> Option<usize> {
    let end = text.run_at_most(at, LITERAL, |byte| {
        byte.is_ascii_alphanumeric() || b".:".contains(&byte)
    });
    if text.is_cut_at(end) {
        return Some(end);
    }
    let address = text.slice(at, end);
    let is_address = match address.split_at_checked(5) {
        Some((tag, v6)) if tag.eq_ignore_ascii_case("IPv6:") => v6.parse::<Ipv6Addr>().is_ok(),
        _ => address.parse::<IpAddr>().is_ok(),
    };
    (is_address && text.byte(end) == Some(b']')).then_some(end + 1)
}

/// Whether mail can go there: behind a dot is a name of at least two letters, which a version and
/// an address of the network do not have, nor a file.
fn is_domain(domain: &str) -> bool {
    if domain.starts_with('.') || is_version(domain) {
        return false;
    }
    let host = match domain.rsplit_once('.') {
        Some((host, ending)) if FILES.contains(&ending) => {
            if is_resolution(host) {
                return false;
            }
            host
        }
        _ => domain,
    };
    host.split('.').skip(1).any(|label| {
        let mut letters = label.chars().take_while(|c| c.is_alphabetic());
        letters.nth(1).is_some()
    })
}

/// Whether it begins with three numbers, as `1.2.0-rc.beta` and `v1.2.3` do.
fn is_version(domain: &str) -> bool {
    let begins_with_digit = |label: &str| label.starts_with(|c: char| c.is_ascii_digit());
    let mut labels = domain.strip_prefix('v').unwrap_or(domain).split('.');
    labels.clone().nth(2).is_some() && labels.by_ref().take(3).all(begins_with_digit)
}

/// Whether it begins as the name of a picture for a finer screen goes on: `2x`, `1.5x`.
fn is_resolution(host: &str) -> bool {
    let digits = host.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    digits.len() < host.len() && (digits == "x" || digits.starts_with("x."))
}

/// Where the name before the `@` at `at` begins.
fn local(text: Text<'_>, at: usize, from: usize) -> Option<usize> {
    if text.byte_before(at, 1) == Some(b'"') {
        return quoted(text, at - 1, from);
    }
    let before = text.body.get(from..at)?;
    let outside = before.trim_end_matches(is_local);
    // Quotes and emphasis around an address are none of it.
    let local = before[outside.len()..].trim_start_matches(['\'', '*', '.']);
    steps::add(2 * (before.len() - outside.len()) + 1);
    (!local.is_empty()).then_some(at - local.len())
}

/// Where the name in quotes begins whose closing quote is at `close`: `"a b"@example.com`, which
/// is `\"a b\"@example.com` inside another text in quotes.
fn quoted(text: Text<'_>, close: usize, from: usize) -> Option<usize> {
    let is_escaped = text.byte_before(close, 1) == Some(b'\\');
    let mut at = close.checked_sub(usize::from(is_escaped))?;
    let last = from.max(close.saturating_sub(QUOTED));
    while at > last {
        at -= 1;
        match (text.byte(at), text.byte_before(at, 1)) {
            (Some(b'\n' | b'\r'), _) => return None,
            (Some(b'"'), Some(b'\\')) if is_escaped => return (at > last).then(|| at - 1),
            // A quote that is part of the name.
            (Some(b'"'), Some(b'\\')) => {}
            (Some(b'"'), _) => return (!is_escaped).then_some(at),
            _ => {}
        }
    }
    None
}

/// Whether a path of a repository goes on from the host.
fn is_path_at(text: Text<'_>, end: usize) -> bool {
    let follows = text
        .byte(end + 1)
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || b"~/._-".contains(&byte));
    matches!(text.byte(end), Some(b':' | b'/')) && follows
}

/// What stands before the `@`: letters of any script, and of RFC 5322's `atext` what does not
/// separate an address from something else (`=`, `/`, `?`, `&`, braces) in practice.
fn is_local(c: char) -> bool {
    c.is_alphanumeric() || ".!#$%'*+-^_~".contains(c)
}
