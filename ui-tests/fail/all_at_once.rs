// The attribute reports every mistake, and keeps the function.
#[whose::trace(usr = "a", kind = agnt, session_id = "", tags("a b" = 1), user_id, level = =, output)]
async fn many(query: &str) {}

fn main() {
    let _ = many("q");
}
