//! The attribute moves nothing out of an argument, so the body may move the values it reads.
use whose::with_user;

struct Request {
    user: String,
    prompt: String,
}

#[with_user(from = req.user)]
async fn moves(req: Request) -> (String, String) {
    let Request { user, prompt } = req;
    tokio::task::yield_now().await;
    (user, prompt)
}

#[whose::trace(user = req.user, fields(%req.prompt), input(req.prompt), output)]
async fn moves_with_fields(req: Request, mut more: Vec<u8>) -> Vec<u8> {
    drop(req);
    more.push(1);
    more
}

#[whose::trace(user = req.user, input(req.prompt))]
fn moves_at_once(req: Request) -> Request {
    req
}

#[with_user(from = user)]
fn lent(user: &mut String) -> &mut String {
    user.push('!');
    user
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let new = || Request { user: "alice".into(), prompt: "hi".into() };
    assert_eq!(moves(new()).await, ("alice".into(), "hi".into()));
    assert_eq!(moves_with_fields(new(), vec![]).await, [1]);
    assert_eq!(moves_at_once(new()).prompt, "hi");
    assert_eq!(lent(&mut "a".to_owned()), "a!");
}
