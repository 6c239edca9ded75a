use std::net::{IpAddr, Ipv6Addr};

use crate::policy::scrub::text::{steps, Found, Text};

/// The maximum length of a quoted local part in bytes: RFC 5321 allows 64 characters, some of them
/// escaped.
const QUOTED: usize = 130;
/// The maximum length of an IP address in brackets in bytes.
const LITERAL: usize = 60;

/// File extensions, none of which is a top-level domain: `icon@2x.png` is not an address.
static FILES: [&str; 28] = [
    "avif", "bmp", "cjs", "css", "gif", "gz", "heic", "html", "ico", "jar", "jpeg", "jpg", "js",
    "json", "lock", "log", "map", "mjs", "pdf", "png", "svg", "tgz", "toml", "txt", "webp", "whl",
    "xml", "yaml",
];

/// Accounts of version control that belong to no person: `git@host.example:path`.
static OF_SERVERS: [&str; 3] = ["git", "hg", "svn"];

/// The email address whose `@`, or `%40`, is at `at`. The address does not begin before `from`.
///
/// The search reads the domain first, and the part before the `@` only after a valid domain, so
/// that no part of the text is read repeatedly.
pub(crate) fn at(text: Text<'_>, at: usize, from: usize) -> Found {
    let sign = match (text.byte(at), text.byte(at + 1), text.byte(at + 2)) {
        (Some(b'@'), ..) => 1,
        (_, Some(b'4'), Some(b'0')) => 3,
        // The digits of another escape are not part of a number after it.
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

/// The end of the domain, or of the IP address in brackets, at `at`.
fn host_at(text: Text<'_>, at: usize) -> Option<usize> {
    if text.byte(at) == Some(b'[') {
        return literal(text, at + 1);
    }
    let rest = text.body.get(at..)?;
    let is_in = |c: char| c.is_alphanumeric() || c == '.' || c == '-';
    let run = &rest[..rest.find(|c| !is_in(c)).unwrap_or(rest.len())];
    // The run is searched, trimmed and split: three passes.
    steps::add(3 * run.len() + 1);
    let domain = run.trim_end_matches(['.', '-']);
    if is_domain(domain) {
        Some(at + domain.len())
    } else {
        let end = at + run.len();
        text.is_cut_at(end).then_some(end)
    }
}

/// The end of an IP address in brackets (RFC 5321, section 4.1.3): `[127.0.0.1]`,
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

/// Whether the domain can receive mail: its last label has at least two letters and is not a file
/// extension. Versions and IP addresses have no such label.
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

/// Whether the domain begins with three numbers, as `1.2.0-rc.beta` and `v1.2.3` do.
fn is_version(domain: &str) -> bool {
    let begins_with_digit = |label: &str| label.starts_with(|c: char| c.is_ascii_digit());
    let mut labels = domain.strip_prefix('v').unwrap_or(domain).split('.');
    labels.clone().nth(2).is_some() && labels.by_ref().take(3).all(begins_with_digit)
}

/// Whether the text continues like the name of a high-resolution image: `2x`, `1.5x`.
fn is_resolution(host: &str) -> bool {
    let digits = host.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
    digits.len() < host.len() && (digits == "x" || digits.starts_with("x."))
}

/// The start of the local part before the `@` at `at`.
fn local(text: Text<'_>, at: usize, from: usize) -> Option<usize> {
    if text.byte_before(at, 1) == Some(b'"') {
        return quoted(text, at - 1, from);
    }
    let before = text.body.get(from..at)?;
    let outside = before.trim_end_matches(is_local);
    // Quotes and emphasis around an address are not part of the address.
    let local = before[outside.len()..].trim_start_matches(['\'', '*', '.']);
    steps::add(2 * (before.len() - outside.len()) + 1);
    (!local.is_empty()).then_some(at - local.len())
}

/// The start of the quoted local part whose closing quote is at `close`: `"a b"@example.com`, or
/// `\"a b\"@example.com` inside another quoted text.
fn quoted(text: Text<'_>, close: usize, from: usize) -> Option<usize> {
    let is_escaped = text.byte_before(close, 1) == Some(b'\\');
    let mut at = close.checked_sub(usize::from(is_escaped))?;
    let last = from.max(close.saturating_sub(QUOTED));
    while at > last {
        at -= 1;
        match (text.byte(at), text.byte_before(at, 1)) {
            (Some(b'\n' | b'\r'), _) => return None,
            (Some(b'"'), Some(b'\\')) if is_escaped => return (at > last).then(|| at - 1),
            // An escaped quote, which is part of the name.
            (Some(b'"'), Some(b'\\')) => {}
            (Some(b'"'), _) => return (!is_escaped).then_some(at),
            _ => {}
        }
    }
    None
}

/// Whether the path of a repository follows the host.
fn is_path_at(text: Text<'_>, end: usize) -> bool {
    let follows = text
        .byte(end + 1)
        .is_some_and(|byte| byte.is_ascii_alphanumeric() || b"~/._-".contains(&byte));
    matches!(text.byte(end), Some(b':' | b'/')) && follows
}

/// Whether the character can be in a local part: letters of any script, and the `atext` of RFC 5322
/// without the characters that usually separate an address from other text (`=`, `/`, `?`, `&`,
/// braces).
fn is_local(c: char) -> bool {
    c.is_alphanumeric() || ".!#$%'*+-^_~".contains(c)
}
