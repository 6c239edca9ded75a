//! `#[track_caller]` reports the caller of an annotated function, even if the macro inspects the
//! return value.
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;

type Place = &'static Location<'static>;

#[whose::with_user("alice")]
#[track_caller]
fn plain() -> Place {
    Location::caller()
}

#[whose::trace(user_id = "alice", output, err)]
#[track_caller]
fn told() -> Result<Place, std::fmt::Error> {
    let place = Location::caller();
    Ok(place)
}

#[track_caller]
#[whose::with_user("alice")]
fn later() -> impl Future<Output = Result<Place, std::fmt::Error>> {
    let place = Location::caller();
    assert_eq!(whose::current().user_id(), Some("alice"));
    async move {
        assert_eq!(whose::current().user_id(), Some("alice"));
        Err(std::fmt::Error)?;
        Ok(place)
    }
}

#[whose::trace(user_id = "alice", err)]
#[track_caller]
fn boxed() -> Pin<Box<dyn Future<Output = Result<Place, std::fmt::Error>> + Send>> {
    let place = Location::caller();
    assert_eq!(whose::current().user_id(), Some("alice"));
    Box::pin(async move {
        assert_eq!(whose::current().user_id(), Some("alice"));
        Ok(place)
    })
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let here = line!();
    assert_eq!(plain().line(), here + 1);
    assert_eq!(told().unwrap().line(), here + 2);
    assert!(later().await.is_err());
    assert_eq!(boxed().await.unwrap().line(), here + 4);
    assert_eq!(whose::current().user_id(), None);
}
