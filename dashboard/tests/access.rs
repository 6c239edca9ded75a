//! Who may see the pages: a real server, over TCP.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use support::folder;
use support::http::Reply;
use support::server::{LOOPBACK, Server, serve_command};

const READ: &str = "read-0123456789abcdef";
const SUPPORT: &str = "support-0123456789abcdef";
const FORGET: &str = "forget-0123456789abcdef";
const INGEST: &str = "ingest-0123456789abcdef";

const HTML: (&str, &str) = ("Accept", "text/html,application/xhtml+xml");

fn with_tokens(folder: &std::path::Path) -> Server {
    let support = format!("support={SUPPORT}");
    let tokens = ["--token", READ, "--token", &support];
    let others = ["--forget-token", FORGET, "--ingest-token", INGEST];
    Server::start_with(folder, &[&tokens[..], &others].concat())
}

fn authorized(served: &Server, path: &str, secret: &str) -> Reply {
    served.fetch(path, &[("Authorization", &format!("Bearer {secret}"))])
}

#[test]
fn loopback_without_a_token_needs_none() {
    let folder = folder();
    let served = Server::start_with(folder.path(), &[]);
    let reply = served.fetch("/users", &[HTML]);
    assert_eq!(reply.status, 200);
    assert!(reply.body.contains("alice"), "{}", reply.body);
    // A token of another server is not taken for no token.
    assert_eq!(authorized(&served, "/users", READ).status, 401);
}

#[test]
fn address_for_other_machines_without_a_token_is_refused() {
    let folder = folder();
    for address in ["0.0.0.0:0", "[::]:0"] {
        let mut command = serve_command(folder.path(), address, &[]);
        let output = command.output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(
            error.contains("--token") && error.contains("WHOSE_TOKEN"),
            "{error}"
        );
        assert!(
            error.contains(address) && output.stdout.is_empty(),
            "{error}"
        );
    }
}

#[test]
fn address_for_other_machines_with_a_token_is_served() {
    let folder = folder();
    let mut command = serve_command(folder.path(), "0.0.0.0:0", &[]);
    command.env("WHOSE_TOKEN", READ);
    let served = Server::spawn(command);
    assert_eq!(served.fetch("/users", &[]).status, 401);
    assert_eq!(authorized(&served, "/users", READ).status, 200);
    // An address cannot be rebound, and a name can.
    let bearer = format!("Bearer {READ}");
    let named = |host| {
        served
            .fetch("/users", &[("Host", host), ("Authorization", &bearer)])
            .status
    };
    assert_eq!((named("10.1.2.3:80"), named("evil.example")), (200, 421));
}

#[test]
fn short_token_is_refused_at_the_start() {
    let folder = folder();
    for option in ["--token", "--forget-token", "--ingest-token"] {
        let output = serve_command(folder.path(), LOOPBACK, &[option, "hunter2"])
            .output()
            .unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains("at least 16 characters"), "{error}");
    }
}

#[test]
fn help_shows_no_token_of_the_environment() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_whose"))
        .args(["serve", "--help"])
        .envs([
            ("WHOSE_TOKEN", READ),
            ("WHOSE_FORGET_TOKEN", FORGET),
            ("WHOSE_INGEST_TOKEN", INGEST),
        ])
        .output()
        .unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    assert!(help.contains("WHOSE_INGEST_TOKEN"), "{help}");
    for secret in [READ, FORGET, INGEST] {
        assert!(!help.contains(secret), "{help}");
    }
}

#[test]
fn token_permits_one_thing() {
    let folder = folder();
    let served = with_tokens(folder.path());
    for path in [
        "/users",
        "/users.json",
        "/users.csv",
        "/users.sql",
        "/accesses",
        "/forget",
    ] {
        let path = &format!("{path}?user=alice");
        assert_eq!(served.fetch(path, &[]).status, 401, "{path}");
        for (secret, status) in [
            (READ, 200),
            (SUPPORT, 200),
            (FORGET, 401),
            (INGEST, 401),
            ("", 401),
        ] {
            assert_eq!(
                authorized(&served, path, secret).status,
                status,
                "{path} {secret}"
            );
        }
        for secret in [&READ[1..], &format!("{READ}x")] {
            let status = authorized(&served, path, secret).status;
            // After ten of them.
            assert!(matches!(status, 401 | 429), "{path} {secret}: {status}");
        }
    }
    // Records are sent by POST, which only the holder of the token learns.
    for (secret, status) in [(INGEST, 405), (READ, 401), (FORGET, 401)] {
        assert_eq!(
            authorized(&served, "/v1/traces", secret).status,
            status,
            "{secret}"
        );
    }
    let unauthorized = served.fetch("/users.json", &[]);
    assert_eq!(unauthorized.header("www-authenticate"), "Bearer");
    assert!(
        unauthorized.body.contains("Authorization: Bearer"),
        "{}",
        unauthorized.body
    );
    // The sign-in page loads its style.
    assert_eq!(served.fetch("/assets/app.css", &[]).status, 200);
}

