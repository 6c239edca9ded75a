use std::borrow::Cow;

use super::Scrubber;

fn scrub(text: &str) -> String {
    Scrubber::default().scrub(text).into_owned()
}

/// What the text becomes, for each pair.
fn check(pairs: &[(&str, &str)]) {
    for (text, expected) in pairs {
        assert_eq!(scrub(text), *expected, "{text}");
        assert_eq!(scrub(expected), *expected, "again: {text}");
    }
}

fn stays(texts: &[&str]) {
    for text in texts {
        let scrubbed = Scrubber::default().scrub(text).into_owned();
        assert_eq!(scrubbed, *text);
    }
    let untouched = Scrubber::default();
    assert!(matches!(untouched.scrub(texts[0]), Cow::Borrowed(_)));
}

#[test]
fn email_addresses_are_found_in_any_script_and_encoding() {
    check(&[
        ("alice@example.com", "[email]"),
        (
            "to <alice.b+c_d@mail.example.co.uk>, now",
            "to <[email]>, now",
        ),
        ("'o.brien@example.com'", "'[email]'"),
        ("**alice@example.com**", "**[email]**"),
        ("user=alice@example.com&x=1", "user=[email]&x=1"),
        ("?email=alice%40example.com&x=1", "?email=[email]&x=1"),
        ("jürgen@müller.de.", "[email]."),
        ("邮箱：張三@例子.中国，谢谢", "邮箱：[email]，谢谢"),
        ("a@example.com,b@example.com", "[email],[email]"),
        ("a@example.com@b@example.org", "[email]@[email]"),
        ("mailto:a@x.io", "mailto:[email]"),
        ("x@sub.example.com.123", "[email]"),
    ]);
}

#[test]
fn what_only_has_an_at_sign_stays() {
    stays(&[
        "root@localhost",
        "ssh user@10.0.0.1",
        "serde@1.0.200",
        "@alice said @example.com",
        "meet @ 10.30",
        "50%40",
        "%4",
        "%",
        "a@",
        "a@.com",
    ]);
}

#[test]
fn card_numbers_with_a_valid_sum_are_found() {
    check(&[
        ("4111111111111111", "[card]"),
        ("4111 1111 1111 1111", "[card]"),
        ("4111-1111-1111-1111.", "[card]."),
        ("card:3782 822463 10005!", "card:[card]!"),
        ("4222222222222", "[card]"),
        ("6304000000000000018", "[card]"),
        ("5500005555555559 12/27 123", "[card] 12/27 123"),
        ("4111 1111 1111 1111 99 1", "[card] 99 1"),
        ("1 4111  1111 - 1111 1111", "1 [card]"),
        ("卡号4111111111111111。", "卡号[card]。"),
        ("\\n4111111111111111", "\\n[card]"),
        ("card%204111111111111111", "card%20[card]"),
    ]);
}

#[test]
fn numbers_that_are_no_card_stay() {
    stays(&[
        "4111111111111112",
        "4111 1111 1111 1112",
        "6304000000000000019",
        // Twelve digits, and twenty.
        "411111111111",
        "41111111111111111111",
        "x4111111111111111",
        "4111111111111111x",
        "0.4111111111111111",
        "0000 0000 0000 0000",
        "4111 1111 / 1111 1111",
        "2024-01-15 10:30:00",
        // Groups of a UUID, and the ids of a trace context.
        "11111111-4111-1111-1111-111111111111",
        "a1111111-4111-1111-1111-111111111111",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ]);
}

#[test]
fn tokens_and_keys_are_found() {
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl";
    check(&[
        (
            "Authorization: Bearer mF_9.B5f-4.1JqM",
            "Authorization: Bearer [token]",
        ),
        ("bearer   abcdefghijklmnop", "bearer   [token]"),
        ("BEARER aB.", "BEARER [token]."),
        (
            "{\"auth\": \"Bearer x1\"}",
            "{\"auth\": \"Bearer [token]\"}",
        ),
        (&format!("Bearer {jwt}"), "Bearer [token]"),
        (&format!("jwt={jwt};"), "jwt=[key];"),
        ("sk-proj-abcDEF1234567890", "[key]"),
        ("key sk-ant-api03-abcDEF_1234-567890.", "key [key]."),
        ("ghp_16C7e42F292c6912E7710c838347Ae178B4a", "[key]"),
        ("(AKIAIOSFODNN7EXAMPLE)", "([key])"),
        ("xoxb-123456789012-abcdefghij", "[key]"),
        ("xoxp-123456789012-abcdefghij", "[key]"),
        ("AIzaSyD-1234567890abcdefghijklmnopqrstu", "[key]"),
        ("a\\nsk-proj-abcDEF1234567890", "a\\n[key]"),
        ("%3Dsk-proj-abcDEF1234567890", "%3D[key]"),
    ]);
}

#[test]
fn words_that_only_begin_like_a_secret_stay() {
    stays(&[
        "the bearer of this letter",
        "bearer authentication",
        "bearer",
        "bearer of.",
        "forbearer x1",
        "sk-learn and sk-learn-contrib-more",
        "task-abcDEF1234567890abc",
        "ghp_short",
        "AKIA",
        "eyJ",
    ]);
}

#[test]
fn what_was_cut_in_the_middle_is_found_too() {
    check(&[
        ("a sk-ant-ap…", "a [key]…"),
        ("a 4111 1111 11…", "a [card]…"),
        ("a 4111 1111 …", "a [card] …"),
        ("a alice@exam…", "a [email]…"),
        ("a alice@…", "a [email]…"),
        ("a Bearer abc…", "a Bearer [token]…"),
    ]);
    stays(&["a 4111 11…", "and so on…", "…"]);
}

#[test]
fn texts_of_a_megabyte_are_read_in_one_go() {
    // Each of these takes hours where some part is read again for every character.
    for piece in [
        "a@",
        "%40",
        "a%40",
        "a.",
        "@a.",
        "4",
        "4 ",
        "4-",
        "41111 ",
        "sk-",
        "-eyJ",
        "eyJ-",
        "bearer ",
        "bearer.",
        "é@",
        "0.",
        "Bearer a.",
        "a'*.",
        "1234567890123 ",
        "%",
        "ghp_",
        "ffffffff-",
    ] {
        let text = piece.repeat(1_000_000 / piece.len());
        let scrubbed = scrub(&text);
        assert!(scrubbed.len() <= text.len() * 4, "{piece}");
    }
}
