//! Annotated actix-web handlers and middleware.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::middleware::{Next, from_fn};
use actix_web::test::{TestRequest, init_service, read_body};
use actix_web::{App, Error, HttpRequest, HttpResponse, Responder, error, get, post, web};
use whose::{with_session, with_user};

type Body = HashMap<String, String>;

/// The current user and session.
fn user_and_session() -> String {
    let attribution = whose::current();
    let [user, session] =
        [attribution.user_id(), attribution.session_id()].map(|id| id.unwrap_or("-"));
    format!("{user} {session}")
}

#[post("/chat/{visit}")]
#[with_user(from = req.get("user"), session = *visit)]
async fn chat(
    web::Json(req): web::Json<Body>,
    visit: web::Path<u64>,
    app: web::Data<&'static str>,
) -> impl Responder {
    tokio::task::yield_now().await;
    drop((req, visit));
    format!("{} {}", app.get_ref(), user_and_session())
}

#[whose::trace(user_id = path.0, kind = agent, input(number = path.1), output, err)]
#[get("/number/{user}/{number}")]
async fn number(path: web::Path<(String, String)>) -> Result<String, Error> {
    tokio::task::yield_now().await;
    let (_, number) = path.into_inner();
    let number: u8 = number.parse().map_err(error::ErrorBadRequest)?;
    if number == 0 {
        return Err(error::ErrorNotFound(user_and_session()));
    }
    Ok(format!("{} {number}", user_and_session()))
}

/// A handler whose future is not `Send`, as actix allows.
#[with_user(from = req.headers().get("x-user").and_then(|user| user.to_str().ok()))]
async fn counted(req: HttpRequest, calls: web::Data<Rc<Cell<u8>>>) -> HttpResponse {
    let calls = Rc::clone(&calls);
    tokio::task::yield_now().await;
    calls.set(calls.get() + 1);
    let mut response = HttpResponse::Accepted();
    response.insert_header(("x-path", req.path()));
    response.body(format!("{} {}", user_and_session(), calls.get()))
}

#[with_session("middleware")]
#[whose::trace(user = req.headers().get("x-user").and_then(|user| user.to_str().ok()))]
async fn authenticate(
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if req.path() == "/page/none" {
        return Err(error::ErrorUnauthorized(user_and_session()));
    }
    next.call(req).await
}

struct Pages;

impl Pages {
    #[whose::trace(fields(page = page.as_str()))]
    async fn show(page: web::Path<String>) -> impl Responder {
        tokio::task::yield_now().await;
        (
            format!("{page} {}", user_and_session()),
            StatusCode::CREATED,
        )
    }
}

/// The status and the text of a response.
async fn ask(req: TestRequest) -> (u16, String) {
    let pages = web::scope("/page")
        .wrap(from_fn(authenticate))
        .route("/{page}", web::get().to(Pages::show));
    let app = App::new()
        .app_data(web::Data::new("app"))
        .app_data(web::Data::new(Rc::new(Cell::new(0_u8))))
        .service(chat)
        .service(number)
        .service(pages)
        .route("/counted", web::get().to(counted));
    let app = init_service(app).await;
    match app.call(req.to_request()).await {
        Ok(response) => {
            let status = response.status().as_u16();
            let text = read_body(response).await;
            (status, String::from_utf8_lossy(&text).into_owned())
        }
        // A request that a middleware rejects is an error of the service.
        Err(error) => (
            error.as_response_error().status_code().as_u16(),
            error.to_string(),
        ),
    }
}

fn answer(status: u16, text: &str) -> (u16, String) {
    (status, text.to_owned())
}

#[actix_web::test]
async fn handlers_are_attributed_to_extracted_user() {
    let body = Body::from([("user".to_owned(), "alice".to_owned())]);
    let req = TestRequest::post().uri("/chat/7").set_json(body);
    assert_eq!(ask(req).await, answer(200, "app alice 7"));
    let req = TestRequest::get()
        .uri("/counted")
        .insert_header(("x-user", "bob"));
    assert_eq!(ask(req).await, answer(202, "bob - 1"));
}

#[actix_web::test]
async fn route_attribute_below_keeps_handler_errors() {
    let get = |uri| ask(TestRequest::get().uri(uri));
    assert_eq!(get("/number/carol/3").await, answer(200, "carol - 3"));
    assert_eq!(get("/number/carol/0").await, answer(404, "carol -"));
    assert_eq!(
        get("/number/carol/x").await,
        answer(400, "invalid digit found in string")
    );
}

#[actix_web::test]
async fn middleware_covers_inner_handlers() {
    let get = |uri| {
        ask(TestRequest::get()
            .uri(uri)
            .insert_header(("x-user", "dave")))
    };
    assert_eq!(get("/page/one").await, answer(201, "one dave middleware"));
    assert_eq!(get("/page/none").await, answer(401, "dave middleware"));
}

#[actix_web::test]
#[whose::trace(user_id = "of the test")]
async fn actix_test_is_attributed() {
    tokio::task::yield_now().await;
    assert_eq!(user_and_session(), "of the test -");
}

#[actix_web::main]
#[with_user(from = user)]
async fn started_by_actix(user: &str) -> String {
    tokio::task::yield_now().await;
    let _ = user;
    user_and_session()
}

#[with_user(from = user)]
#[actix_web::main]
async fn started_in_a_scope(user: String) -> String {
    tokio::task::yield_now().await;
    drop(user);
    user_and_session()
}

#[test]
fn actix_main_is_attributed_in_both_orders() {
    assert_eq!(started_by_actix("erin"), "erin -");
    assert_eq!(started_in_a_scope("erin".to_owned()), "erin -");
}
