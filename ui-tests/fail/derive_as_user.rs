use whose::AsUser;

#[derive(AsUser)]
struct NoId {
    name: String,
    email: String,
}

#[derive(AsUser)]
struct Two {
    #[whose(id)]
    a: u8,
    #[whose(id)]
    b: u8,
}

#[derive(AsUser)]
struct Both {
    id: u8,
    user_id: u8,
}

#[derive(AsUser)]
enum Either {
    A,
}

#[derive(AsUser)]
struct Nothing;

#[derive(AsUser)]
struct Marks {
    id: u8,
    #[whose(emial)]
    a: u8,
    #[whose(phone)]
    b: u8,
    #[whose(skip, email)]
    c: u8,
    #[whose]
    d: u8,
    #[whose(email = "x", attr = "")]
    e: u8,
    #[whose(email)]
    f: u8,
    #[whose(email)]
    g: u8,
    #[whose(attr, attr = "f")]
    h: u8,
    #[whose(segment, segment)]
    i: u8,
}

fn main() {}
