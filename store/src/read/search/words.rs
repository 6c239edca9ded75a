//! The words of a search as FTS5 expressions.

/// The words as an FTS5 expression. Each word is quoted, so that no other character is special.
pub(super) fn fts_expression(words: &str) -> Option<String> {
    let mut expression = String::new();
    // Every second piece was quoted. A missing last quote ends at the end.
    for (index, piece) in words.replace('\0', " ").split('"').enumerate() {
        if index % 2 == 1 {
            expression.push_str(&format!("\"{piece}\" "));
            continue;
        }
        for word in piece.split_whitespace() {
            let stem = word.trim_end_matches('*');
            let ending = if stem == word { "" } else { "*" };
            expression.push_str(&format!("\"{stem}\"{ending} "));
        }
    }
    (!expression.is_empty()).then_some(expression)
}

/// An FTS5 expression that matches the words as a phrase.
pub(crate) fn fts_phrase(words: &str) -> String {
    format!("\"{}\"", words.replace(['\0', '"'], " "))
}

/// Whether the tokenizer finds a word in the text for certain. An expression without any word
/// matches nothing.
pub(super) fn has_word(text: &str) -> bool {
    text.contains(|c: char| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::fts_expression;

    #[test]
    fn search_words_are_quoted_literally() {
        for (words, expected) in [
            ("refund paris", r#""refund" "paris" "#),
            (r#"a "b c" d"#, r#""a" "b c" "d" "#),
            (r#"open "end of"#, r#""open" "end of" "#),
            ("ref* a*b ***", r#""ref"* "a*b" ""* "#),
            (
                "NEAR(a b) OR -c ^d name:x",
                r#""NEAR(a" "b)" "OR" "-c" "^d" "name:x" "#,
            ),
            ("a\0b", r#""a" "b" "#),
        ] {
            assert_eq!(fts_expression(words).as_deref(), Some(expected), "{words}");
        }
        assert_eq!(fts_expression(" \n\t"), None);
        assert_eq!(fts_expression(""), None);
    }
}