#[test]
fn browser_signs_in_by_the_form() {
    let folder = folder();
    let served = with_tokens(folder.path());
    let form = served.fetch("/users?since=1h", &[HTML]);
    assert_eq!(form.status, 401);
    assert!(
        form.body
            .contains("name=\"next\" value=\"/users?since=1h\""),
        "{}",
        form.body
    );
    assert!(!form.body.contains("alice"), "{}", form.body);

    let wrong = served.post(
        "/sign-in",
        &[HTML],
        "token=wrong-0123456789abcdef&next=%2Fusers",
    );
    assert_eq!((wrong.status, wrong.cookie()), (401, ""));
    assert!(wrong.body.contains("not valid"), "{}", wrong.body);

    let body = format!("token={SUPPORT}&next=%2Fusers%3Fsince%3D1h");
    let signed_in = served.post("/sign-in", &[HTML], &body);
    assert_eq!(signed_in.status, 303);
    assert_eq!(signed_in.header("location"), "/users?since=1h");
    let attributes = signed_in.header("set-cookie");
    assert!(attributes.contains("HttpOnly") && attributes.contains("SameSite=Strict"));
    assert!(!attributes.contains(SUPPORT), "{attributes}");

    let cookie = signed_in.cookie();
    assert_eq!(
        served.fetch("/users", &[HTML, ("Cookie", cookie)]).status,
        200
    );
    let forged = format!("{}0", &cookie[..cookie.len() - 1]);
    let forged = if forged == cookie {
        format!("{forged}1")
    } else {
        forged
    };
    assert_eq!(
        served.fetch("/users", &[HTML, ("Cookie", &forged)]).status,
        401
    );
    let (name, _) = cookie.split_once('=').unwrap();
    let secret = format!("{name}={SUPPORT}");
    assert_eq!(
        served.fetch("/users", &[HTML, ("Cookie", &secret)]).status,
        401
    );
}

/// Signs in, and returns the cookie.
fn sign_in(served: &Server) -> String {
    let reply = served.post("/sign-in", &[HTML], &format!("token={READ}"));
    assert_eq!(reply.status, 303);
    reply.cookie().to_owned()
}

#[test]
fn button_signs_out_and_is_there_for_the_signed_in_only() {
    const BUTTON: &str = r#"<form class="sign-out" action="/sign-out" method="post">"#;
    let folder = folder();
    let served = with_tokens(folder.path());
    let cookie = sign_in(&served);
    let cookie = ("Cookie", &*cookie);
    for path in [
        "/users",
        "/users.sql",
        "/forget?user=alice",
        "/missing?x",
        "/person?id=zoe",
    ] {
        let page = served.fetch(path, &[HTML, cookie]);
        let has_page = page.body.contains("<header");
        assert_eq!(page.body.contains(BUTTON), has_page, "{path}: {page:?}");
        let bearer = authorized(&served, path, READ);
        assert!(!bearer.body.contains("Sign out"), "{path}");
    }
    assert!(!served.fetch("/users", &[HTML]).body.contains("Sign out"));
    let open = Server::start(folder.path());
    assert!(!open.page("/users").contains("Sign out"));

    // A link or a page of another site does not sign anybody out.
    assert_eq!(served.fetch("/sign-out", &[HTML, cookie]).status, 405);
    for headers in [&[cookie][..], &[cookie, ("Origin", "http://evil.example")]] {
        let reply = served.send("POST", "/sign-out", headers, "");
        assert_eq!((reply.status, reply.cookie()), (403, ""), "{headers:?}");
    }
    let signed_out = served.post("/sign-out", &[HTML, cookie], "");
    assert_eq!(
        (signed_out.status, signed_out.header("location")),
        (303, "/sign-in")
    );
    let name = cookie.1.split_once('=').unwrap().0;
    assert_eq!(signed_out.cookie(), format!("{name}="));
    assert!(signed_out.header("set-cookie").contains("Max-Age=0"));
    assert!(
        served
            .fetch("/sign-in", &[HTML])
            .body
            .contains("name=\"token\"")
    );
}

