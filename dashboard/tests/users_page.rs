//! The list of users over HTTP: its order, its pages, and the beginning of a name.
#![allow(clippy::unwrap_used)] // Clippy does not treat helpers as test code.

mod support;

use support::server::Server;
use support::store_of;
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
