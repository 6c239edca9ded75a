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
            (&READ[1..], 401),
            (&format!("{READ}x"), 401),
        ] {
            assert_eq!(
                authorized(&served, path, secret).status,
                status,
                "{path} {secret}"
            );
        }
    }
    // There is no such route yet, which only the holder of the token learns.
    for (secret, status) in [(INGEST, 404), (READ, 401), (FORGET, 401)] {
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

    let signed_out = served.post("/sign-out", &[("Cookie", cookie)], "");
    assert!(signed_out.header("set-cookie").contains("Max-Age=0"));
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