#[test]
fn many_wrong_tokens_are_told_to_wait_and_right_ones_pass() {
    let folder = folder();
    let served = with_tokens(folder.path());
    let cookie = sign_in(&served);
    let (name, _) = cookie.split_once('=').unwrap();
    let wrong = "wrong-0123456789abcdef";
    // A token for something else is no guess.
    for _ in 0..20 {
        assert_eq!(authorized(&served, "/users", INGEST).status, 401);
        assert_eq!(authorized(&served, "/v1/traces", READ).status, 401);
        assert_eq!(served.fetch("/users.json", &[]).status, 401);
    }
    for _ in 0..10 {
        assert_eq!(authorized(&served, "/users", wrong).status, 401);
    }
    let forged = format!("{name}=0123");
    let form = format!("token={wrong}");
    let forget = format!("user=alice&confirm=alice&token={wrong}");
    let link = format!("/users?token={wrong}");
    for reply in [
        authorized(&served, "/users", wrong),
        authorized(&served, "/v1/traces", wrong),
        served.fetch("/users", &[HTML, ("Cookie", &forged)]),
        served.fetch(&link, &[HTML]),
        served.post("/sign-in", &[HTML], &form),
        served.post("/forget", &[HTML, ("Cookie", &cookie)], &forget),
    ] {
        assert_eq!(reply.status, 429, "{reply:?}");
        let pause: u64 = reply.header("retry-after").parse().unwrap();
        assert!((1..=30).contains(&pause), "{pause}");
        assert!(!reply.body.contains("alice@example.com"), "{reply:?}");
    }
    // Nobody can lock out who has a token.
    assert_eq!(authorized(&served, "/users", READ).status, 200);
    assert_eq!(served.fetch("/users", &[("Cookie", &cookie)]).status, 200);
    sign_in(&served);
    let body = format!("user=alice&confirm=alice&token={FORGET}");
    assert_eq!(
        served.post("/forget", &[("Cookie", &cookie)], &body).status,
        200
    );

    let health = served.fetch("/health", &[("Cookie", &cookie)]);
    assert!(health.body.contains("16 wrong tokens"), "{}", health.body);
    let json = served.fetch("/health.json", &[("Cookie", &cookie)]).body;
    assert!(
        json.contains(r#""count":16"#) || json.contains(r#""count": 16"#),
        "{json}"
    );
}

#[test]
fn server_without_a_token_counts_no_guesses() {
    let folder = folder();
    let served = Server::start(folder.path());
    for _ in 0..20 {
        assert_eq!(authorized(&served, "/users", READ).status, 401);
        assert_eq!(
            served.fetch("/users", &[("Cookie", "whose_1=x")]).status,
            200
        );
    }
    assert!(!served.page("/health").contains("wrong token"));
}

#[test]
fn link_signs_in_and_leaves_no_token_in_the_address() {
    let folder = folder();
    let served = with_tokens(folder.path());
    let reply = served.fetch(&format!("/users?token={READ}&since=1h"), &[HTML]);
    assert_eq!(
        (reply.status, reply.header("location")),
        (303, "/users?since=1h")
    );
    assert_eq!(
        served.fetch("/users", &[("Cookie", reply.cookie())]).status,
        200
    );

    // A redirect after a link on another site would lack the cookie: the page moves on by itself.
    let link = format!("/?token={READ}");
    let reply = served.fetch(&link, &[HTML, ("Sec-Fetch-Site", "cross-site")]);
    assert_eq!(reply.status, 200);
    assert!(
        reply
            .body
            .contains("http-equiv=\"refresh\" content=\"0;url=/\""),
        "{}",
        reply.body
    );
    assert!(!reply.body.contains(READ) && !reply.cookie().is_empty());

    let reply = served.fetch("/users?token=wrong-0123456789abcdef", &[HTML]);
    assert_eq!((reply.status, reply.cookie()), (401, ""));
    for target in ["//evil.example/", "/\\evil.example/"] {
        let reply = served.fetch(&format!("{target}?token={READ}"), &[HTML]);
        let location = reply.header("location");
        assert!(
            reply.status >= 400 || location == "/",
            "{target}: {reply:?}"
        );
    }
}

#[test]
fn request_for_another_host_is_refused() {
    let folder = folder();
    let served = Server::start_with(folder.path(), &["--host", "whose.example.com"]);
    let port = served.authority().split_once(':').unwrap().1;
    for (host, status) in [
        (format!("127.0.0.1:{port}"), 200),
        (format!("localhost:{port}"), 200),
        ("whose.example.com".to_owned(), 200),
        (format!("evil.example:{port}"), 421),
        ("10.0.0.1".to_owned(), 421),
        ("localhost.evil.example".to_owned(), 421),
    ] {
        for path in ["/users", "/users.json", "/assets/app.js"] {
            let reply = served.fetch(path, &[("Host", &host)]);
            assert_eq!(reply.status, status, "{host}: {reply:?}");
            assert!(status == 200 || !reply.body.contains("alice"));
        }
    }
    let reply = served.fetch("http://evil.example/users", &[]);
    assert_eq!(reply.status, 421);
}

#[test]
fn change_from_another_site_is_refused() {
    let folder = folder();
    let served = Server::start_with(folder.path(), &["--forget-token", FORGET]);
    let body = format!("user=alice&confirm=alice&token={FORGET}");
    let port = served.authority().split_once(':').unwrap().1;
    for headers in [
        &[][..],
        &[("Origin", "http://evil.example")],
        &[("Origin", "null")],
        &[("Origin", "http://127.0.0.1:1")],
        &[
            ("Sec-Fetch-Site", "cross-site"),
            ("Origin", &format!("http://127.0.0.1:{port}")),
        ],
        &[("Sec-Fetch-Site", "same-site")],
    ] {
        let reply = served.send("POST", "/forget", headers, &body);
        assert_eq!(reply.status, 403, "{headers:?}");
        assert!(reply.body.contains("nothing was done"), "{}", reply.body);
    }
    let users = served.fetch("/users.json", &[]);
    assert!(users.body.contains("alice"));
}

#[test]
fn every_answer_has_the_security_headers() {
    let folder = folder();
    let served = with_tokens(folder.path());
    let bearer = format!("Bearer {READ}");
    let bearer = ("Authorization", &*bearer);
    for (path, headers) in [
        ("/users", &[bearer][..]),
        ("/users.json", &[bearer]),
        ("/missing", &[bearer]),
        ("/users", &[HTML]),
        ("/users", &[]),
        ("/assets/app.js", &[]),
        ("/users", &[("Host", "evil.example")]),
    ] {
        let reply = served.fetch(path, headers);
        let policy = reply.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self'"),
            "{path}: {reply:?}"
        );
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe"));
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("referrer-policy"), "same-origin");
        assert_eq!(reply.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(reply.header("cross-origin-resource-policy"), "same-origin");
        let is_asset = path.starts_with("/assets/");
        assert_eq!(
            reply.header("cache-control") == "no-store",
            !is_asset,
            "{path}"
        );
    }
}

#[test]
fn pages_have_no_inline_script_or_style() {
    let folder = folder();
    let served = Server::start_with(folder.path(), &["--forget-token", FORGET]);
    for path in [
        "/users",
        "/users.sql",
        "/accesses",
        "/forget?user=alice",
        "/sign-in",
        "/users?since=x",
    ] {
        let body = served.fetch(path, &[HTML]).body;
        for hostile in [
            " style=",
            "<style",
            " onclick=",
            " onload=",
            "javascript:",
            "http://",
            "//cdn",
        ] {
            assert!(!body.contains(hostile), "{path}: {hostile}");
        }
        let scripts = body.match_indices("<script").map(|(at, _)| &body[at..]);
        for script in scripts {
            assert!(
                script.starts_with("<script src=\"/assets/"),
                "{path}: {script:.60}"
            );
        }
    }
}
