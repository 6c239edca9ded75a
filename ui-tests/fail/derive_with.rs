use whose::AsUser;

#[derive(AsUser)]
struct Alone {
    #[whose(with = hex)]
    id: [u8; 2],
}

#[derive(AsUser)]
struct NoPath {
    #[whose(id, with)]
    id: [u8; 2],
}

#[derive(AsUser)]
struct WrongType {
    #[whose(id, with = first)]
    id: [u8; 2],
    #[whose(email, with = missing)]
    email: String,
}

fn hex(id: &[u8; 2]) -> String {
    format!("{id:x?}")
}

fn first(id: &str) -> u8 {
    id.as_bytes()[0]
}

fn main() {}
