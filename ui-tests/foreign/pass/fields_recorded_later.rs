//! A bare name that is no argument is an empty field, as in `tracing::instrument`.
use tracing::Span;
use whose::trace;
use whose::testing::Recorder;

const VERSION: &str = "7";

struct Request {
    path: &'static str,
}

#[trace(fields(app_id, http.status, request.path, VERSION, region = "eu"))]
fn handle(request: Request) {
    Span::current().record("app_id", 5).record("http.status", 200);
}

#[trace(fields(app_id))]
async fn later() {
    Span::current().record("app_id", "late");
}

struct Service;

#[trace(fields(app_id))]
impl Service {
    fn without(&self) {
        Span::current().record("app_id", 1);
    }

    fn with(&self, app_id: u8) {}
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let recorder = Recorder::start();
    handle(Request { path: "/" });
    later().await;
    Service.without();
    Service.with(2);
    let spans = recorder.spans();
    let shown = |at: usize, name: &str| spans[at].field(name).map(|value| value.to_string());
    assert_eq!(shown(0, "app_id").as_deref(), Some("5"));
    assert_eq!(shown(0, "http.status").as_deref(), Some("200"));
    assert_eq!(shown(0, "request.path").as_deref(), Some("/"));
    assert_eq!(shown(0, "VERSION").as_deref(), Some("7"));
    assert_eq!(shown(0, "region").as_deref(), Some("eu"));
    assert_eq!(shown(1, "app_id").as_deref(), Some("late"));
    assert_eq!(shown(2, "app_id").as_deref(), Some("1"));
    assert_eq!(shown(3, "app_id").as_deref(), Some("2"));
}
