//! Lists of the form `key=value,key=value`, with percent-encoded values.

/// The pairs of a list; `None` if one entry is not a pair, or its percent-encoding is broken.
pub(crate) fn pairs(list: &str) -> Option<Vec<(String, String)>> {
    let entries = list.split(',').map(str::trim);
    entries
        .filter(|entry| !entry.is_empty())
        .map(|entry| {
            let (key, value) = entry.split_once('=')?;
            let (key, value) = (decoded(key.trim())?, decoded(value.trim())?);
            (!key.is_empty()).then_some((key, value))
        })
        .collect()
}

/// Percent-decodes a text; `None` if the encoding is broken.
fn decoded(text: &str) -> Option<String> {
    let (before, encoded) = match text.split_once('%') {
        None => return Some(text.to_owned()),
        Some(parts) => parts,
    };
    let mut bytes = before.as_bytes().to_vec();
    for part in encoded.split('%') {
        let (code, rest) = part.split_at_checked(2)?;
        // `from_str_radix` accepts a sign, which percent-encoding does not.
        if !code.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(code, 16).ok()?);
        bytes.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_of_pairs_is_decoded() {
        let list = "a=1, b = x%20y ,c=d=e,,";
        let expected = [("a", "1"), ("b", "x y"), ("c", "d=e")];
        let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(pairs(list).unwrap(), expected);
        assert_eq!(pairs("").unwrap(), []);
    }

    #[test]
    fn broken_list_is_none() {
        for broken in [
            "a", "=b", "a=%", "a=%4", "a=%zz", "a=%+1", "a=%FF", "a=%é", "a=1,b",
        ] {
            assert_eq!(pairs(broken), None, "{broken}");
        }
    }
}
