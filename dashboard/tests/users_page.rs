//! The list of users over HTTP: its order, its pages, and the beginning of a name.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use support::server::Server;
use support::{stdout, store_of};
use tempfile::TempDir;
use tracing::info;
use whose::User;

/// 120 users: the first has the most records, the last was seen last.
fn folder() -> TempDir {
    store_of(
        |layer| layer,
        || {
            for number in 0..120_u32 {
                let user = User::new(format!("user-{number:03}"))
                    .with_email(format!("{number:03}@example.com"));
                whose::user(user).in_scope(|| (0..200 - number).for_each(|_| info!("asks")));
            }
        },
    )
}

fn ids(page: &str) -> Vec<String> {
    let cells = page.split("href=\"/person?id=").skip(1);
    let ids = cells.map(|cell| cell.split('"').next().unwrap().to_owned());
    ids.collect()
}

/// The link to the next page.
fn next(page: &str) -> Option<String> {
    let (_, link) = page.split_once("rel=\"next\" href=\"")?;
    Some(link.split('"').next().unwrap().replace("&amp;", "&"))
}

#[test]
fn pages_of_users_have_everybody_once_in_each_order() {
    let folder = folder();
    let server = Server::start(folder.path());
    for (path, first, last) in [
        ("/users", "user-119", "user-000"),
        ("/users?sort=records", "user-000", "user-119"),
    ] {
        let page = server.page(path);
        assert!(page.contains("120 users"), "{page}");
        let mut all = ids(&page);
        assert_eq!(all.len(), 100, "{path}");
        let second = server.page(&next(&page).unwrap());
        assert_eq!(next(&second), None);
        all.extend(ids(&second));
        assert_eq!((&*all[0], &*all[119]), (first, last), "{path}");
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 120, "{path}");
    }
}

#[test]
fn beginning_of_a_name_lists_these_users_alone() {
    let folder = folder();
    let server = Server::start(folder.path());
    assert_eq!(ids(&server.page("/users?q=user-11")).len(), 10);
    assert_eq!(ids(&server.page("/users?q=007%40")), ["user-007"]);
    let page = server.page("/users?q=%25&sort=cost");
    assert!(page.contains("No user of this time range"), "{page}");
    assert!(page.contains(r#"href="/users?sort=cost""#), "{page}");
}

#[test]
fn unknown_order_is_refused_with_the_known_ones() {
    let folder = folder();
    let answer = Server::start(folder.path()).get("/users?sort=age");
    assert_eq!(answer.status, 400);
    assert!(
        answer.body.contains("`sessions` or `tokens`"),
        "{}",
        answer.body
    );
}

#[test]
fn listed_users_have_their_records_of_each_day_as_a_picture_and_as_numbers() {
    let folder = folder();
    let server = Server::start(folder.path());
    let json = server.json("/users.json?sort=records");
    let user = &json["users"][0];
    let days = user["records_by_day"].as_array().unwrap();
    assert_eq!(days.len(), 30);
    let sum: u64 = days.iter().filter_map(|day| day.as_u64()).sum();
    assert_eq!((sum, &user["id"]), (200, &"user-000".into()));
    assert!(json["first_day"].as_str().unwrap().len() == 10, "{json}");

    let page = server.page("/users?sort=records");
    let text = "200 records in 30 days, at most ";
    assert!(
        page.contains(&format!("role=\"img\" aria-label=\"{text}")),
        "{page}"
    );
    assert_eq!(page.matches("<svg class=\"trend\"").count(), 100);
    assert!(server.page("/users.csv?sort=records").contains(text));
    // Seen from before the first record.
    let past = server.json("/users.json?until=2020-01-31");
    assert_eq!(past["first_day"], "2020-01-01");
    // One query, however many users are listed.
    let statements = |path: &str| {
        server
            .page(path)
            .matches("SELECT owners FROM rollups")
            .count()
    };
    assert_eq!(
        statements("/users.sql"),
        statements("/users.sql?q=user-007")
    );
}

#[test]
fn users_without_an_id_have_a_page() {
    let folder = store_of(
        |layer| layer,
        || {
            let users = [
                User::without_id().with_email("ann@example.com"),
                User::without_id().with_username("<b>bob</b>"),
                User::without_id().with_attr("plan", "pro"),
            ];
            for user in users {
                whose::user(user).in_scope(|| info!("asks"));
            }
        },
    );
    let server = Server::start(folder.path());
    let page = server.page("/users");
    assert!(!page.contains("<b>bob"), "{page}");
    let links = ids(&page);
    assert_eq!(links.len(), 3, "{page}");
    for link in &links {
        let person = server.page(&format!("/person?id={link}"));
        assert!(person.contains("asks"), "{person}");
    }
    let keys = server.json("/users.json");
    let keys = keys["users"].as_array().unwrap().iter();
    let keys: Vec<_> = keys
        .map(|user| user["key"].as_str().unwrap().to_owned())
        .collect();
    assert!(
        keys.contains(&"email:ann@example.com".to_owned()),
        "{keys:?}"
    );
    assert!(server.page("/users.csv").contains("email:ann@example.com"));
    let users = stdout(folder.path(), &["users", "--wide"]);
    assert!(users.contains("email:ann@example.com"), "{users}");
    // The forms of the page find the user as well.
    let forget = server.page("/forget?user=email%3Aann%40example.com");
    assert!(forget.contains("1 record"), "{forget}");
}
